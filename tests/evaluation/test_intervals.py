"""Intervals by bootstrap: as wide as theory has it, and about the mean over items."""

import numpy as np
import pytest

from melody_tutorial.evaluation.intervals import bootstrap


def test_the_mean_is_that_of_the_items_not_of_the_melodies():
    assert bootstrap(np.array([2.0, 9.0]), np.array([2, 3])).value == 11 / 5


def test_melodies_that_agree_leave_no_doubt():
    assert bootstrap(np.array([2.0, 4.0, 6.0]), np.array([1, 2, 3])) == (2, 2, 2)


def test_the_interval_is_that_of_a_normal_mean():
    """400 melodies of one item with deviation 1: 1.96 / 20 on each side."""
    items = np.random.default_rng(1).standard_normal(400)
    found = bootstrap(items, np.ones(400))
    assert found.high - found.low == pytest.approx(2 * 1.96 * items.std() / 20, rel=0.06)
    assert found.low < found.value < found.high


def test_items_of_one_melody_are_no_independent_samples():
    """A hundred times the same item in each melody makes the mean no surer."""
    items = np.random.default_rng(1).standard_normal(40)
    once, often = bootstrap(items, np.ones(40)), bootstrap(100 * items, np.full(40, 100))
    np.testing.assert_allclose(once, often)
