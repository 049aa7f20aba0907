"""What was heard of melodies, step by step, and what is known about them before the first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.melodies import MODES, NUM_SPECIAL_EVENTS

METRES = ((2, 4), (3, 4), (4, 4), (2, 2), (3, 8), (6, 8), (9, 8), (12, 8), (3, 2), (6, 4))
LAGS = 16  # bars that are looked back at most
UNKNOWN = -1


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
        classes: how many classes of events there are; as an event, ``classes`` stands for none.
        bar, metre, mode, bars: facts of each as numbers; ``len(METRES)``, ``len(MODES)``, ``UNKNOWN``: not
            known.
        history: the events, one row for each step, above them rows of none; uint8, (rows, melodies).
        pitch, pitch_before: class of the last onset, and of the one before; ``classes`` is none.
        since: steps since the last onset, that of the next event counted in.
        agreement: for how many steps each melody has agreed with itself so many bars before, int, (LAGS,
            melodies), the lag of one bar first.
    """

    def __init__(self, facts: Sequence[Facts], classes: int = 38, capacity: int = 512):
        self.classes, self.steps = classes, 0
        self.bar = np.array([each.steps_per_bar for each in facts])
        self.metre = np.array([place_in(METRES, each.metre) for each in facts])
        self.mode = np.array([place_in(MODES, each.mode) for each in facts])
        self.bars = np.array([UNKNOWN if each.bars is None else each.bars for each in facts])
        self.lags = np.arange(1, LAGS + 1)[:, None] * self.bar
        self.columns = np.arange(len(facts))
        self.above = int(self.lags.max())
        self.history = np.full((self.above + capacity, len(facts)), classes, np.uint8)
        self.pitch = np.full(len(facts), classes)
        self.pitch_before = self.pitch.copy()
        self.since = np.zeros(len(facts), int)
        self.agreement = np.zeros((LAGS, len(facts)), int)

    def hear(self, ids: np.ndarray) -> None:
        """Hear the next event of each melody."""
        now = self.above + self.steps
        if now == len(self.history):
            self.history = np.concatenate([self.history, np.full_like(self.history, self.classes)])
        self.history[now] = ids
        self.agreement = np.where(self.at(now - self.lags) == ids, self.agreement + 1, 0)
        onset = ids >= NUM_SPECIAL_EVENTS
        self.pitch_before = np.where(onset, self.pitch, self.pitch_before)
        self.pitch = np.where(onset, ids, self.pitch)
        self.since = np.where(onset, 1, self.since + (self.since > 0))
        self.steps += 1

    def back(self, bars: int) -> np.ndarray:
        """The event so many bars before the next; ``classes``: none."""
        return self.at(self.above + self.steps - bars * self.bar)

    def at(self, rows: np.ndarray) -> np.ndarray:
        """The events in some rows of the history, one row for each melody."""
        return self.history[rows, self.columns]

    def select(self, rows: np.ndarray) -> None:
        """Let each melody go on as the one that ``rows`` names."""
        for name in ("history", "pitch", "pitch_before", "since", "agreement"):
            setattr(self, name, getattr(self, name)[..., rows])


def place_in(known: tuple, value: object) -> int:
    """Place of a value among those that are known; behind them, if it is none of them."""
    return known.index(value) if value in known else len(known)
