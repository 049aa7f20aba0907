"""Sets of melodies that can be compared, equal in number and length; and what chance alone would give."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from melody_tutorial.datasets import Record

MOST_BARS = 16


class Frame(NamedTuple):
    """The length at which melodies are compared."""

    bars: int
    steps_per_bar: int

    @property
    def steps(self) -> int:
        """All steps of a melody."""
        return self.bars * self.steps_per_bar


class EqualSets(NamedTuple):
    """As many composed melodies as real ones, all of one length."""

    composed: list[np.ndarray]
    real: list[Record]


def find_frame(real: Sequence[Record]) -> Frame:
    """The time signature that most melodies have, and 16 bars, or as many as half of them have.

    Args:
        real: at least one melody.
    """
    bar = Counter(record.steps_per_bar for record in real).most_common(1)[0][0]
    bars = [len(record.ids) // bar for record in real if record.steps_per_bar == bar]
    return Frame(max(1, min(MOST_BARS, int(np.median(bars)))), bar)


def equal_sets(
    composed: Sequence[np.ndarray], real: Sequence[Record], frame: Frame, primer_steps: int = 0, seed: int = 0
) -> EqualSets:
    """Melodies of the time signature and the length of ``frame``, as many composed as real ones.

    Longer ones are cut, shorter ones left out, and of the set that is larger some are drawn. Where composed
    melodies begin with a primer, what follows it is compared with what follows as many steps of real ones.

    Args:
        composed: token ids, each of shape (steps,); they are taken to have the time signature of ``frame``.
        real: melodies by people.
        frame: as ``find_frame`` gives it.
        primer_steps: steps at the beginning that are left out on both sides.
        seed: of the draw.
    """
    end = primer_steps + frame.steps
    ours = [ids[primer_steps:end] for ids in composed if len(ids) >= end]
    theirs = [
        replace(record, ids=record.ids[primer_steps:end])
        for record in real
        if record.steps_per_bar == frame.steps_per_bar and len(record.ids) >= end
    ]
    rng, number = np.random.default_rng(seed), min(len(ours), len(theirs))
    return EqualSets(*([each[one] for one in _draw(len(each), number, rng)] for each in (ours, theirs)))


def with_random_pitches(melodies: Sequence[np.ndarray], seed: int = 0) -> list[np.ndarray]:
    """Melodies whose rhythm is kept, with each pitch drawn from the melody's range, all alike likely.

    What is measured in them is the floor of a measure: what it gives where nobody chose the pitches.

    Args:
        melodies: events, each of shape (steps,).
        seed: of the draws.
    """
    rng, changed = np.random.default_rng(seed), []
    for events in melodies:
        note = events >= 0
        pitch = events[note] if note.any() else np.zeros(1, int)
        events = events.copy()
        events[note] = rng.integers(pitch.min(), pitch.max() + 1, note.sum())
        changed.append(events)
    return changed


def _draw(number: int, wanted: int, rng: np.random.Generator) -> np.ndarray:
    """So many different numbers below ``number``, in order."""
    return np.sort(rng.choice(number, wanted, replace=False)) if wanted else np.zeros(0, int)
