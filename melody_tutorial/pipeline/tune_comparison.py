"""Whole tunes that a model composes, beside real ones and beside real ones in which something was undone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from melody_tutorial.config import ModelSettings, SamplingSettings
from melody_tutorial.evaluation import (
    Interval,
    MetreEar,
    bars_shuffled,
    judge_tunes,
    pitches_drawn,
    read_backwards,
)
from melody_tutorial.networks import Checkpoint, Facts, Tune
from melody_tutorial.sampling import sample_tunes

MOST_STEPS = 1024  # after which a tune counts as one that never ends
NEAR = 0.1  # share of an end of the real figure's interval
INSIDE, NEARBY, OUTSIDE = "inside", "within 10 %", "outside"


def composes_tunes(model: ModelSettings) -> bool:
    """Whether a model composes whole tunes, whose tonic is known to be C."""
    return model.has_end and model.transpose == "tonic"


def draw_tunes(checkpoint: Checkpoint, facts: Sequence[Facts], settings: SamplingSettings) -> list[Tune]:
    """Compose tunes, as ``sample_tunes`` does, with the facts of some others, in turn, in random order.

    What a model has not ended after ``num_steps`` is no whole tune.
    """
    order = np.random.default_rng(settings.seed).permutation(len(facts))
    asked = [facts[place] for place in np.resize(order, settings.num_outputs)]
    samples, _ = sample_tunes(checkpoint, [], settings, asked)
    drawn = samples.melodies(checkpoint.model.classes)
    return [Tune(ids, each, len(ids) < settings.num_steps) for ids, each in zip(drawn, asked, strict=True)]


def compare_tunes(
    composed: Sequence[Tune], real: Sequence[Tune], family: Sequence[int], ear: MetreEar, seed: int = 0
) -> dict[str, Any]:
    """Figures of composed and real tunes, and of the real ones with something undone.

    Args:
        composed: with the facts that were asked for.
        family: of each real tune.
        ear: tells the metre.
        seed: of the controls.

    Returns:
        ``sets``: the figures of ``judge_tunes`` by set, each a dictionary; ``metres``: of the composed and
        of the real tunes in each kind of metre, the share heard in that kind; ``beside``: as ``beside``
        gives it; ``composed`` and ``real``: how many there are.
    """
    controls = {
        "real": real,
        "bars shuffled": bars_shuffled(real, seed),
        "random pitches": pitches_drawn(real, seed),
        "read backwards": read_backwards(real),
    }
    sets = {"composed": judge_tunes(composed, ear)}
    sets |= {name: judge_tunes(tunes, ear, family) for name, tunes in controls.items()}
    metres = {
        "composed": ear.agreement(composed, ear.hear(composed)),
        "real": ear.agreement(real, ear.hear(real), family),
    }
    return {
        "composed": len(composed),
        "real": len(real),
        "sets": sets,
        "metres": {kind: {name: each[kind] for name, each in metres.items()} for kind in ear.kinds},
        "beside": beside(sets["composed"], sets["real"]),
    }


def beside(composed: Mapping[str, Any], real: Mapping[str, Any]) -> dict[str, str]:
    """Where each composed figure lies beside the real one of that name, as ``place_of`` says."""
    return {
        name: place_of(figure, real[name])
        for name, figure in composed.items()
        if isinstance(figure, Interval)
    }


def place_of(composed: Interval, real: Interval) -> str:
    """Whether a figure lies inside the interval of the real one, or at least within 10 % of that interval."""
    if real.low <= composed.value <= real.high:
        return INSIDE
    low, high = real.low - NEAR * abs(real.low), real.high + NEAR * abs(real.high)
    return NEARBY if low <= composed.value <= high else OUTSIDE
