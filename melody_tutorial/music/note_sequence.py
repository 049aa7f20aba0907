"""note_seq's ``NoteSequence``, whose times are seconds, → ``Score``."""

import warnings
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.music.midi import MAX_TICK
from melody_tutorial.music.midi_faults import MidiError
from melody_tutorial.music.score import Score
from melody_tutorial.music.tempos import DEFAULT_QPM

if TYPE_CHECKING:
    from note_seq.protobuf.music_pb2 import NoteSequence

DEFAULT_TICKS_PER_QUARTER = 220  # note_seq's
RELATIVE = 3  # semitones from a minor tonic up to the major one of the same signature
# From and to. note_seq makes 0/1 of an empty bar; the slowest tempo of MIDI has 2**24 − 1 µs in a quarter.
PITCHES, METRES, TEMPOS = (0, 127), (0, 2**15), (3.6, 60_000_000)
MOST_TICKS = int(1e7)  # pretty_midi's own limit on the length of a file


def load_note_seq() -> None:
    """Import note_seq without the warning of pydub, which it loads, that ffmpeg is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import note_seq  # noqa: F401


def read_note_sequence(data: bytes) -> "NoteSequence":
    """Let note_seq itself read a MIDI file.

    pretty_midi keeps its limit on the length of a file, which note_seq lifts so far that 37 bytes can cost
    6 GB.
    """
    load_note_seq()
    import pretty_midi.pretty_midi
    from note_seq import midi_io

    pretty_midi.pretty_midi.MAX_TICK = MOST_TICKS
    return midi_io.midi_to_note_sequence(data)


def from_note_sequence(sequence: "NoteSequence") -> Score:
    """A ``NoteSequence`` as a score: seconds become the nearest ticks, a note lasts at least one.

    Notes of one ``instrument`` that differ in program, or in being drums, become instruments of their own.
    Velocities and programs beyond those of MIDI become the nearest.

    Raises:
        MidiError: a pitch, time signature or tempo is none that there is, or the piece is too long.
    """
    check_ranges(sequence)
    tempos = sorted(sequence.tempos, key=lambda tempo: tempo.time)
    tempo_seconds = np.array([tempo.time for tempo in tempos])
    tempo_qpm = np.array([tempo.qpm for tempo in tempos], np.float64)
    resolution = sequence.ticks_per_quarter or DEFAULT_TICKS_PER_QUARTER
    ticks = tick_clock(tempo_seconds, tempo_qpm, resolution)
    signatures = sorted(sequence.time_signatures, key=lambda signature: signature.time)
    keys = sorted(sequence.key_signatures, key=lambda key: key.time)
    minor = np.array([key.mode == key.MINOR for key in keys], bool)
    major_tonic = np.array([key.key for key in keys], np.int64) + RELATIVE * minor
    notes = sorted(sequence.notes, key=lambda note: (note.instrument, note.start_time))
    voices = [(note.instrument, note.program, note.is_drum) for note in notes]
    instruments = {voice: number for number, voice in enumerate(sorted(set(voices)))}
    onset = ticks([note.start_time for note in notes])
    return Score(
        ticks_per_quarter=resolution,
        onset=onset,
        end=np.maximum(ticks([note.end_time for note in notes]), onset + 1),
        pitch=np.array([note.pitch for note in notes], np.int8),
        velocity=np.clip([note.velocity for note in notes], 0, 127).astype(np.int8),
        instrument=np.array([instruments[voice] for voice in voices], np.int32),
        program=np.clip([program for _, program, _ in instruments], 0, 127).astype(np.int32),
        is_drum=np.array([is_drum for *_, is_drum in instruments], bool),
        tempo_tick=ticks(tempo_seconds),
        tempo_qpm=tempo_qpm,
        signature_tick=ticks([signature.time for signature in signatures]),
        signature_numerator=np.array([signature.numerator for signature in signatures], np.int32),
        signature_denominator=np.array([signature.denominator for signature in signatures], np.int32),
        key_tick=ticks([key.time for key in keys]),
        key_fifths=((7 * major_tonic + 5) % 12 - 5).astype(np.int8),  # the fewest sharps or flats, −5 … 6
        key_minor=minor,
    )


def check_ranges(sequence: "NoteSequence") -> None:
    """Raise a MidiError that names the first pitch, time signature or tempo that there is not."""
    metres = [number for each in sequence.time_signatures for number in (each.numerator, each.denominator)]
    for what, values, (low, high) in (
        ("a note of pitch", [note.pitch for note in sequence.notes], PITCHES),
        ("a time signature with", metres, METRES),
        ("quarter notes per minute:", [tempo.qpm for tempo in sequence.tempos], TEMPOS),
    ):
        if wrong := [value for value in values if not low <= value <= high]:  # not a number is wrong too
            raise MidiError("unreadable", f"{what} {wrong[0]:,}; {low:,} to {high:,} is allowed")


def tick_clock(tempo_seconds: np.ndarray, tempo_qpm: np.ndarray, ticks_per_quarter: int):
    """A function from seconds to the nearest ticks, int32, for tempos that begin at ``tempo_seconds``.

    It raises a MidiError for a time beyond ``MAX_TICK``; before the beginning is at the beginning.
    """
    starts = np.concatenate([[0.0], tempo_seconds])
    ticks_per_second = np.concatenate([[DEFAULT_QPM], tempo_qpm]) * ticks_per_quarter / 60.0
    start_ticks = np.concatenate([[0.0], np.cumsum(ticks_per_second[:-1] * np.diff(starts))])

    def ticks(seconds) -> np.ndarray:
        seconds = np.asarray(seconds, np.float64)
        at = np.searchsorted(starts, seconds, side="right") - 1
        found = np.round(start_ticks[at] + ticks_per_second[at] * (seconds - starts[at]))
        if not (found <= MAX_TICK).all():
            raise MidiError("too_long", f"{found.max():,.0f} ticks")
        return np.maximum(found, 0).astype(np.int32)

    return ticks
