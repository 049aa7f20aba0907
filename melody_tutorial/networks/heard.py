"""What was heard of melodies, step by step, and what is known about them before the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from melody_tutorial.melodies import IN_KEY, MODES, NUM_SPECIAL_EVENTS

METRES = ((2, 4), (3, 4), (4, 4), (2, 2), (3, 8), (6, 8), (9, 8), (12, 8), (3, 2), (6, 4))
LAGS = 16  # bars that are looked back at most
LOOKBACKS = (16, 32)  # steps: one and two bars of 4/4, at which Magenta's models look whatever the metre
UNKNOWN = -1
SHORTER_FIRST = np.arange(LAGS - 1, -1, -1, np.int32)[:, None]  # of equal agreements
NO_NOTE = 0  # where a note's class would stand; as an event it is no-event
NOTE_OFF = 1
UP, DOWN = 1, 2
RECENT = 3  # different pitches that are remembered
# SCALES[key, class]: whether that major scale has the pitch of a class; both encodings begin on a C.
SCALES = np.zeros((12, 256), np.int32)
SCALES[:, NUM_SPECIAL_EVENTS:] = IN_KEY.T[:, np.arange(256 - NUM_SPECIAL_EVENTS) % 12]


@dataclass(frozen=True)
class Facts:
    """What is known about a tune before its first event.

    Attributes:
        metre: numerator and denominator of its time signature; None: not known.
        mode: of ``MODES``; None: not known, or not clear.
        bars: how many it has; None: not known.
        steps_per_bar: steps in a bar.
    """

    metre: tuple[int, int] | None = None
    mode: str | None = None
    bars: int | None = None
    steps_per_bar: int = 16


NOTHING_KNOWN = Facts()


class Notes(NamedTuple):
    """What was heard of the notes of melodies side by side; each event makes a new one.

    Attributes:
        sounding: class of the note that sounds; ``NO_NOTE``: none does. (melodies,).
        attack: whether the last event that is no note-off was an onset. (melodies,).
        direction: of the last step to another pitch, ``UP`` or ``DOWN``; 0: there was none. (melodies,).
        recent: classes of the last different pitches, the latest first; ``NO_NOTE``: there were fewer.
            (``RECENT``, melodies).
        in_scale: how many of the notes each major scale has, (12, melodies).
    """

    sounding: np.ndarray
    attack: np.ndarray
    direction: np.ndarray
    recent: np.ndarray
    in_scale: np.ndarray

    @classmethod
    def none(cls, melodies: int) -> Self:
        """Nothing was heard yet."""
        nothing = np.zeros(melodies, np.uint8)
        recent, in_scale = np.zeros((RECENT, melodies), np.uint8), np.zeros((12, melodies), np.int32)
        return cls(nothing, nothing > 0, nothing, recent, in_scale)

    def after(self, ids: np.ndarray) -> Self:
        """With the next event of each melody."""
        onset, off = ids >= NUM_SPECIAL_EVENTS, ids == NOTE_OFF
        last, second, third = self.recent
        moved = np.where(ids > last, UP, DOWN) * (onset & (last != NO_NOTE) & (ids != last))
        known = ids == last
        recent = np.stack(
            [ids, np.where(known, second, last), np.where(known | (ids == second), third, second)]
        )
        return Notes(
            np.where(onset, ids, np.where(off, NO_NOTE, self.sounding)),
            np.where(off, self.attack, onset),
            np.where(moved, moved, self.direction),
            np.where(onset, recent, self.recent),
            self.in_scale + SCALES.take(ids, axis=1),
        )

    def of(self, rows: np.ndarray) -> Self:
        """Those of the melodies that ``rows`` names."""
        return Notes(*(part[..., rows] for part in self))

    def fullest_scales(self) -> np.ndarray:
        """Whether no other major scale has more of the notes, (12, melodies)."""
        return self.in_scale == self.in_scale.max(axis=0)

    def recent_scales(self) -> np.ndarray:
        """The same of the recent pitches, each once."""
        in_scale = SCALES[:, self.recent].sum(axis=1)
        return in_scale == in_scale.max(axis=0)


class Heard:
    """What was heard of some melodies, side by side and step by step.

    Attributes:
        steps: events heard of each.
        bars_heard: whole bars heard of each.
        classes: how many classes of events there are; as an event, ``classes`` stands for none.
        bar, metre, mode, bars: facts of each as numbers; ``len(METRES)``, ``len(MODES)``, ``UNKNOWN``: not
            known.
        last: the last event; uint8, as all events here.
        pitch, pitch_before: class of the last onset, and of the one before; ``classes`` is none.
        since: steps since the last onset, that of the next event counted in.
        begun: step of the first onset; ``UNKNOWN``: there was none.
        before: the events so many bars before the next, (LAGS, melodies), one bar first.
        agreement: for how many steps each melody has agreed with itself so many bars before, int, (LAGS,
            melodies), likewise.
    """

    def __init__(self, facts: Sequence[Facts], classes: int = 38, capacity: int = 512):
        self.classes, self.steps, melodies = classes, 0, len(facts)
        self.bar = np.array([each.steps_per_bar for each in facts])
        self.metre = np.array([place_in(METRES, each.metre) for each in facts])
        self.mode = np.array([place_in(MODES, each.mode) for each in facts])
        self.bars = np.array([UNKNOWN if each.bars is None else each.bars for each in facts])
        self.bars_heard = np.zeros(melodies, int)
        lags = np.arange(1, LAGS + 1)[:, None] * self.bar
        self.above = max(int(lags.max()), LOOKBACKS[-1] + 1)
        # The events, one row for each step, above them rows of none; and where in it ``before`` lies.
        self.history = np.full((self.above + capacity, melodies), classes, np.uint8)
        self.places = (self.above - lags) * melodies + np.arange(melodies)
        self.before = np.full((LAGS, melodies), classes, np.uint8)
        self.last = np.full(melodies, classes, np.uint8)
        self.pitch, self.pitch_before = self.last, self.last
        self.since = np.zeros(melodies, int)
        self.begun = np.full(melodies, UNKNOWN)
        self.agreement = np.zeros((LAGS, melodies), np.int32)
        self._notes: Notes | None = None  # until somebody asks

    def hear(self, ids: np.ndarray) -> None:
        """Hear the next event of each melody."""
        now = self.above + self.steps
        if now == len(self.history):
            self.history = np.concatenate([self.history, np.full_like(self.history, self.classes)])
        self.history[now] = self.last = ids = ids.astype(np.uint8)
        # New arrays in place of the old ones, which a copy of this object may hold too.
        self.agreement = (self.agreement + 1) * (self.before == ids)
        self.places = self.places + len(ids)
        self.before = self.history.ravel().take(self.places)
        onset = ids >= NUM_SPECIAL_EVENTS
        self.pitch_before = np.where(onset, self.pitch, self.pitch_before)
        self.pitch = np.where(onset, ids, self.pitch)
        self.since = np.where(onset, 1, self.since + (self.since > 0))
        self.begun = np.where(onset & (self.begun == UNKNOWN), self.steps, self.begun)
        if self._notes:
            self._notes = self._notes.after(ids)
        self.steps += 1
        self.bars_heard = self.steps // self.bar

    @property
    def notes(self) -> Notes:
        """What the notes so far tell; kept up to date from the first time on that it is asked for."""
        if self._notes is None:
            self._notes = Notes.none(len(self.last))
            for ids in self.history[self.above : self.above + self.steps]:
                self._notes = self._notes.after(ids)
        return self._notes

    def ago(self, steps: int) -> np.ndarray:
        """The events so many steps before the next; ``classes``: there was none."""
        return self.history[self.above + self.steps - steps]

    def longest(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each melody has agreed with itself for longest: number of that lag, from 0, and the steps.

        Of equal ones the shortest lag.
        """
        steps, lag = np.divmod((self.agreement * LAGS + SHORTER_FIRST).max(axis=0), LAGS)
        return LAGS - 1 - lag, steps

    def select(self, rows: np.ndarray) -> None:
        """Let each melody go on as the one that ``rows`` names."""
        for name in ("history", "before", "last", "pitch", "pitch_before", "since", "begun", "agreement"):
            setattr(self, name, getattr(self, name)[..., rows])
        self._notes = self._notes and self._notes.of(rows)


def place_in(known: tuple, value: object) -> int:
    """Place of a value among those that are known; behind them, if it is none of them."""
    return known.index(value) if value in known else len(known)
