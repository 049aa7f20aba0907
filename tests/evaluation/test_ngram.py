"""The variable-order n-gram: equal to the counted baselines, and a copier of what it has seen."""

import numpy as np
import pytest

from melody_tutorial.evaluation.counting import baselines
from melody_tutorial.evaluation.ngram import ngram_losses


def melodies(number: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [
        rng.choice([0, 0, 0, 1, 14, 16, 18, 21], rng.integers(20, 60)).astype(np.uint8) for _ in range(number)
    ]


def test_its_shortest_models_are_the_counted_baselines():
    train, held_out = melodies(30, seed=0), melodies(10, seed=1)
    counted = baselines(train, held_out)
    expected = [counted[name]["loss"] for name in ("unigram", "bigram", "trigram")]
    np.testing.assert_allclose(ngram_losses(train, held_out, 2), expected, rtol=1e-12)


def test_long_contexts_predict_a_melody_that_was_seen_and_no_other():
    train, held_out = melodies(30, seed=0), melodies(10, seed=1)
    seen = ngram_losses(train, train[:10], 12)
    unseen = ngram_losses(train, held_out, 12)
    assert seen[12] < 0.25 * seen[0]
    assert unseen[12] > 0.9 * unseen[0]


def test_contexts_do_not_reach_into_the_melody_before():
    """The same event pairs, once inside a melody and once only across a border."""
    inside, across = (
        [np.array([14, 21, 14, 21], np.uint8)],
        [np.array([14], np.uint8), np.array([21], np.uint8)],
    )
    other = [np.array([16, 16, 16], np.uint8)]
    asked = [np.array([14, 21], np.uint8)]
    assert ngram_losses(inside, asked, 1)[1] < np.log(2)
    assert ngram_losses(across + other, asked, 1)[1] > np.log(38)


@pytest.mark.parametrize("order", [0, 3])
def test_one_loss_for_each_order(order):
    assert ngram_losses(melodies(3, 0), melodies(2, 1), order).shape == (order + 1,)
