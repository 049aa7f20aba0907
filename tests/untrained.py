"""Untrained networks for tests of everything that needs weights."""

import numpy as np

from melody_tutorial.config import ModelSettings
from melody_tutorial.networks.checkpoint import Checkpoint, weight_shapes


def random_checkpoint(units=(8, 6), cell="lstm", scale=0.3, seed=0, model=None):
    """An untrained network with normally distributed weights."""
    model = model or ModelSettings(cell=cell, units=units)
    rng = np.random.default_rng(seed)
    weights = {
        name: rng.normal(0, scale, shape).astype(np.float32) for name, shape in weight_shapes(model).items()
    }
    counts = np.zeros(model.classes, np.int64)
    counts[[0, 14, 21]] = 1, 5, 2
    return Checkpoint(model, weights, counts, {"validation_loss": 1.1})
