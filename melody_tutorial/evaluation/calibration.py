"""Whether a model is as unsure as it ought to be: its surprise at its own melodies, and at real ones."""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.networks import Checkpoint, Network, log_softmax


def mean_surprise(
    checkpoint: Checkpoint, melodies: Sequence[np.ndarray], family: Sequence[int] | None = None
) -> Interval:
    """Nats per event that a model needs for melodies of one length, over all events but each first one.

    For melodies that it drew itself, at temperature 1, this is the entropy of its samples, and for real ones
    its loss. A calibrated model has both alike (Braverman et al. 2020, "Calibration, entropy rates, and
    memory in language models"): where the entropy is higher, its melodies wander off, and where it is lower,
    they are tamer than real ones.

    Args:
        melodies: token ids, each uint8 of shape (steps,), two or more.
        family: number of the family of each melody, for the interval; None: each melody is its own.
    """
    ids = np.stack(melodies)  # (melodies, steps)
    network, surprise = Network(checkpoint, len(ids)), np.zeros(len(ids))
    with threadpool_limits(1):
        for now, after in zip(ids.T[:-1], ids.T[1:], strict=True):
            surprise -= log_softmax(network.step(now))[np.arange(len(ids)), after]
    return bootstrap(surprise, np.full(len(ids), ids.shape[1] - 1), family)
