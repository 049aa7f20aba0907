"""MIDI bytes ⇄ ``Score``: notes, tempos, time and key signatures of a piece as NumPy columns."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import symusic
from symusic.core import (
    KeySignatureTickList,
    NoteTickList,
    ScoreTick,
    TempoTickList,
    TimeSignatureTickList,
)

from melody_tutorial.funnel import Reject
from melody_tutorial.music.midi_faults import MidiError, one_file, what_is_wrong
from melody_tutorial.music.pairing import UNENDED, end_all_notes, pair_notes
from melody_tutorial.music.score import NOTE_COLUMNS, Score, ScoreTable, score_of_rows, unstack_score

__all__ = ["MidiError", "Score", "ScoreTable", "read_midi", "read_scores", "write_midi"]

MAX_TICK = 100_000_000  # 80 minutes of music21's finest ticks; a longer file is taken for a broken one
MOST_OPEN = 64  # notes of one pitch that may be left open, where any is
TEMPO, SIGNATURE, KEY = b"\xff\x51", b"\xff\x58", b"\xff\x59"  # as these meta events begin
CONDUCTING = re.compile(rb"\xff[\x51\x58\x59]")
MOST_FIFTHS = 7  # sharps or flats of a key signature
LONGEST_TEMPO = 9  # bytes: its two first, its length in up to four, three of microseconds
# A file's end within a meta event: a tempo, a signature or a key, or before the length of any other.
OPEN_END = re.compile(
    rb"\xff(?:\x51[\x80-\xff]{0,3}.{0,3}|[\x58\x59][\x80-\xff]{0,3}.{0,2}|.[\x80-\xff]{0,3})?\Z", re.DOTALL
)
NO_TEMPO = b"\x03\0\0\0"  # the end of a tempo of 0 microseconds: its length, 3, and its bytes


def read_midi(data: bytes) -> Score:
    """Read one MIDI file.

    Notes end as in pretty_midi (see ``pairing``); tempos and signatures are those of the first track, as
    there; an instrument is one program on one channel of one track, channel 10 being drums.

    Raises:
        MidiError: the file is no MIDI, has no resolution in ticks per quarter, lasts too long, or takes more
            work than the budgets allow.
    """
    gathered = Gathered()
    gathered.add(parse_midi(data), "")
    return unstack_score(gathered.table(), 0)


def read_scores(files: Iterable[tuple[str, bytes]]) -> tuple[ScoreTable, list[Reject]]:
    """Read many MIDI files, given as names and bytes, into one table; unreadable ones become rejects."""
    gathered, rejects = Gathered(), []
    for name, data in files:
        try:
            gathered.add(parse_midi(data), name)
        except MidiError as error:
            rejects.append(Reject(name, error.reason, error.found))
    return gathered.table(), rejects


class Parsed(NamedTuple):
    """What symusic read of a file, all its notes ended, and the tempos and signatures that count."""

    score: ScoreTick
    tempos: TempoTickList
    signatures: TimeSignatureTickList
    keys: KeySignatureTickList


def parse_midi(data: bytes) -> Parsed:
    """Let symusic parse a file with all its notes ended.

    Raises:
        MidiError: as ``read_midi``'s.
    """
    with one_file():
        try:
            return parse_ended(data)
        except (RuntimeError, ValueError) as error:
            raise MidiError("unreadable", what_is_wrong(data, str(error))) from None


def parse_ended(data: bytes) -> Parsed:
    """As ``parse_midi``, but symusic's own errors come through."""
    patched, first_end = end_all_notes(data)
    score = from_midi(patched)
    last = score.end()
    if last >= UNENDED:  # a note was open; perhaps there are more of its pitch
        patched, first_end = end_all_notes(data, MOST_OPEN, open_pitches(score))
        score = from_midi(patched)
        last = last_real_tick(score)
    if last > MAX_TICK:
        raise MidiError("too_long", f"{last:,} ticks")
    if score.ticks_per_quarter < 1:
        raise MidiError("unreadable", f"{score.ticks_per_quarter} ticks per quarter")
    tempos, signatures, keys = score.tempos, score.time_signatures, score.key_signatures
    later = CONDUCTING.findall(patched, first_end)
    if later and not (
        repeats_only(tempos, later.count(TEMPO))
        and repeats_only(signatures, later.count(SIGNATURE))
        and repeats_only(keys, later.count(KEY))
    ):
        first = from_midi(patched[:first_end])
        tempos, signatures, keys = first.tempos, first.time_signatures, first.key_signatures
    if may_lack_tempo(data) and not all(tempo.mspq for tempo in tempos):
        raise MidiError("unreadable", "a tempo of 0 microseconds per quarter")
    return Parsed(score, tempos, signatures, keys)


def from_midi(data: bytes) -> ScoreTick:
    """symusic's score of a file, unless it would read beyond it.

    It takes the three bytes of a tempo, and two of a signature, even where fewer are left.
    """
    if OPEN_END.search(data[-LONGEST_TEMPO:]):
        raise MidiError("unreadable", "a message reaches beyond the end of the file")
    return ScoreTick.from_midi(data)


def may_lack_tempo(data: bytes) -> bool:
    """Whether a tempo may be of 0 microseconds: it says so, or has another length than a tempo's 3 bytes."""
    return NO_TEMPO in data or data.count(TEMPO) > data.count(TEMPO + NO_TEMPO[:1])


def repeats_only(rows: TempoTickList | TimeSignatureTickList | KeySignatureTickList, later: int) -> bool:
    """Whether tracks after the first tell nothing else than the first.

    Args:
        rows: tempos, time or key signatures of all tracks.
        later: how many of them, at most, come from later tracks.
    """
    return not later or (len(rows) > later and rows.count(rows[0]) == len(rows))


def open_pitches(score: ScoreTick) -> tuple[int, ...]:
    """The pitches of which a note has no other end than an artificial one, on whatever channel."""
    found = set()
    for track in score.tracks:
        notes = track.notes.numpy()
        found.update(notes["pitch"][notes["time"] + notes["duration"] >= UNENDED].tolist())
    return tuple(sorted(found))


def last_real_tick(score: ScoreTick) -> int:
    """Largest onset or end of a note, artificial ends left out."""
    last = 0
    for track in score.tracks:
        notes = track.notes.numpy()
        end = notes["time"] + notes["duration"]
        last = max(last, notes["time"].max(initial=0), end[end < UNENDED].max(initial=0))
    return int(last)


class Gathered:
    """Lists that grow by the parsed files added, until ``table`` makes columns of them.

    symusic joins its own lists: one array for all files costs less than an array for each.
    """

    def __init__(self):
        self.names: list[str] = []
        self.ticks_per_quarter: list[int] = []
        self.instruments: list[int] = []  # of each file
        self.program: list[int] = []  # of each instrument
        self.is_drum: list[bool] = []
        self.notes, self.last_notes = NoteTickList(), []  # and how many there were after each instrument
        self.tempos, self.last_tempos = TempoTickList(), []  # … after each file
        self.signatures, self.last_signatures = TimeSignatureTickList(), []
        self.keys, self.key_score = KeySignatureTickList(), []  # and the file of each

    def add(self, parsed: Parsed, name: str) -> None:
        """Add a parsed file."""
        score, tempos, signatures, keys = parsed
        tracks = score.tracks
        self.names.append(name)
        self.ticks_per_quarter.append(score.ticks_per_quarter)
        self.instruments.append(len(tracks))
        self.tempos.extend(tempos)
        self.last_tempos.append(len(self.tempos))
        self.signatures.extend(signatures)
        self.last_signatures.append(len(self.signatures))
        if keys:
            self.keys.extend(keys)
            self.key_score += [len(self.names) - 1] * len(keys)
        for number in range(len(tracks)):  # symusic's own iterator costs more than all below
            track = tracks[number]
            self.program.append(track.program)
            self.is_drum.append(track.is_drum)
            self.notes.extend(track.notes)
            self.last_notes.append(len(self.notes))

    def table(self) -> ScoreTable:
        """All that was added, as one table with every note ended properly."""
        tempos, signatures = self.tempos.numpy(), self.signatures.numpy()
        return ScoreTable(
            names=self.names,
            ticks_per_quarter=np.array(self.ticks_per_quarter, np.int32),
            program=np.array(self.program, np.int32),
            is_drum=np.array(self.is_drum, bool),
            instrument_score=score_of_rows(self.instruments),
            tempo_tick=tempos["time"],
            tempo_qpm=6e7 / tempos["mspq"],
            tempo_score=owner_of_rows(self.last_tempos),
            signature_tick=signatures["time"],
            signature_numerator=signatures["numerator"].astype(np.int32),
            signature_denominator=signatures["denominator"].astype(np.int32),
            signature_score=owner_of_rows(self.last_signatures),
            **self.key_columns(),
            key_field=[""] * len(self.names),
            **self.note_columns(),
        )

    def key_columns(self) -> dict[str, np.ndarray]:
        """The columns of the key signatures that there are: broken files hold others."""
        keys = self.keys.numpy()
        real = (np.abs(keys["key"]) <= MOST_FIFTHS) & (keys["tonality"] <= 1)
        return {
            "key_tick": keys["time"][real],
            "key_fifths": keys["key"][real],
            "key_minor": keys["tonality"][real] == 1,
            "key_score": np.array(self.key_score, np.int32)[real],
        }

    def note_columns(self) -> dict[str, np.ndarray]:
        """The columns of the notes that have an end."""
        notes = self.notes.numpy()
        instrument, onset, pitch = owner_of_rows(self.last_notes), notes["time"], notes["pitch"]
        keep, end = pair_notes(instrument, onset, onset + notes["duration"], pitch)
        columns = (onset, end, pitch, notes["velocity"], instrument)
        if not keep.all():
            columns = [column[keep] for column in columns]
        return dict(zip((*NOTE_COLUMNS, "instrument"), columns, strict=True))


def owner_of_rows(last: list[int]) -> np.ndarray:
    """Index of the owner of each row, from the number of rows up to the last of each owner."""
    return score_of_rows(np.diff(np.array(last, np.int64), prepend=0))


def write_midi(score: Score, title: str = "") -> bytes:
    """Write a score as MIDI bytes: its tempos, time and key signatures, and a track for each instrument.

    Each track is named by the title.
    """
    out = symusic.Score(int(score.ticks_per_quarter))
    out.tempos = symusic.Tempo.from_numpy(
        score.tempo_tick.astype(np.int32), np.round(6e7 / score.tempo_qpm).astype(np.int32)
    )
    out.time_signatures = symusic.TimeSignature.from_numpy(
        score.signature_tick.astype(np.int32),
        score.signature_numerator.astype(np.uint8),
        score.signature_denominator.astype(np.uint8),
    )
    out.key_signatures = symusic.KeySignature.from_numpy(
        score.key_tick.astype(np.int32), score.key_fifths.astype(np.int8), score.key_minor.astype(np.uint8)
    )
    for number, (program, is_drum) in enumerate(zip(score.program, score.is_drum, strict=True)):
        rows = score.instrument == number
        track = symusic.Track(title, int(program), bool(is_drum))
        track.notes = symusic.Note.from_numpy(
            score.onset[rows], (score.end - score.onset)[rows], score.pitch[rows], score.velocity[rows]
        )
        out.tracks.append(track)
    return out.dumps_midi()
