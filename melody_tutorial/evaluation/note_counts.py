"""Counting over notes: what stands in a melody so far, note by note, and models that count what followed it.

Most events hold a note or a rest, so that the events just before say little. Here a row for each event says
how long the note has lasted, where in the bar the event stands, and which notes came before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from melody_tutorial.datasets import Record
from melody_tutorial.evaluation.ppm import NOTHING, Blend, histories, long_term, mix_by_entropy, short_term
from melody_tutorial.melodies import NUM_CLASSES, NUM_SPECIAL_EVENTS

NUM_KINDS = NUM_SPECIAL_EVENTS + 1  # no-event, note-off, onset
ONSET = NUM_SPECIAL_EVENTS
NOTE_OFF = 1
DEPTH = 5  # notes back
REPEATS = 12  # longest context of the short-term model, in notes
MOST_STEPS = 256  # more than a bar has, and than is told apart in a length
BEAT = 4  # steps


@dataclass(frozen=True)
class NoteView:
    """Every event but the first of each melody, and what is known before it; one row for each.

    Attributes:
        label: the events, token ids.
        melody: number of the melody.
        state: twice the steps since the last onset, 1 more after a note-off.
        beat: step in the beat, a quarter.
        place: a number for each step in a bar of each length.
        length: steps from onset to onset of the last notes that have ended, shape (rows, ``DEPTH``).
        pitch: the last pitches, the lowest 1; shape (rows, ``DEPTH``). Before the melody 0, as in ``length``.
        note: onsets before the event in its melody.
        pitches: for each melody the pitches of its notes, the lowest 0.
        classes: how many classes of events there are.
        bar_ago: the event one bar before; ``NOTHING`` in the first bar.
        agreement: how many events in a row, up to the last, are those of one bar before.
    """

    label: np.ndarray
    melody: np.ndarray
    state: np.ndarray
    beat: np.ndarray
    place: np.ndarray
    length: np.ndarray
    pitch: np.ndarray
    note: np.ndarray
    bar_ago: np.ndarray
    agreement: np.ndarray
    pitches: list[np.ndarray]
    classes: int = NUM_CLASSES

    @cached_property
    def repeated(self) -> np.ndarray:
        """Probability of each pitch of the next onset by the melody so far alone, shape (rows, pitches)."""
        found = []
        for number, pitches in enumerate(self.pitches):
            open_ended = np.append(pitches, 0)  # what follows the last note is asked too, and never counted
            alphabet = self.classes - NUM_SPECIAL_EVENTS
            p = short_term(histories(open_ended, REPEATS), open_ended, alphabet, Blend(exclusion=True))
            found.append(p[self.note[self.melody == number]])
        return np.concatenate(found)


def view_notes(records: Sequence[Record], classes: int = NUM_CLASSES) -> NoteView:
    """The rows of melodies, in their order."""
    rows = [_view(np.asarray(record.ids, np.int64), record.steps_per_bar) for record in records]
    columns = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    melody = np.repeat(np.arange(len(records)), [len(row["label"]) for row in rows])
    onsets = [record.ids[record.ids >= ONSET].astype(np.int64) - ONSET for record in records]
    return NoteView(melody=melody, pitches=onsets, classes=classes, **columns)


def note_counts(train: NoteView, held_out: NoteView, blend: Blend) -> np.ndarray:
    """Probabilities of each event by steps since the onset, place in the beat, last length, last two pitches.

    Returns:
        Shape (rows of ``held_out``, classes).
    """
    seen, asked = (
        np.column_stack([view.state, view.beat, view.length[:, 0], view.pitch[:, :2]])
        for view in (train, held_out)
    )
    return long_term(seen, train.label, asked, train.classes, blend)


def note_ppm(train: NoteView, held_out: NoteView, timing: Blend, pitch: Blend, bias: float) -> np.ndarray:
    """The variable-order model over notes: whether a note begins, and if so, which.

    Timing looks at the steps since the onset, the place in the bar and the last lengths; the pitch looks at
    the last pitches, the place in the bar and the last lengths, and, in a short-term model, at the pitches of
    the melody so far; long and short term are mixed by entropy with ``bias``.

    Returns:
        Shape (rows of ``held_out``, classes).
    """
    kind = long_term(_timing(train), np.minimum(train.label, ONSET), _timing(held_out), NUM_KINDS, timing)
    onset = train.label >= ONSET
    alphabet = train.classes - NUM_SPECIAL_EVENTS
    long = long_term(_melodic(train)[onset], train.label[onset] - ONSET, _melodic(held_out), alphabet, pitch)
    pitches = mix_by_entropy([long, held_out.repeated], bias)
    return np.concatenate([kind[:, :ONSET], kind[:, ONSET:] * pitches], axis=1)


def _timing(view: NoteView) -> np.ndarray:
    """Contexts of the timing, the nearest first."""
    return np.column_stack([view.state, view.place, view.length])


def _melodic(view: NoteView) -> np.ndarray:
    """Contexts of the pitch, the nearest first; at an onset ``state`` is the length of the last note."""
    return np.column_stack(
        [view.pitch[:, 0], view.place, view.pitch[:, 1:3], view.state, view.length[:, 0], view.pitch[:, 3:]]
    )


def _view(ids: np.ndarray, steps_per_bar: int) -> dict[str, np.ndarray]:
    """The columns of one melody, without its first event."""
    step = np.arange(len(ids))
    onset = np.flatnonzero(ids >= ONSET)
    note = np.searchsorted(onset, step)  # onsets before each step
    age = step - np.where(note > 0, np.append(onset, 0)[note - 1], 0)
    silent = _last(ids == NOTE_OFF) > _last(ids >= ONSET)
    back = note[:, None] - 1 - np.arange(DEPTH + 1)  # number of the last notes, nearest first
    begins = np.where(back >= 0, np.append(onset, 0)[np.maximum(back, 0)], NOTHING)
    pitch = np.where(back >= 0, np.append(ids, 0)[begins] - ONSET + 1, 0)
    length = np.where(back[:, 1:] >= 0, begins[:, :-1] - begins[:, 1:], 0)
    bar_ago = np.append(np.full(steps_per_bar, NOTHING), ids)[: len(ids)]
    columns = {
        "bar_ago": bar_ago,
        "agreement": step - 1 - _last(ids != bar_ago),
        "label": ids,
        "state": 2 * np.minimum(age, MOST_STEPS) + silent,
        "beat": step % BEAT,
        "place": MOST_STEPS * steps_per_bar + step % steps_per_bar,
        "length": length,
        "pitch": pitch[:, :DEPTH],
        "note": note,
    }
    return {name: column[1:] for name, column in columns.items()}


def _last(event: np.ndarray) -> np.ndarray:
    """Step of the last such event before each step, ``NOTHING`` where there is none."""
    steps = np.where(event, np.arange(len(event)), NOTHING)
    return np.append(NOTHING, np.maximum.accumulate(steps)[:-1])
