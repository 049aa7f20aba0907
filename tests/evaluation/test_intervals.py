"""Intervals by bootstrap: as wide as theory has it, and about the mean over items."""

import numpy as np
import pytest

from melody_tutorial.evaluation.intervals import NOTHING, Interval, bootstrap


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


def test_families_are_drawn_as_a_whole():
    """Four copies of each melody are no more evidence than one, if the copies are one family."""
    items = np.random.default_rng(1).standard_normal(40)
    copies, family = np.repeat(items, 4), np.repeat(np.arange(100, 140), 4)
    once = bootstrap(items, np.ones(40))
    as_families, as_strangers = (bootstrap(copies, np.ones(160), each) for each in (family, None))
    np.testing.assert_allclose(as_families, once)
    assert as_strangers.high - as_strangers.low < 0.6 * (once.high - once.low)


def test_draws_without_an_item_say_nothing():
    """Of 20 melodies one has a note: whatever is drawn, the mean over notes is its."""
    only = np.eye(20)[7]
    assert bootstrap(3 * only, only) == (3, 3, 3)
    assert bootstrap(only / 4, only / 8) == (2, 2, 2)


def test_nothing_counted_is_nothing():
    assert bootstrap(np.zeros(3), np.zeros(3)) == bootstrap(np.zeros(0), np.zeros(0)) == NOTHING


def test_an_interval_is_written_behind_its_figure():
    found = Interval(0.926, 0.904, 0.95)
    assert f"{found:.2f}" == "0.93 (0.90–0.95)"
    assert f"{found:7.1%}" == "  92.6% (90.4–95.0)"


def test_one_family_has_no_interval():
    """However many melodies it has; two have one, though a narrow one."""
    items = np.array([0.1, 0.2, 0.7])
    assert f"{bootstrap(items, np.ones(3), np.zeros(3)):.2f}" == "0.33 (no interval)"
    assert f"{bootstrap(items, np.ones(3), np.array([0, 0, 1])):.2f}" == "0.33 (0.15–0.70)"
    only = np.eye(20)[7]
    assert f"{bootstrap(only / 7, 3 * only):.2f}" == "0.05 (no interval)", "one has something to count"
    assert f"{Interval(0.5, 0.4999, 0.5001):.2f}" == "0.50 (0.50–0.50)"
