"""MIDI bytes ⇄ ``Score``: the notes, tempos and time signatures of a piece as NumPy columns."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Score:
    """One piece as columns; times are in ticks.

    Attributes:
        ticks_per_quarter: resolution of the times.
        onset, end: first tick of each note, and the tick at which it ends; int32.
        pitch, velocity: MIDI numbers, 0 … 127; int8.
        instrument: index of each note's instrument, 0 … len(program) − 1; int32.
        program, is_drum: MIDI program 0 … 127 of each instrument, and whether it is a drum kit.
        tempo_tick, tempo_qpm: where a tempo begins, and its quarter notes per minute; float64.
        signature_tick, signature_numerator, signature_denominator: where a time signature begins; int32.
    """

    ticks_per_quarter: int
    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    instrument: np.ndarray
    program: np.ndarray
    is_drum: np.ndarray
    tempo_tick: np.ndarray
    tempo_qpm: np.ndarray
    signature_tick: np.ndarray
    signature_numerator: np.ndarray
    signature_denominator: np.ndarray
