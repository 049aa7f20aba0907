"""Whether a model is as unsure as it ought to be: its surprise at its own melodies, and at real ones."""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.evaluation.likelihood import predict
from melody_tutorial.networks import Checkpoint


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
    label = np.stack(melodies)[:, 1:]
    p = predict(checkpoint, melodies).reshape(*label.shape, -1)
    surprise = -np.log(np.take_along_axis(p, label[:, :, None].astype(int), axis=2).astype(float))
    return bootstrap(surprise.sum(axis=(1, 2)), np.full(len(label), label.shape[1]), family)
