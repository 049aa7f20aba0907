"""What melodies are like: statistics of their notes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.datasets import notes_of
from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.melodies import MODES, NOT_CLEAR, Key, Melody, find_keys

SMALL = 2  # semitones: a whole tone
LEAP = 7  # semitones: a fifth
# Ranges of lengths in steps: name → the longest of it.
LENGTHS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9 … 15": 15, "16+": 10**9}


@dataclass(frozen=True)
class Statistics:
    """Figures of a set of melodies, with intervals by bootstrap over families; shares lie in 0 … 1.

    Attributes:
        melodies, notes: how many there are.
        in_scale: share of the notes that belong to the key of their melody, as ``find_keys`` finds it from
            the notes; a minor key has the raised sixth and seventh too. Where the mode is not clear, the mode
            counts that has most of the notes.
        small_intervals: share of the intervals between successive notes that are at most a whole tone; a
            repeated note counts as one.
        leaps: share of those intervals that are of more than seven semitones.
        repeats: share of those intervals that are repeated notes.
        longest_note: bars of the longest note of a melody, mean over the melodies that have a note.
        notes_per_bar: mean.
        pitch_classes: share of the notes on each pitch class, C first.
        note_lengths: share of the notes in each range of ``LENGTHS``.
    """

    melodies: int
    notes: int
    in_scale: Interval
    small_intervals: Interval
    leaps: Interval
    repeats: Interval
    longest_note: Interval
    notes_per_bar: Interval
    pitch_classes: tuple[Interval, ...]
    note_lengths: tuple[Interval, ...]


def melody_statistics(
    melodies: Sequence[Melody] | Sequence[np.ndarray],
    steps_per_bar: int | Sequence[int] | None = None,
    family: Sequence[int] | None = None,
) -> Statistics:
    """Figures of melodies.

    Args:
        melodies: melodies, or their events, each of shape (steps,).
        steps_per_bar: of all melodies, or one number for each; None: what melodies have, 16 of events.
        family: number of the family of each melody, for the intervals; None: each melody is its own.
    """
    if steps_per_bar is None:
        steps_per_bar = [getattr(melody, "steps_per_bar", 16) for melody in melodies]
    melodies = [melody.events if isinstance(melody, Melody) else melody for melody in melodies]
    count, notes = len(melodies), notes_of(melodies)
    bar = np.broadcast_to(steps_per_bar, count)
    inside = np.diff(notes.melody) == 0  # from each note to the next of the same melody
    interval, owner = np.abs(np.diff(notes.pitch))[inside], notes.melody[1:][inside]
    pitch_class, length = notes.pitch % 12, np.searchsorted(list(LENGTHS.values()), notes.length)
    longest, number = np.zeros(count), np.bincount(notes.melody, minlength=count)
    np.maximum.at(longest, notes.melody, notes.length / bar[notes.melody])

    def share(which: np.ndarray, of: np.ndarray = notes.melody) -> Interval:
        return bootstrap(np.bincount(of, which, count), np.bincount(of, minlength=count), family)

    return Statistics(
        melodies=count,
        notes=len(notes),
        in_scale=share(_scales(melodies, bar)[notes.melody, pitch_class]),
        small_intervals=share(interval <= SMALL, owner),
        leaps=share(interval > LEAP, owner),
        repeats=share(interval == 0, owner),
        longest_note=bootstrap(longest, number > 0, family),
        notes_per_bar=bootstrap(number, np.array([len(events) for events in melodies]) / bar, family),
        pitch_classes=tuple(share(pitch_class == one) for one in range(12)),
        note_lengths=tuple(share(length == one) for one in range(len(LENGTHS))),
    )


def _scales(melodies: Sequence[np.ndarray], bar: np.ndarray) -> np.ndarray:
    """Whether each pitch class belongs to the key of each melody, shape (melodies, 12)."""
    scales = np.zeros((len(melodies), 12), dtype=bool)
    whole = [Melody(events, steps_per_bar=int(steps)) for events, steps in zip(melodies, bar, strict=True)]
    for row, (melody, key) in enumerate(zip(whole, find_keys(whole), strict=True)):
        if key is not None:
            modes = MODES if key.mode == NOT_CLEAR else [key.mode]
            pitch_class = melody.notes()[2] % 12
            fits = [np.isin(pitch_class, list(Key(key.tonic, mode).scale())).sum() for mode in modes]
            scales[row, list(Key(key.tonic, modes[int(np.argmax(fits))]).scale())] = True
    return scales
