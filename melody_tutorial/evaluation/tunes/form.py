"""Form: which bars of a tune come again, and whether its sections are AABB.

A pickup belongs to the section that it leads into: bars are counted from bar line to bar line, sections
from the first onset on.
"""

from typing import NamedTuple

import numpy as np

from melody_tutorial.melodies import NUM_SPECIAL_EVENTS
from melody_tutorial.networks import Tune

LAGS = (1, 2, 4, 8, 16)  # bars that are looked back
SECTION = 8  # bars
ALIKE = 0.8  # share of the steps that agree in a section and its repeat


class Repeats(NamedTuple):
    """Bars of a tune that came so many bars before too.

    Attributes:
        exact: bars whose events are all the same, step by step.
        pitches: bars whose notes have the same pitches in the same order, whenever they start.
        bars: bars that could be: those with an onset that have a bar so far before them.
    """

    exact: int
    pitches: int
    bars: int


def first_onset(ids: np.ndarray) -> int:
    """The step of the first onset; where there is none, the number of steps."""
    onset = ids >= NUM_SPECIAL_EVENTS
    return int(onset.argmax()) if onset.any() else len(ids)


def find_repeats(tune: Tune, lag: int) -> Repeats:
    """Compare each whole bar with the one ``lag`` bars before; what is shorter than a bar is left out."""
    bar = tune.facts.steps_per_bar
    start = -(-first_onset(tune.ids) // bar)
    bars = tune.ids[start * bar : len(tune.ids) // bar * bar].reshape(-1, bar)
    exact = pitches = compared = 0
    for here, before in zip(bars[lag:], bars, strict=False):
        if len(notes := here[here >= NUM_SPECIAL_EVENTS]):
            compared += 1
            exact += np.array_equal(here, before)
            pitches += np.array_equal(notes, before[before >= NUM_SPECIAL_EVENTS])
    return Repeats(exact, pitches, compared)


def is_aabb(tune: Tune) -> bool | None:
    """Whether the second section repeats the first, and the fourth the third, which is another one.

    A section repeats another if at least ``ALIKE`` of their steps have the same event, and differs from it if
    fewer have.

    Returns:
        None where the tune has fewer bars than four sections, its length being rounded to bars.
    """
    bar, sounding = tune.facts.steps_per_bar, tune.ids[first_onset(tune.ids) :]
    if (len(sounding) + bar // 2) // bar < 4 * SECTION:
        return None
    sections = np.zeros(4 * SECTION * bar, np.uint8)  # what lacks at the end is held
    sections[: len(sounding)] = sounding[: len(sections)]
    first, second, third, fourth = sections.reshape(4, -1)
    return bool(_alike(first, second) and _alike(third, fourth) and not _alike(first, third))


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    return (one == other).mean() >= ALIKE
