"""How sure a mean over melodies is: intervals by bootstrap."""

from typing import NamedTuple

import numpy as np

BOOTSTRAPS = 1000


class Interval(NamedTuple):
    """A figure, and the interval that holds it with 95 %."""

    value: float
    low: float
    high: float


def bootstrap(sums: np.ndarray, counts: np.ndarray, seed: int = 0) -> Interval:
    """Mean per item, with an interval by bootstrap over melodies (Efron & Tibshirani 1993, section 13.3).

    Events of one melody are no independent samples, so whole melodies are drawn, with replacement, as many as
    there are; the interval reaches from 2.5 % to 97.5 % of the means of 1,000 such draws.

    Args:
        sums: sum over the items of each melody, shape (melodies,).
        counts: number of items of each melody, not all 0.
        seed: of the draws.
    """
    shares = np.full(len(sums), 1 / len(sums))
    drawn = np.random.default_rng(seed).multinomial(len(sums), shares, size=BOOTSTRAPS)  # (draws, melodies)
    means = (drawn @ sums) / np.maximum(1, drawn @ counts)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(np.sum(sums) / np.sum(counts)), float(low), float(high))
