"""MIDI bytes ⇄ ``Score``: the notes, tempos and time signatures of a piece as NumPy columns."""

from collections.abc import Iterable
from dataclasses import dataclass, field

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

MAX_TICK = 10_000_000  # pretty_midi's own limit; a longer file is taken for a broken one
MOST_OPEN = 64  # notes of one pitch that may be left open, where any is


class MidiError(Exception):
    """A file that cannot be used: ``reason`` is a key of ``funnel.REASONS``, ``found`` says what was found."""

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
        last = max((int(track.notes.numpy()["time"].max(initial=0)) for track in parsed.tracks), default=0)
    if last > MAX_TICK or parsed.start() < 0:
        raise MidiError("too_long", f"{last:,} ticks" if last > MAX_TICK else "more than 2,147,483,647 ticks")
    if parsed.ticks_per_quarter < 1:
        raise MidiError("unreadable", f"{parsed.ticks_per_quarter} ticks per quarter")
    later = patched.find(b"\xff\x51\x03", first_end) >= 0 or patched.find(b"\xff\x58\x04", first_end) >= 0
    return parsed, symusic_score(patched[:first_end]) if later else parsed


def symusic_score(data: bytes) -> symusic.Score:
    """symusic's parse of a file, its errors turned into ``MidiError``."""
    try:
        return symusic.Score.from_midi(data)
    except (RuntimeError, ValueError) as error:
        raise MidiError("unreadable", str(error)) from None


@dataclass
class Columns:
    """Columns that grow by the parsed files added, until ``table`` joins them."""

    names: list[str] = field(default_factory=list)
    ticks_per_quarter: list[int] = field(default_factory=list)
    notes: list[dict] = field(default_factory=list)
    programs: list[int] = field(default_factory=list)
    drums: list[bool] = field(default_factory=list)
    instruments: list[int] = field(default_factory=list)  # of each file
    tempos: list[dict] = field(default_factory=list)
    signatures: list[dict] = field(default_factory=list)

    def add(self, parsed: tuple[symusic.Score, symusic.Score], name: str) -> None:
        """Add what ``parse_midi`` returned."""
        score, conductor = parsed
        tempos = conductor.tempos.numpy()
        if not tempos["mspq"].all():
            raise MidiError("unreadable", "a tempo of 0 microseconds per quarter")
        tracks = score.tracks
        self.names.append(name)
        self.ticks_per_quarter.append(score.ticks_per_quarter)
        self.instruments.append(len(tracks))
        self.tempos.append(tempos)
        self.signatures.append(conductor.time_signatures.numpy())
        for track in tracks:
            self.notes.append(track.notes.numpy())
            self.programs.append(track.program)
            self.drums.append(track.is_drum)

    def table(self) -> ScoreTable:
        """All that was added, as one table with every note ended properly."""
        tempo = [part["mspq"] for part in self.tempos]
        signature = self.signatures
        return ScoreTable(
            names=self.names,
            ticks_per_quarter=np.array(self.ticks_per_quarter, np.int32),
            program=np.array(self.programs, np.int32),
            is_drum=np.array(self.drums, bool),
            instrument_score=score_of_rows(self.instruments),
            tempo_tick=stack_columns("tempo_tick", [part["time"] for part in self.tempos]),
            tempo_qpm=6e7 / stack_columns("mspq", tempo),  # microseconds per quarter
            tempo_score=score_of_rows([len(part) for part in tempo]),
            signature_tick=stack_columns("signature_tick", [part["time"] for part in signature]),
            signature_numerator=stack_columns("numerator", [part["numerator"] for part in signature]),
            signature_denominator=stack_columns("denominator", [part["denominator"] for part in signature]),
            signature_score=score_of_rows([len(part["time"]) for part in signature]),
            **self.note_columns(),
        )

    def note_columns(self) -> dict[str, np.ndarray]:
        """The columns of the notes that have an end."""
        instrument = np.repeat(
            np.arange(len(self.notes), dtype=np.int32), [len(part["time"]) for part in self.notes]
        )
        onset = stack_columns("onset", [part["time"] for part in self.notes])
        end = onset + stack_columns("duration", [part["duration"] for part in self.notes])
        pitch = stack_columns("pitch", [part["pitch"] for part in self.notes])
        velocity = stack_columns("velocity", [part["velocity"] for part in self.notes])
        keep, end = pair_notes(instrument, onset, end, pitch)
        columns = dict(zip(NOTE_COLUMNS, (onset, end, pitch, velocity), strict=True), instrument=instrument)
        return columns if keep.all() else {name: column[keep] for name, column in columns.items()}


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
