"""What was heard of melodies, step by step, and what is known about them before the first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.melodies import MODES, NUM_SPECIAL_EVENTS

METRES = ((2, 4), (3, 4), (4, 4), (2, 2), (3, 8), (6, 8), (9, 8), (12, 8), (3, 2), (6, 4))
LAGS = 16  # bars that are looked back at most
UNKNOWN = -1
SHORTER_FIRST = np.arange(LAGS - 1, -1, -1, np.int32)[:, None]  # of equal agreements


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
        self.above = int(lags.max())
        # The events, one row for each step, above them rows of none; and where in it ``before`` lies.
        self.history = np.full((self.above + capacity, melodies), classes, np.uint8)
        self.places = (self.above - lags) * melodies + np.arange(melodies)
        self.before = np.full((LAGS, melodies), classes, np.uint8)
        self.last = np.full(melodies, classes, np.uint8)
        self.pitch, self.pitch_before = self.last, self.last
        self.since = np.zeros(melodies, int)
        self.agreement = np.zeros((LAGS, melodies), np.int32)

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
        self.steps += 1
        self.bars_heard = self.steps // self.bar

    def longest(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each melody has agreed with itself for longest: number of that lag, from 0, and the steps.

        Of equal ones the shortest lag.
        """
        steps, lag = np.divmod((self.agreement * LAGS + SHORTER_FIRST).max(axis=0), LAGS)
        return LAGS - 1 - lag, steps

    def select(self, rows: np.ndarray) -> None:
        """Let each melody go on as the one that ``rows`` names."""
        for name in ("history", "before", "last", "pitch", "pitch_before", "since", "agreement"):
            setattr(self, name, getattr(self, name)[..., rows])


def place_in(known: tuple, value: object) -> int:
    """Place of a value among those that are known; behind them, if it is none of them."""
    return known.index(value) if value in known else len(known)
