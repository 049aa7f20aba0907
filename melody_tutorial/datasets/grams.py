"""Grams: short runs of intervals, which related melodies share whatever their key, note values and bar lines.

A melody is read as a line of pitches: its notes, or what sounds on its beats, which ornaments between them do
not touch. Time signatures and bar lines play no part, as they differ between editions of one tune.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from melody_tutorial.datasets.passages import Notes, hash_runs, mix

LONGEST_PULSE = 16  # steps
PITCH_BITS = np.uint64(7)


@dataclass(frozen=True)
class Line:
    """Pitches one after the other, of many melodies: columns of one length, melody after melody.

    Attributes:
        pitch: MIDI number; int64.
        melody: index of the melody that each pitch belongs to; int64, never falling.
    """

    pitch: np.ndarray
    melody: np.ndarray


@dataclass(frozen=True)
class GramTable:
    """Which melodies have which grams: a row for each distinct gram of each, sorted by gram, then by melody.

    Attributes:
        gram: hash of its intervals; uint64.
        melody: index of the melody; int32.
        pitch: the lowest pitch on which the melody starts that gram; int16.
    """

    gram: np.ndarray
    melody: np.ndarray
    pitch: np.ndarray

    def __len__(self) -> int:
        return len(self.gram)


def line_of_notes(notes: Notes) -> Line:
    """The notes as they are."""
    return Line(notes.pitch, notes.melody)


def line_without_repeats(notes: Notes) -> Line:
    """The notes, each run of equal pitches taken once: a quarter, or the same pitch in two eighths."""
    changes = np.append(True, (np.diff(notes.pitch) != 0) | (np.diff(notes.melody) != 0))[: len(notes)]
    return Line(notes.pitch[changes], notes.melody[changes])


def line_of_beats(notes: Notes, beat: np.ndarray, phase: np.ndarray | int = 0) -> Line:
    """The pitch that sounds on each beat, or has sounded last, from the first note to the end of the last.

    Args:
        notes: of any number of melodies.
        beat: steps from beat to beat in the melody of each note; shape (notes,).
        phase: step of the first beat, likewise; 0 counts from the start of the melody.
    """
    goes_on = np.append(notes.melody[1:] == notes.melody[:-1], False)[: len(notes)]
    until = np.where(goes_on, np.append(notes.onset[1:], 0)[: len(notes)], notes.onset + notes.length)
    # ⌈(step − phase) / beat⌉ beats lie before a step.
    beats = (phase - notes.onset) // beat - (phase - until) // beat
    return Line(np.repeat(notes.pitch, beats), np.repeat(notes.melody, beats))


def line_of_pulses(notes: Notes, melodies: int) -> Line:
    """What sounds on each pulse of each melody, as found by ``find_pulses``."""
    pulse, phase = find_pulses(notes, melodies)
    return line_of_beats(notes, pulse[notes.melody], phase[notes.melody])


def find_pulses(notes: Notes, melodies: int) -> tuple[np.ndarray, np.ndarray]:
    """The pulse of each melody: about one note long, so that it doubles with the note values.

    Returns:
        Steps from pulse to pulse, the power of two nearest to the mean time between onsets; and the step of
        the first pulse, such that most of the sounding time begins on a pulse. Both int64, shape (melodies,).
    """
    within = np.diff(notes.melody) == 0
    melody, steps = notes.melody[1:][within], np.diff(notes.onset)[within]
    mean = np.bincount(melody, steps, melodies) / np.maximum(np.bincount(melody, minlength=melodies), 1)
    pulse = 2 ** np.round(np.log2(np.clip(mean, 1, LONGEST_PULSE))).astype(np.int64)
    place = notes.melody * LONGEST_PULSE + notes.onset % pulse[notes.melody]
    sounding = np.bincount(place, notes.length, melodies * LONGEST_PULSE).reshape(melodies, LONGEST_PULSE)
    return pulse, sounding.argmax(axis=1)


def gram_table(lines: Iterable[tuple[Line, int, int]], melodies: int) -> GramTable:
    """Gather the grams of some lines.

    Args:
        lines: each with the number of intervals in a gram, and with a stride: a gram takes a pitch, the one
            so many places later, and so on.
        melodies: number of melodies.
    """
    melody_bits = np.uint64(melodies.bit_length())
    low_bits = melody_bits + PITCH_BITS
    keys = [np.zeros(0, dtype=np.uint64)]
    for line, intervals, stride in lines:
        symbols = mix(line.pitch[stride:] - line.pitch[:-stride])
        grams, first = hash_runs(symbols, line.melody, intervals, stride)
        # Melody and pitch take the place of the lowest bits, so that one fast sort does for all three.
        start = line.melody[first] << PITCH_BITS.astype(np.int64) | line.pitch[first]
        keys.append(grams >> low_bits << low_bits | start.astype(np.uint64))
    rows = np.sort(np.concatenate(keys))
    rows = rows[starts_of_runs(rows >> PITCH_BITS)]
    pitch = rows & (np.uint64(1) << PITCH_BITS) - np.uint64(1)
    melody = rows >> PITCH_BITS & (np.uint64(1) << melody_bits) - np.uint64(1)
    return GramTable(rows >> low_bits, melody.astype(np.int32), pitch.astype(np.int16))


def starts_of_runs(column: np.ndarray) -> np.ndarray:
    """Where each run of equal values starts."""
    return np.flatnonzero(np.append(True, column[1:] != column[:-1])[: len(column)])
