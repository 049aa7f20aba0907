"""``Score``, one piece as NumPy columns, and ``ScoreTable``, the columns of many pieces joined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

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
        key_tick, key_fifths, key_minor: where a key signature begins, its sharps (flats below zero), −7 … 7,
            int8, and whether it is called minor; a signature called major may stand for any mode.
        key_field: the key in the source's own words, as ABC's ``K:`` field has it; "" where there is none.
        omitted: how many grace notes ("graces") and signs of "ornaments" the source has, which are no notes
            here; nothing for MIDI, which has none.
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
    key_tick: np.ndarray = field(default_factory=partial(np.zeros, 0, np.int32))
    key_fifths: np.ndarray = field(default_factory=partial(np.zeros, 0, np.int8))
    key_minor: np.ndarray = field(default_factory=partial(np.zeros, 0, bool))
    key_field: str = ""
    omitted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ScoreTable:
    """Many pieces in one table, so that one NumPy operation works on all of them.

    The columns are those of ``Score``, concatenated; ``key_field`` is a list, ``omitted`` is not kept.
    Instruments are numbered through the whole table, score by score; notes are sorted by instrument, then by
    onset.

    Attributes:
        names: file that each score came from.
        instrument_score, tempo_score, signature_score, key_score: index of the score that each row belongs
            to.
    """

    names: Sequence[str]
    ticks_per_quarter: np.ndarray
    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    instrument: np.ndarray
    program: np.ndarray
    is_drum: np.ndarray
    instrument_score: np.ndarray
    tempo_tick: np.ndarray
    tempo_qpm: np.ndarray
    tempo_score: np.ndarray
    signature_tick: np.ndarray
    signature_numerator: np.ndarray
    signature_denominator: np.ndarray
    signature_score: np.ndarray
    key_tick: np.ndarray
    key_fifths: np.ndarray
    key_minor: np.ndarray
    key_score: np.ndarray
    key_field: Sequence[str]


NOTE_COLUMNS = ("onset", "end", "pitch", "velocity")
INSTRUMENT_COLUMNS = ("program", "is_drum")
TEMPO_COLUMNS = ("tempo_tick", "tempo_qpm")
SIGNATURE_COLUMNS = ("signature_tick", "signature_numerator", "signature_denominator")
KEY_COLUMNS = ("key_tick", "key_fifths", "key_minor")
COLUMNS = (*NOTE_COLUMNS, *INSTRUMENT_COLUMNS, *TEMPO_COLUMNS, *SIGNATURE_COLUMNS, *KEY_COLUMNS)
DTYPES = {
    "pitch": np.int8,
    "velocity": np.int8,
    "is_drum": bool,
    "tempo_qpm": np.float64,
    "key_fifths": np.int8,
    "key_minor": bool,
}


def stack_columns(column: str, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Concatenate one column of several scores; no parts give an empty column of the right type."""
    dtype = DTYPES.get(column, np.int32)
    return np.concatenate(parts, dtype=dtype, casting="unsafe") if parts else np.zeros(0, dtype)


def stack_scores(scores: Sequence[Score], names: Sequence[str]) -> ScoreTable:
    """Put scores into one table, notes in the table's order; ``names`` are those of their files."""
    columns = {name: stack_columns(name, [getattr(score, name) for score in scores]) for name in COLUMNS}
    instruments = np.array([len(score.program) for score in scores], np.int32)
    before = np.cumsum(instruments) - instruments  # instruments of the scores above
    numbered = [score.instrument + first for score, first in zip(scores, before, strict=True)]
    instrument = stack_columns("instrument", numbered)
    order = np.lexsort((columns["onset"], instrument))
    for name in NOTE_COLUMNS:
        columns[name] = columns[name][order]
    return ScoreTable(
        names=names,
        ticks_per_quarter=np.array([score.ticks_per_quarter for score in scores], np.int32),
        instrument=instrument[order],
        instrument_score=score_of_rows(instruments),
        tempo_score=score_of_rows([len(score.tempo_tick) for score in scores]),
        signature_score=score_of_rows([len(score.signature_tick) for score in scores]),
        key_score=score_of_rows([len(score.key_tick) for score in scores]),
        key_field=[score.key_field for score in scores],
        **columns,
    )


def unstack_score(table: ScoreTable, index: int) -> Score:
    """Take one score out of a table: the inverse of ``stack_scores``."""
    first, last = np.searchsorted(table.instrument_score, (index, index + 1))
    notes = slice(*np.searchsorted(table.instrument, (first, last)))
    tempos = table.tempo_score == index
    signatures = table.signature_score == index
    keys = table.key_score == index
    return Score(
        ticks_per_quarter=int(table.ticks_per_quarter[index]),
        instrument=table.instrument[notes] - np.int32(first),
        **{name: getattr(table, name)[notes] for name in NOTE_COLUMNS},
        **{name: getattr(table, name)[first:last] for name in INSTRUMENT_COLUMNS},
        **{name: getattr(table, name)[tempos] for name in TEMPO_COLUMNS},
        **{name: getattr(table, name)[signatures] for name in SIGNATURE_COLUMNS},
        **{name: getattr(table, name)[keys] for name in KEY_COLUMNS},
        key_field=table.key_field[index],
    )


def score_of_rows(rows: Sequence[int]) -> np.ndarray:
    """Index of the score that each row belongs to, from the number of rows of each score."""
    return np.repeat(np.arange(len(rows), dtype=np.int32), rows)


def run_starts(*columns: np.ndarray) -> np.ndarray:
    """True in each row in which a column differs from the row above, and in the first row."""
    starts = np.ones(len(columns[0]), bool)
    np.not_equal(columns[0][1:], columns[0][:-1], out=starts[1:])
    for column in columns[1:]:
        starts[1:] |= column[1:] != column[:-1]
    return starts


def run_lengths(first: np.ndarray, rows: int) -> np.ndarray:
    """Length of each run, from the row in which each begins and the number of all rows."""
    return np.diff(first, append=rows)
