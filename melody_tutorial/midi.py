"""MIDI bytes ⇄ ``Score``: the notes, tempos and time signatures of a piece as NumPy columns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import symusic
from symusic.core import ScoreTick

from melody_tutorial.funnel import Reject
from melody_tutorial.pairing import UNENDED, end_all_notes, pair_notes
from melody_tutorial.score import (
    NOTE_COLUMNS,
    Score,
    ScoreTable,
    score_of_rows,
    stack_columns,
    unstack_score,
)

__all__ = ["MidiError", "Score", "ScoreTable", "read_midi", "read_scores", "write_midi"]

MAX_TICK = 100_000_000  # 80 minutes of music21's finest ticks; a longer file is taken for a broken one
PARTS = ("onset", "duration", "pitch", "velocity", "program", "is_drum")
MOST_OPEN = 64  # notes of one pitch that may be left open, where any is
TEMPO, SIGNATURE = b"\xff\x51", b"\xff\x58"  # as these meta events begin
CONDUCTING = re.compile(rb"\xff[\x51\x58]")


class MidiError(Exception):
    """A file that cannot be used: ``reason`` is a key of ``funnel.REASONS``, ``found`` what was found."""

    def __init__(self, reason: str, found: str):
        super().__init__(f"{reason}: {found}")
        self.reason = reason
        self.found = found


def read_midi(data: bytes) -> Score:
    """Read one MIDI file.

    Notes end as in pretty_midi (see ``pairing``); tempos and time signatures are those of the first track, as
    there; an instrument is one program on one channel of one track, channel 10 being drums.

    Raises:
        MidiError: the file is no MIDI, has no resolution in ticks per quarter, or lasts too long.
    """
    columns = Columns()
    columns.add(parse_midi(data), "")
    return unstack_score(columns.table(), 0)


def read_scores(files: Iterable[tuple[str, bytes]]) -> tuple[ScoreTable, list[Reject]]:
    """Read many MIDI files, given as names and bytes, into one table; unreadable ones become rejects."""
    columns, rejects = Columns(), []
    for name, data in files:
        try:
            columns.add(parse_midi(data), name)
        except MidiError as error:
            rejects.append(Reject(name, error.reason, error.found))
    return columns.table(), rejects


@dataclass(frozen=True)
class Parsed:
    """What symusic read of a file, and its tempos and time signatures.

    Attributes:
        score: the file, all its notes ended.
        tempos: tick, and microseconds per quarter.
        signatures: tick, numerator, denominator.
    """

    score: ScoreTick
    tempos: list[tuple[int, int]]
    signatures: list[tuple[int, int, int]]


def parse_midi(data: bytes) -> Parsed:
    """Let symusic parse a file with all its notes ended."""
    patched, first_end = end_all_notes(data)
    score = parse(patched)
    last = score.end()
    if last >= UNENDED:  # a note was open; perhaps there are more of its pitch
        patched, first_end = end_all_notes(data, MOST_OPEN)
        score = parse(patched)
        last = last_real_tick(score)
    if last > MAX_TICK:
        raise MidiError("too_long", f"{last:,} ticks")
    if score.ticks_per_quarter < 1:
        raise MidiError("unreadable", f"{score.ticks_per_quarter} ticks per quarter")
    tempos, signatures = conductor(score)
    if CONDUCTING.search(patched, first_end):
        later_tempos, later_signatures = patched.count(TEMPO, first_end), patched.count(SIGNATURE, first_end)
        if not (repeats_only(tempos, later_tempos) and repeats_only(signatures, later_signatures)):
            tempos, signatures = conductor(parse(patched[:first_end]))
    if not all(microseconds for _, microseconds in tempos):
        raise MidiError("unreadable", "a tempo of 0 microseconds per quarter")
    return Parsed(score, tempos, signatures)


def conductor(score: ScoreTick) -> tuple[list[tuple], list[tuple]]:
    """Tempos and time signatures of all tracks, as in ``Parsed``."""
    tempos = [(tempo.time, tempo.mspq) for tempo in score.tempos]
    return tempos, [(it.time, it.numerator, it.denominator) for it in score.time_signatures]


def repeats_only(rows: list[tuple], later: int) -> bool:
    """Whether tracks after the first tell nothing else than the first.

    Args:
        rows: tempos or time signatures of all tracks.
        later: how many of them, at most, come from later tracks.
    """
    return not later or (len(rows) > later and len(set(rows)) == 1)


def last_real_tick(score: ScoreTick) -> int:
    """Largest onset or end of a note, artificial ends left out."""
    last = 0
    for track in score.tracks:
        notes = track.notes.numpy()
        end = notes["time"] + notes["duration"]
        last = max(last, notes["time"].max(initial=0), end[end < UNENDED].max(initial=0))
    return int(last)


def parse(data: bytes) -> ScoreTick:
    """symusic's parse of a file, its errors turned into ``MidiError``."""
    try:
        return ScoreTick.from_midi(data)
    except (RuntimeError, ValueError) as error:
        raise MidiError("unreadable", str(error)) from None


class Columns:
    """Columns that grow by the parsed files added, until ``table`` joins them."""

    def __init__(self):
        self.names: list[str] = []
        self.ticks_per_quarter: list[int] = []
        self.instruments: list[int] = []  # of each file
        self.tempos: list[list[tuple]] = []
        self.signatures: list[list[tuple]] = []
        self.parts: dict[str, list] = {name: [] for name in PARTS}

    def add(self, parsed: Parsed, name: str) -> None:
        """Add a parsed file."""
        tracks = parsed.score.tracks
        self.names.append(name)
        self.ticks_per_quarter.append(parsed.score.ticks_per_quarter)
        self.instruments.append(len(tracks))
        self.tempos.append(parsed.tempos)
        self.signatures.append(parsed.signatures)
        onset, duration, pitch, velocity, program, is_drum = self.parts.values()
        for track in tracks:
            notes = track.notes.numpy()
            onset.append(notes["time"])
            duration.append(notes["duration"])
            pitch.append(notes["pitch"])
            velocity.append(notes["velocity"])
            program.append(track.program)
            is_drum.append(track.is_drum)

    def table(self) -> ScoreTable:
        """All that was added, as one table with every note ended properly."""
        tempo_tick, microseconds = stack_rows(self.tempos, 2)
        signature_tick, numerator, denominator = stack_rows(self.signatures, 3)
        return ScoreTable(
            names=self.names,
            ticks_per_quarter=np.array(self.ticks_per_quarter, np.int32),
            program=np.array(self.parts["program"], np.int32),
            is_drum=np.array(self.parts["is_drum"], bool),
            instrument_score=score_of_rows(self.instruments),
            tempo_tick=tempo_tick,
            tempo_qpm=6e7 / microseconds,
            tempo_score=score_of_rows([len(rows) for rows in self.tempos]),
            signature_tick=signature_tick,
            signature_numerator=numerator,
            signature_denominator=denominator,
            signature_score=score_of_rows([len(rows) for rows in self.signatures]),
            **self.note_columns(),
        )

    def joined(self, name: str) -> np.ndarray:
        """One column of all files."""
        return stack_columns(name, self.parts[name])

    def note_columns(self) -> dict[str, np.ndarray]:
        """The columns of the notes that have an end."""
        instrument = score_of_rows([len(part) for part in self.parts["onset"]])
        onset, pitch = self.joined("onset"), self.joined("pitch")
        keep, end = pair_notes(instrument, onset, onset + self.joined("duration"), pitch)
        columns = (onset, end, pitch, self.joined("velocity"), instrument)
        if not keep.all():
            columns = [column[keep] for column in columns]
        return dict(zip((*NOTE_COLUMNS, "instrument"), columns, strict=True))


def stack_rows(rows_of_files: list[list[tuple]], columns: int) -> np.ndarray:
    """Rows of all files as int32 columns, shape (columns, rows)."""
    return np.array([row for rows in rows_of_files for row in rows], np.int32).reshape(-1, columns).T


def write_midi(score: Score) -> bytes:
    """Write a score as MIDI bytes: its tempos and time signatures, and a track for each instrument."""
    out = symusic.Score(int(score.ticks_per_quarter))
    out.tempos = symusic.Tempo.from_numpy(
        score.tempo_tick.astype(np.int32), np.round(6e7 / score.tempo_qpm).astype(np.int32)
    )
    out.time_signatures = symusic.TimeSignature.from_numpy(
        score.signature_tick.astype(np.int32),
        score.signature_numerator.astype(np.uint8),
        score.signature_denominator.astype(np.uint8),
    )
    for number, (program, is_drum) in enumerate(zip(score.program, score.is_drum, strict=True)):
        rows = score.instrument == number
        track = symusic.Track("", int(program), bool(is_drum))
        track.notes = symusic.Note.from_numpy(
            score.onset[rows], (score.end - score.onset)[rows], score.pitch[rows], score.velocity[rows]
        )
        out.tracks.append(track)
    return out.dumps_midi()
