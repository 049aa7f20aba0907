"""``Melody``: one monophonic line of events on a grid of steps, and its extraction from scores.

The rules are those of Magenta's pipeline (note_seq's ``Melody.from_quantized_sequence`` and Magenta's
``melody_pipelines.extract_melodies``), for all notes of many scores at a time:

1. ``split_scores``: cut each score into pieces of one tempo and one time signature.
2. ``find_notes``, ``quantize_notes``: the notes of each piece; ticks → steps.
3. ``find_line``: of the notes that start on one step of one track keep the highest, and remember that there
   were more.
4. ``find_phrases``: cut each track's line where it is silent for a bar.
5. ``judge``: find what is wrong with a phrase: polyphonic, too short, too few pitches, off the grid if asked.
6. ``write_events``: the good ones become events.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from melody_tutorial.errors import UserError
from melody_tutorial.files import write_bytes
from melody_tutorial.melodies.keys import SHARPS, Key
from melody_tutorial.melodies.phrases import NO_EVENT
from melody_tutorial.music import Score, write_midi

TICKS_PER_QUARTER = 480  # of scores made from melodies, as nearly as their steps allow


@dataclass(frozen=True)
class Melody:
    """A monophonic line: one event for each step.

    Attributes:
        events: −2 no-event, −1 note-off, 0 … 127 note-on of that pitch; int8, shape (steps,).
        steps_per_quarter: length of a step; 4 makes it a sixteenth note.
        steps_per_bar: steps in a bar, from the time signature; 16 in 4/4.
        qpm: tempo in quarter notes per minute.
        start_step: step at which the melody starts, a bar line; counted from the start of the score, or from
            its last change of tempo or time signature.
        source: name of the file that it came from, "" where there is none.
        key: its key; None: not known.
        metre: numerator and denominator of its time signature, such as (6, 8); None: not known.
        is_whole: whether its track ends where it ends, so that nothing was cut off behind it.
    """

    events: np.ndarray
    steps_per_quarter: int = 4
    steps_per_bar: int = 16
    qpm: float = 120.0
    start_step: int = 0
    source: str = ""
    key: Key | None = None
    metre: tuple[int, int] | None = None
    is_whole: bool = False

    def notes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Onset step, end step (exclusive) and pitch of each note; integers, shape (notes,) each."""
        events = np.asarray(self.events, dtype=np.int64)
        (changes,) = np.nonzero(events != NO_EVENT)
        ends = np.append(changes[1:], len(events))
        is_note = events[changes] >= 0
        return changes[is_note], ends[is_note], events[changes[is_note]]


def melody_to_score(melody: Melody, program: int = 0, velocity: int = 100) -> Score:
    """The melody as a score of one instrument, with its tempo and signatures; its first step is tick 0.

    A note that still sounds at the end of the melody ends there. A key whose mode is known gives a signature,
    which is called minor or, whatever other mode it is, major: MIDI has no third word.
    """
    ticks_per_step = max(1, round(TICKS_PER_QUARTER / melody.steps_per_quarter))
    onset, end, pitch = melody.notes()
    numerator, denominator = time_signature(melody)
    keys = [melody.key] if melody.key and melody.key.mode in SHARPS else []
    return Score(
        ticks_per_quarter=ticks_per_step * melody.steps_per_quarter,
        onset=(onset * ticks_per_step).astype(np.int32),
        end=(end * ticks_per_step).astype(np.int32),
        pitch=pitch.astype(np.int8),
        velocity=np.full(len(pitch), velocity, np.int8),
        instrument=np.zeros(len(pitch), np.int32),
        program=np.array([program], np.int32),
        is_drum=np.array([False]),
        tempo_tick=np.array([0], np.int32),
        tempo_qpm=np.array([melody.qpm]),
        signature_tick=np.array([0], np.int32),
        signature_numerator=np.array([numerator], np.int32),
        signature_denominator=np.array([denominator], np.int32),
        key_tick=np.zeros(len(keys), np.int32),
        key_fifths=np.array([key.sharps() for key in keys], np.int8),
        key_minor=np.array([key.mode == "minor" for key in keys], bool),
    )


def save_midi(music: Melody | Score, path: str | Path, title: str = "") -> Path:
    """Write a melody or a score as a MIDI file, atomically, and return its path; the title names its tracks.

    Raises:
        UserError: it is neither.
    """
    if not isinstance(music, Melody | Score):
        raise UserError(f"save_midi writes a Melody or a Score, and this is a {type(music).__name__}")
    score = melody_to_score(music) if isinstance(music, Melody) else music
    return write_bytes(path, write_midi(score, title))


def time_signature(melody: Melody) -> tuple[int, int]:
    """Numerator and denominator of the melody's time signature.

    Where it is not known: those of a bar of that length, in quarters if they fit, else in shorter notes.
    """
    if melody.metre:
        return melody.metre
    quarters = Fraction(melody.steps_per_bar, melody.steps_per_quarter)
    for denominator in (4, 8, 16, 32, 64):
        if (beats := quarters * denominator / 4).denominator == 1 and beats <= 255:
            return int(beats), denominator
    return 4, 4
