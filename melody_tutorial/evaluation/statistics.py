"""What melodies are like: statistics of their notes, and the longest passage that they copy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.datasets import notes_of
from melody_tutorial.melodies import IN_KEY

SMALL = 2  # semitones: a whole tone
LEAP = 7  # semitones: a fifth


@dataclass(frozen=True)
class Statistics:
    """Figures of a set of melodies; shares lie in 0 … 1.

    Attributes:
        melodies, notes: how many there are.
        in_scale: share of the notes that belong to the major scale which fits their melody best (it holds the
            notes of the natural minor and the modes too).
        small_intervals: share of the intervals between successive notes that are at most a whole tone; a
            repeated note counts as one.
        leaps: share of those intervals that are wider than a fifth.
        repeats: share of those intervals that are repeated notes.
        longest_note: steps of the longest note.
        longest_note_bars: bars of the note that is longest in bars.
        notes_per_bar: mean.
        pitch_classes: share of the notes on each pitch class, C first; 12 numbers.
        note_lengths: length in steps → share of the notes, shortest first.
    """

    melodies: int
    notes: int
    in_scale: float
    small_intervals: float
    leaps: float
    repeats: float
    longest_note: int
    longest_note_bars: float
    notes_per_bar: float
    pitch_classes: tuple[float, ...]
    note_lengths: dict[int, float]


def melody_statistics(melodies: Sequence[np.ndarray], steps_per_bar: int | Sequence[int] = 16) -> Statistics:
    """Figures of melodies given as events.

    Args:
        melodies: events, each of shape (steps,).
        steps_per_bar: of all melodies, or one number for each.
    """
    notes = notes_of(melodies)
    bar = np.broadcast_to(steps_per_bar, len(melodies))
    classes = np.zeros((len(melodies), 12), dtype=int)  # notes of each melody on each pitch class
    np.add.at(classes, (notes.melody, notes.pitch % 12), 1)
    intervals = np.abs(np.diff(notes.pitch)[np.diff(notes.melody) == 0])
    lengths = np.bincount(notes.length)
    bars = np.sum([len(events) for events in melodies] / bar)
    return Statistics(
        melodies=len(melodies),
        notes=len(notes),
        in_scale=_share((classes @ IN_KEY).max(axis=1, initial=0).sum(), len(notes)),
        small_intervals=_share((intervals <= SMALL).sum(), len(intervals)),
        leaps=_share((intervals > LEAP).sum(), len(intervals)),
        repeats=_share((intervals == 0).sum(), len(intervals)),
        longest_note=int(notes.length.max(initial=0)),
        longest_note_bars=float((notes.length / bar[notes.melody]).max(initial=0)),
        notes_per_bar=_share(len(notes), bars),
        pitch_classes=tuple(_share(count, len(notes)) for count in classes.sum(axis=0)),
        note_lengths={int(n): _share(lengths[n], len(notes)) for n in np.flatnonzero(lengths)},
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
