"""How sure a mean over melodies is: intervals by bootstrap."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

BOOTSTRAPS = 1000


class Interval(NamedTuple):
    """A figure, and its 95 % interval; f"{interval:.2f}" writes 0.93 (0.91–0.94).

    Where all draws agree, as those of a single family do, they say nothing of chance: 0.93 (no interval).
    """

    value: float
    low: float
    high: float

    def __format__(self, form: str) -> str:
        value, low, high = (format(each, form) for each in self)
        if math.isclose(self.low, self.high):
            return f"{value} (no interval)"
        return f"{value} ({low.strip(' %')}–{high.strip(' %')})"


NOTHING = Interval(0.0, 0.0, 0.0)  # where there is nothing to count


def bootstrap(
    sums: np.ndarray, counts: np.ndarray, family: np.ndarray | None = None, seed: int = 0
) -> Interval:
    """Mean per item, with an interval by bootstrap over melodies (Efron & Tibshirani 1993, section 13.3).

    Items of one melody are no independent samples, nor are melodies of one family. So whole families are
    drawn, with replacement, as many as there are; the interval reaches from 2.5 % to 97.5 % of the means of
    1,000 such draws. (``scipy.stats.bootstrap`` does the same, but slower, and takes long to load.)

    Args:
        sums: sum over the items of each melody, shape (melodies,).
        counts: number of items of each melody, or whatever the mean is taken over.
        family: number of the family of each melody; None: each melody is its own.
        seed: of the draws.

    Returns:
        ``NOTHING`` where all counts are 0.
    """
    if not np.any(counts):
        return NOTHING
    if family is not None:
        _, family = np.unique(family, return_inverse=True)
        sums, counts = np.bincount(family, sums), np.bincount(family, counts)
    drawn = _draws(len(sums), seed)
    items = drawn @ counts
    means = (drawn @ sums)[items > 0] / items[items > 0]
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(np.sum(sums) / np.sum(counts)), float(low), float(high))


@lru_cache(maxsize=2)
def _draws(families: int, seed: int) -> np.ndarray:
    """How often each family is drawn in each draw, shape (draws, families)."""
    shares = np.full(families, 1 / families)
    return np.random.default_rng(seed).multinomial(families, shares, size=BOOTSTRAPS).astype(float)
