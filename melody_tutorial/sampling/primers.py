"""Primers: beginnings of melodies, typed as events or read from a MIDI file, made ready for the network."""

import ast
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from melody_tutorial.config import QPM, ModelSettings, SourceCaps
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import REASONS
from melody_tutorial.melodies import (
    ALL_CLASSES,
    NO_EVENT,
    Key,
    Melody,
    encode_events,
    find_keys,
    score_to_primer,
    squash,
    to_common_tonic,
)
from melody_tutorial.music import MidiError, Score, read_midi

# What word processors make of the signs that are typed: taken for what was meant. Quotes vanish.
TYPOGRAPHY = str.maketrans(
    dict.fromkeys("−–—‐‑‒﹣－", "-")
    | dict.fromkeys("［【〔", "[")
    | dict.fromkeys("］】〕", "]")
    | dict.fromkeys("，、", ",")
    | dict.fromkeys("\"'`´“”„‟‘’‚‛«»‹›", "")
    | dict.fromkeys("\u00a0\u2009\u202f\u3000", " ")
)
MOST_QUARTERS = 10_000  # keeps a broken file of one endless rest from costing memory
OPTION = "--primer-melody"
EXAMPLE = '"[60, -2, 60, -2, 67, -2, 67, -2]"'


@dataclass(frozen=True)
class Primer:
    """The beginning that a melody is continued from.

    Attributes:
        melody: in its own key, time signature and tempo; without events where there is no primer.
        ids: the same as a network reads it: most notes on white piano keys, folded into its pitches, or, for
            one that reads all pitches, as it is; uint8.
        semitones: how far ``ids`` were transposed; what the network adds goes back by as much.
        warnings: sentences for the user, such as that a polyphonic file was reduced to one voice.
    """

    melody: Melody
    ids: np.ndarray
    semitones: int
    warnings: tuple[str, ...] = ()


def read_primer(typed: str | None = None, midi_path: str | Path | None = None) -> Primer:
    """The primer that was asked for: typed events, a MIDI file, or, with neither, none.

    Raises:
        UserError: both are given, or one cannot be read.
    """
    if typed is not None and midi_path is not None:
        raise UserError("--primer-melody and --primer-midi are both given: leave one of them out")
    if midi_path is not None:
        return midi_primer(midi_path)
    return events_primer(parse_events(typed) if typed is not None else [])


def events_primer(events: Sequence[int] | np.ndarray) -> Primer:
    """A primer from melody events in 4/4 at 120 quarter notes per minute.

    Raises:
        UserError: they are not one row of whole numbers from −2 to 127.
    """
    if any(not isinstance(event, int | np.integer) or not NO_EVENT <= event <= 127 for event in events):
        raise UserError("the events of a primer are one row of whole numbers: −2, −1, and pitches 0 to 127")
    return prepare(Melody(np.array(events, np.int8)))


def midi_primer(path: str | Path) -> Primer:
    """A primer from a MIDI file, with the file's time signature and tempo; of several voices the highest.

    A tempo that melodies cannot have becomes the nearest that they can.

    Raises:
        UserError: the file is missing, too large, too long, no MIDI, or holds no note that is not a drum's.
    """
    path = Path(path)
    score = read_short_score(path)
    melody, was_polyphonic = score_to_primer(score)
    if not len(melody.events):
        raise UserError(f"{path} cannot be a primer: it holds no note but drums; give a file with a melody")
    warnings = []
    if was_polyphonic:
        warnings.append(f"{path} is polyphonic: of notes that start together only the highest were kept")
    slowest, fastest = QPM
    if not slowest <= melody.qpm <= fastest:
        warnings.append(
            f"{path} has {melody.qpm:,.4g} quarter notes per minute: the melodies get the nearest of "
            f"{slowest} to {fastest}; --qpm chooses another"
        )
    qpm = min(max(melody.qpm, slowest), fastest)
    return prepare(replace(melody, source=path.name, qpm=qpm), tuple(warnings))


def read_short_score(path: Path) -> Score:
    """The score of a MIDI file that has no more quarter notes than a primer may have."""
    try:
        score = read_midi(read_small(path))
    except MidiError as error:
        text, advice = REASONS[error.reason]
        raise UserError(f"{path} cannot be a primer: {text} ({error.found}); {advice}") from None
    if len(score.end) and score.end.max() > MOST_QUARTERS * score.ticks_per_quarter:
        raise UserError(
            f"{path} lasts for {score.end.max() // score.ticks_per_quarter:,} quarter notes: a primer may "
            f"last for {MOST_QUARTERS:,}; give a shorter MIDI file"
        )
    return score


def read_small(path: Path) -> bytes:
    """The bytes of a file that is no larger than a MIDI file may be."""
    most = SourceCaps().max_member_bytes
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise UserError(f"{path} is a pipe or a device: give a MIDI file")  # it might never end
        if (size := status.st_size) > most:
            raise UserError(
                f"{path} has {size:,} bytes: a primer may have {most:,}; give a shorter MIDI file"
            )
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give an existing MIDI file") from None


def prepare(melody: Melody, warnings: tuple[str, ...] = ()) -> Primer:
    """Bring a melody to the key and the pitches that most networks know."""
    squashed, semitones = squash(melody.events)
    return Primer(melody, encode_events(squashed), semitones, warnings)


def fit_primer(primer: Primer, model: ModelSettings, tonic: int | None = None) -> Primer:
    """The primer as a model reads it, transposed as the melodies were that the model has learned from.

    Args:
        primer: any.
        model: says how melodies are transposed.
        tonic: of the primer, pitch class 0 … 11; None: as its notes or its key signature tell.
    """
    if model.transpose == "none":
        return replace(primer, ids=encode_events(primer.melody.events, ALL_CLASSES), semitones=0)
    if model.transpose == "squash":
        return primer
    if tonic is None:
        key = primer_key(primer.melody)
        tonic = key.tonic if key else 0
    (moved,), (semitones,) = to_common_tonic([primer.melody.events], [tonic])
    return replace(primer, ids=encode_events(moved), semitones=int(semitones))


def primer_key(melody: Melody) -> Key | None:
    """The key of a primer: that which its file tells, or that of its notes; None: it has none."""
    return melody.key or find_keys([melody], is_primer=True)[0]


def parse_events(text: str) -> list[int]:
    """Events typed as a list, such as "[60, -2, 60, -2, 67]"; brackets may be left out.

    Typographic quotes, brackets, commas and minus signs are taken for the plain ones.

    Raises:
        UserError: the text is no list of whole numbers from −2 to 127; names the first wrong event.
    """
    plain = text.translate(TYPOGRAPHY).strip()
    try:
        events = ast.literal_eval(plain)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise UserError(
            f"{OPTION} {shorten(text)} is no list of events: write numbers with commas, such as {EXAMPLE}"
        ) from None
    events = list(events) if isinstance(events, (list, tuple)) else [events]
    for position, event in enumerate(events, 1):
        if type(event) is not int or not NO_EVENT <= event <= 127:
            raise UserError(
                f"{OPTION}: event {position} is {shorten(repr(event))}: allowed are −2 (no-event), "
                "−1 (note-off) and the pitches 0 to 127 (60 is middle C)"
            )
    return events


def shorten(text: str, most: int = 60) -> str:
    """A text that fits into a message."""
    return text if len(text) <= most else text[: most - 1] + "…"
