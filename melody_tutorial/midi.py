"""MIDI bytes ⇄ ``Score``: the notes, tempos and time signatures of a piece as NumPy columns."""

import re
from collections.abc import Iterable

import numpy as np
import symusic

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
PARTS = (
    *("onset", "duration", "pitch", "velocity", "program", "is_drum"),
    *("tempo_tick", "tempo", "signature_tick", "signature_numerator", "signature_denominator"),
)
MOST_OPEN = 64  # notes of one pitch that may be left open, where any is
TEMPO_OR_SIGNATURE = re.compile(rb"\xff[\x51\x58]").search


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


def parse_midi(data: bytes) -> tuple[symusic.Score, symusic.Score]:
    """Let symusic parse a file with all its notes ended.

    Returns:
        The parsed file, and the one whose tempos and time signatures count: the file itself, or its first
        track alone where others name some too.
    """
    patched, first_end = end_all_notes(data)
    parsed = symusic_score(patched)
    last = parsed.end()
    if last >= UNENDED:  # a note was open; perhaps there are more of its pitch
        patched, first_end = end_all_notes(data, MOST_OPEN)
        parsed = symusic_score(patched)
        last = last_real_tick(parsed)
    if last > MAX_TICK:
        raise MidiError("too_long", f"{last:,} ticks")
    if parsed.ticks_per_quarter < 1:
        raise MidiError("unreadable", f"{parsed.ticks_per_quarter} ticks per quarter")
    return parsed, symusic_score(patched[:first_end]) if TEMPO_OR_SIGNATURE(patched, first_end) else parsed


def last_real_tick(parsed: symusic.Score) -> int:
    """Largest onset or end of a note, artificial ends left out."""
    last = 0
    for track in parsed.tracks:
        notes = track.notes.numpy()
        end = notes["time"] + notes["duration"]
        last = max(last, notes["time"].max(initial=0), end[end < UNENDED].max(initial=0))
    return int(last)


def symusic_score(data: bytes) -> symusic.Score:
    """symusic's parse of a file, its errors turned into ``MidiError``."""
    try:
        return symusic.Score.from_midi(data)
    except (RuntimeError, ValueError) as error:
        raise MidiError("unreadable", str(error)) from None


class Columns:
    """Columns that grow by the parsed files added, until ``table`` joins them."""

    def __init__(self):
        self.names: list[str] = []
        self.ticks_per_quarter: list[int] = []
        self.instruments: list[int] = []  # of each file
        self.parts: dict[str, list] = {name: [] for name in PARTS}

    def add(self, parsed: tuple[symusic.Score, symusic.Score], name: str) -> None:
        """Add what ``parse_midi`` returned."""
        score, conductor = parsed
        parts = self.parts
        tempos = conductor.tempos.numpy()
        if not tempos["mspq"].all():
            raise MidiError("unreadable", "a tempo of 0 microseconds per quarter")
        signatures = conductor.time_signatures.numpy()
        tracks = score.tracks
        self.names.append(name)
        self.ticks_per_quarter.append(score.ticks_per_quarter)
        self.instruments.append(len(tracks))
        parts["tempo_tick"].append(tempos["time"])
        parts["tempo"].append(tempos["mspq"])
        parts["signature_tick"].append(signatures["time"])
        parts["signature_numerator"].append(signatures["numerator"])
        parts["signature_denominator"].append(signatures["denominator"])
        for track in tracks:
            notes = track.notes.numpy()
            parts["onset"].append(notes["time"])
            parts["duration"].append(notes["duration"])
            parts["pitch"].append(notes["pitch"])
            parts["velocity"].append(notes["velocity"])
            parts["program"].append(track.program)
            parts["is_drum"].append(track.is_drum)

    def table(self) -> ScoreTable:
        """All that was added, as one table with every note ended properly."""
        tempos = self.joined("tempo")  # microseconds per quarter
        return ScoreTable(
            names=self.names,
            ticks_per_quarter=np.array(self.ticks_per_quarter, np.int32),
            program=np.array(self.parts["program"], np.int32),
            is_drum=np.array(self.parts["is_drum"], bool),
            instrument_score=score_of_rows(self.instruments),
            tempo_tick=self.joined("tempo_tick"),
            tempo_qpm=6e7 / tempos,
            tempo_score=score_of_rows([len(part) for part in self.parts["tempo"]]),
            signature_tick=self.joined("signature_tick"),
            signature_numerator=self.joined("signature_numerator"),
            signature_denominator=self.joined("signature_denominator"),
            signature_score=score_of_rows([len(part) for part in self.parts["signature_tick"]]),
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
