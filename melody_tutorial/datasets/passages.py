"""Passages: runs of notes that are compared between melodies, whatever key they stand in.

A run of n notes is the n − 1 steps from note to note, such as the interval in semitones and the time between
the onsets. Those of all melodies are hashed in a few passes over long columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.melodies import NO_EVENT

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd: 2⁶⁴ over the golden ratio, as in SplitMix64
BASE = np.uint64(0xD6E8FEB86659FD93)  # of the polynomial; odd, so that no symbol is lost modulo 2⁶⁴


@dataclass(frozen=True)
class Notes:
    """The notes of many melodies as columns, melody after melody.

    Attributes:
        melody: index of the melody that each note belongs to; int64, never falling.
        onset: step of the melody on which the note starts; int64.
        length: steps until the next event (a note-on, a note-off, or the melody's end); int64.
        pitch: MIDI number; int64.
    """

    melody: np.ndarray
    onset: np.ndarray
    length: np.ndarray
    pitch: np.ndarray

    def __len__(self) -> int:
        return len(self.pitch)


def notes_of(melodies: Sequence[np.ndarray]) -> Notes:
    """The notes of melodies given as events, each of shape (steps,)."""
    if not melodies:
        return Notes(*np.zeros((4, 0), dtype=np.int64))
    sizes = np.array([len(events) for events in melodies])
    ends = np.cumsum(sizes)
    events = np.concatenate(melodies)
    # A note lasts until the next change or the end of its melody, whichever comes first.
    changes = np.flatnonzero(events != NO_EVENT)
    next_change = np.append(changes[1:], len(events))
    is_note = events[changes] >= 0
    position = changes[is_note]
    melody = np.searchsorted(ends, position, side="right")
    length = np.minimum(next_change[is_note], ends[melody]) - position
    return Notes(melody, position - (ends - sizes)[melody], length, events[position].astype(np.int64))


def step_symbols(notes: Notes) -> np.ndarray:
    """A 64-bit symbol for the step from each note to the next: its interval and the time between the onsets.

    Returns:
        uint64, shape (notes − 1,); the step from the last note of a melody to the next melody means nothing.
    """
    return mix(np.diff(notes.pitch) * 65_536 + np.diff(notes.onset))


def extend_hashes(hashes: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """Hashes of passages longer by a step: Horner's rule for Σ symbol · BASE^(steps after it), modulo 2⁶⁴."""
    return hashes * BASE + symbols


def hash_runs(
    symbols: np.ndarray, melody: np.ndarray, steps: int, stride: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Hash of every run of that many steps that lies within one melody.

    Args:
        symbols: of the step from each note to the one ``stride`` later; uint64, shape (notes − stride,).
        melody: index of the melody of each note, never falling; shape (notes,).
        steps: in a run, at least 1.
        stride: notes from step to step.

    Returns:
        uint64 hashes, and the index of the first note of each run; both of shape (runs,).
    """
    span = steps * stride
    count = max(0, len(melody) - span)
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(0, span, stride):
        hashes = extend_hashes(hashes, symbols[place : place + count])
    first = np.flatnonzero(melody[:count] == melody[span : span + count])
    return hashes[first], first


def mix(values: np.ndarray) -> np.ndarray:
    """Numbers that look random for the small ones given (the finaliser of SplitMix64)."""
    mixed = values.astype(np.uint64) * MULTIPLIER
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(27))
