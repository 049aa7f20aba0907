"""Copying the event one bar ago: trusted where it has proved right, and nowhere else."""

import numpy as np

from melody_tutorial.datasets import Record
from melody_tutorial.evaluation.copy_model import learn_trust, mix_copy
from melody_tutorial.evaluation.note_counts import view_notes

BAR = 8


def tunes(number: int, repeating: bool, seed: int) -> list[Record]:
    rng = np.random.default_rng(seed)
    bars = [
        np.tile(rng.integers(0, 38, BAR), 4) if repeating else rng.integers(0, 38, 4 * BAR)
        for _ in range(number)
    ]
    return [Record(ids.astype(np.uint8), steps_per_bar=BAR) for ids in bars]


def test_bars_that_repeat_are_copied():
    view = view_notes(tunes(20, True, 0))
    p = np.full((len(view.label), 38), 1 / 38)
    mixed = mix_copy(view, p, learn_trust(view, p))
    later = view.bar_ago >= 0
    assert np.median(mixed[later, view.label[later]]) > 0.95  # what was seen once is trusted half
    np.testing.assert_allclose(mixed[~later], p[~later])
    np.testing.assert_allclose(mixed.sum(axis=1), 1)


def test_bars_that_do_not_repeat_are_not():
    view = view_notes(tunes(200, False, 1))
    trust = learn_trust(view, np.full((len(view.label), 38), 1 / 38))
    new = view_notes(tunes(20, False, 2))
    p = np.full((len(new.label), 38), 1 / 38)
    mixed = mix_copy(new, p, trust)
    loss = -np.log(mixed[np.arange(len(new.label)), new.label]).mean()
    assert loss < np.log(38) + 0.05


def test_a_copy_is_trusted_the_more_the_less_the_other_model_knows():
    """Bars that repeat, beside a model that is sure and wrong; bars that do not, beside one that is right."""
    repeating, other = view_notes(tunes(20, True, 0)), view_notes(tunes(20, False, 1))
    assert learn_trust(repeating, sure_of((repeating.label + 1) % 38)).max() > 0.99
    there = learn_trust(other, sure_of(other.label))
    assert np.median(there[there > 0]) < 0.3


def sure_of(label: np.ndarray) -> np.ndarray:
    p = np.full((len(label), 38), 1e-6)
    p[np.arange(len(label)), label] = 1 - 37e-6
    return p


def test_no_event_becomes_impossible():
    """Two repeated bars in validation, both right; in the test one bar that is not."""
    view, new = view_notes(tunes(1, True, 0)), view_notes(tunes(20, False, 2))
    trust = learn_trust(view, np.full((len(view.label), 38), 1 / 38))
    mixed = mix_copy(new, np.full((len(new.label), 38), 1 / 38), trust)
    assert 0.5 < trust.max() < 1
    assert mixed[np.arange(len(new.label)), new.label].min() > 0
