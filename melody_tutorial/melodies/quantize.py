"""Ticks → steps: scores are split where tempo or time signature changes, and notes put on a grid.

The arithmetic is that of pretty_midi and note_seq, in the same order and in float64, so that a note exactly
between two steps goes the same way as there.
"""

from dataclasses import dataclass, replace

import numpy as np

from melody_tutorial.music import ScoreTable, find_tempos, place, run_lengths, run_starts

LAST_STEP = 2**30  # no music is that long; a broken file may be
OFF_GRID = 0.1  # steps: above what a converter's ticks are late by, below the 0.14 of a septuplet


@dataclass(frozen=True)
class Pieces:
    """Stretches of constant tempo and time signature, sorted by score and tick.

    Attributes:
        score, start, end: index of the score, first tick, and tick after the last.
        numerator, denominator, qpm: time signature and tempo.
        tempo_tick, tempo_seconds, seconds_per_tick: the tempo's stretch, as in ``Tempos``.
    """

    score: np.ndarray
    start: np.ndarray
    end: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    qpm: np.ndarray
    tempo_tick: np.ndarray
    tempo_seconds: np.ndarray
    seconds_per_tick: np.ndarray


@dataclass(frozen=True)
class TrackNotes:
    """Notes of tracks, a track being the part of one instrument in one piece; sorted by track, then onset.

    Attributes:
        piece, instrument: index into ``Pieces``, and into the table's instruments.
        onset, end: times from the start of the score in ticks, or from the start of the piece in steps;
            ``end`` > ``onset``.
        pitch: 0 … 127.
        off_grid: whether quantising moved the onset by more than ``OFF_GRID``; False before. Ends don't
            count: players and programs end notes early at will.
    """

    piece: np.ndarray
    instrument: np.ndarray
    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    off_grid: np.ndarray

    def select(self, rows: np.ndarray) -> "TrackNotes":
        """The notes that ``rows`` names."""
        return TrackNotes(**{name: column[rows] for name, column in vars(self).items()})


def last_ticks(table: ScoreTable) -> np.ndarray:
    """Tick at which the last note of each score ends; 0 where there is none."""
    last = np.zeros(len(table.ticks_per_quarter), np.int64)
    if len(table.instrument):
        first = np.flatnonzero(run_starts(table.instrument))
        score = table.instrument_score[table.instrument[first]]
        np.maximum.at(last, score, np.maximum.reduceat(table.end, first))
    return last


def find_signatures(table: ScoreTable) -> tuple[np.ndarray, ...]:
    """Time signatures sorted by place, 4/4 put before each score's first: place, numerator, denominator, and
    whether it differs from the one before."""
    scores = np.arange(len(table.ticks_per_quarter))
    four = np.full(len(scores), 4)
    score = np.concatenate([scores, table.signature_score])
    where = place(score, np.concatenate([np.full(len(scores), -1), table.signature_tick]))
    order = np.argsort(where, kind="stable")
    numerator = np.concatenate([four, table.signature_numerator])[order]
    denominator = np.concatenate([four, table.signature_denominator])[order]
    changes = ~run_starts(score[order]) & run_starts(numerator, denominator)
    return where[order], numerator, denominator, changes


def split_scores(table: ScoreTable) -> Pieces:
    """Split every score where its tempo or its time signature changes.

    As note_seq's ``split_note_sequence_on_time_changes``; a score without notes has no piece.
    """
    tempos = find_tempos(table)
    tempo_place = place(tempos.score, tempos.tick)
    signature_place, numerator, denominator, changes = find_signatures(table)
    last_tick = last_ticks(table)
    starts = np.unique(np.concatenate([tempo_place, signature_place[changes]]))
    score, start = starts >> 32, (starts & (2**32 - 1)) - 1
    within = start < last_tick[score]
    starts, score, start = starts[within], score[within], start[within]
    end = last_tick[score]
    same_score = score[1:] == score[:-1]
    end[:-1][same_score] = start[1:][same_score]
    tempo = np.searchsorted(tempo_place, starts, side="right") - 1
    signature = np.searchsorted(signature_place, starts, side="right") - 1
    return Pieces(
        score=score,
        start=start,
        end=end,
        numerator=numerator[signature],
        denominator=denominator[signature],
        qpm=tempos.qpm[tempo],
        tempo_tick=tempos.tick[tempo],
        tempo_seconds=tempos.seconds[tempo],
        seconds_per_tick=tempos.seconds_per_tick[tempo],
    )


def find_notes(table: ScoreTable, pieces: Pieces) -> TrackNotes:
    """The notes of all tracks in ticks: no drums, no silent notes."""
    piece = piece_of_notes(table, pieces)
    off_grid = np.zeros(len(piece), bool)
    notes = TrackNotes(piece, table.instrument, table.onset, table.end, table.pitch, off_grid)
    audible = ~table.is_drum[table.instrument] & (table.velocity > 0) & (table.end > table.onset)
    return notes if audible.all() else notes.select(audible)


def quantize_notes(notes: TrackNotes, pieces: Pieces, steps_per_quarter: int) -> TrackNotes:
    """Ticks → steps; a note that lasts into the next piece is cut there.

    The nearest step counts, halves go up, and a note lasts at least one step
    (note_seq's ``quantize_note_sequence``).
    """
    first = np.flatnonzero(run_starts(notes.instrument, notes.piece))  # of each track
    track_piece, lengths = notes.piece[first], run_lengths(first, len(notes.piece))
    end = np.minimum(notes.end, np.repeat(pieces.end[track_piece], lengths))
    ticks = np.stack([notes.onset, end]).astype(np.float64)
    exact = steps_in_piece(pieces, track_piece, lengths, ticks, steps_per_quarter)
    exact += 0.5
    onset, end = np.minimum(exact, LAST_STEP, out=exact).astype(np.int32)
    moved = np.abs(exact[0] - 0.5 - onset)
    return replace(notes, onset=onset, end=np.maximum(end, onset + 1), off_grid=moved > OFF_GRID)


def steps_in_piece(
    pieces: Pieces, track_piece: np.ndarray, notes: np.ndarray, ticks: np.ndarray, steps_per_quarter: int
) -> np.ndarray:
    """Each tick in steps from the start of its piece, not yet rounded; float64.

    Args:
        pieces: the pieces.
        track_piece, notes: index of each track's piece, and the number of its notes.
        ticks: of all notes, track by track; shape (…, notes).
        steps_per_quarter: resolution of the grid.
    """
    per_tick, tempo_tick = pieces.seconds_per_tick, pieces.tempo_tick
    start = pieces.tempo_seconds + per_tick * (pieces.start - tempo_tick)

    def spread(column):  # from pieces to notes
        return np.repeat(column[track_piece], notes)

    # The order of operations is pretty_midi's (seconds), then note_seq's (steps): it decides the last bit.
    seconds = ticks - spread(tempo_tick.astype(np.float64))
    seconds *= spread(per_tick)
    seconds += spread(pieces.tempo_seconds)
    seconds -= spread(start)
    seconds *= spread(steps_per_quarter * pieces.qpm / 60.0)
    return seconds


def piece_of_notes(table: ScoreTable, pieces: Pieces) -> np.ndarray:
    """Index of the piece in which each note starts."""
    first = np.searchsorted(pieces.score, np.arange(len(table.ticks_per_quarter) + 1)).astype(np.int32)
    piece = first[table.instrument_score][table.instrument]
    several = np.diff(first) > 1
    if several.any():
        rows = np.flatnonzero(several[table.instrument_score][table.instrument])
        where = place(table.instrument_score[table.instrument[rows]], table.onset[rows])
        piece[rows] = np.searchsorted(place(pieces.score, pieces.start), where, side="right") - 1
    return piece


def piece_steps_per_bar(pieces: Pieces, steps_per_quarter: int) -> np.ndarray:
    """Steps in a bar of each piece; 0 where the time signature is none, float64."""
    denominator = pieces.denominator
    valid = (denominator > 0) & (denominator & (denominator - 1) == 0)
    return np.where(
        valid, steps_per_quarter * (4.0 / np.where(valid, denominator, 1) * pieces.numerator), 0.0
    )
