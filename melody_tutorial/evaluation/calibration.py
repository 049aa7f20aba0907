"""Whether a model is as unsure as it ought to be: its surprise at its own melodies, and at real ones."""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.evaluation.intervals import NOTHING, Interval, bootstrap
from melody_tutorial.evaluation.likelihood import predict
from melody_tutorial.networks import Checkpoint, Tune


def mean_surprise(
    checkpoint: Checkpoint, melodies: Sequence[np.ndarray | Tune], family: Sequence[int] | None = None
) -> Interval:
    """Nats per event that a model needs for melodies, over all events but each first one.

    For melodies that it drew itself, at temperature 1, this is the entropy of its samples, and for real ones
    its loss. A calibrated model has both alike (Braverman et al. 2020, "Calibration, entropy rates, and
    memory in language models"): where the entropy is higher, its melodies wander off, and where it is lower,
    they are tamer than real ones.

    Args:
        melodies: token ids, each uint8 of shape (steps,), or tunes. Of one length, if sets are to be
            compared: what is far from the beginning is easier to guess.
        family: number of the family of each melody, for the interval; None: each melody is its own.

    Returns:
        ``NOTHING`` where no melody has two events.
    """
    own = np.arange(len(melodies)) if family is None else np.asarray(family)
    events = np.array([len(getattr(melody, "ids", melody)) - 1 for melody in melodies], int)
    there = np.flatnonzero(events > 0)
    if not len(there):
        return NOTHING
    melodies, events = [melodies[place] for place in there], events[there]
    label = np.concatenate([getattr(melody, "ids", melody)[1:] for melody in melodies]).astype(int)
    p = predict(checkpoint, melodies)[np.arange(len(label)), label]
    owner = np.repeat(np.arange(len(events)), events)
    return bootstrap(np.bincount(owner, -np.log(p.astype(float))), events, own[there])
