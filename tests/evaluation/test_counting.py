"""Counted baselines, on melodies whose figures can be worked out by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.evaluation.counting import START, baselines, count_model, find_hits, gather_labels

NAMES = ("uniform", "unigram", "bigram", "trigram")

any_melodies = st.lists(
    st.lists(st.integers(0, 37), min_size=2, max_size=20).map(lambda ids: np.array(ids, dtype=np.uint8)),
    min_size=1,
    max_size=6,
)


def test_contexts_stay_inside_their_melody():
    labels = gather_labels([np.array([5, 6, 7]), np.array([9]), np.array([8, 3])])
    assert labels.label.tolist() == [6, 7, 3]
    assert labels.previous.tolist() == [5, 6, 8]
    assert labels.before.tolist() == [START, 5, START]


def test_a_uniform_guess_costs_the_logarithm_of_the_classes():
    figures = baselines([np.array([2, 0])], [np.array([14, 0, 16, 0])])["uniform"]
    assert figures["loss"] == pytest.approx(math.log(38))
    assert figures["accuracy"] == pytest.approx(1 / 38)
    assert figures["onset_accuracy"] == pytest.approx(1 / 38)


def test_a_label_is_hit_as_often_as_it_is_picked_among_the_likeliest():
    p = np.array([[0.4, 0.2, 0.4], [0.1, 0.8, 0.1], [0.1, 0.8, 0.1]], dtype=np.float32)
    hits = find_hits(p, np.array([2, 1, 0]))
    assert hits.given == pytest.approx([0.4, 0.8, 0.1]) and hits.given.dtype == float
    assert hits.hit.tolist() == [1 / 2, 1, 0]
    assert hits.onset.tolist() == [True, False, False]


def test_witten_and_bell_by_hand():
    """After 14 came 0 twice and 16 once: n = 3, d = 2."""
    probabilities = count_model(np.full(38, 1 / 38), np.array([0, 0, 16]), np.array([14, 14, 14]))
    assert probabilities.shape == (39, 38)
    assert probabilities[14, 0] == pytest.approx((2 + 2 / 38) / 5)
    assert probabilities[14, 16] == pytest.approx((1 + 2 / 38) / 5)
    assert probabilities[14, 1] == pytest.approx(2 / 38 / 5)
    assert probabilities[15] == pytest.approx(np.full(38, 1 / 38))  # 15 was never seen


def test_each_longer_context_helps_where_it_decides():
    """Each event follows from the two before it, and from no fewer."""
    train = [np.tile(np.array([2, 2, 5, 2, 7, 0, 5, 5], dtype=np.uint8), 50)]
    losses = [baselines(train, train)[name]["loss"] for name in NAMES]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.6 * losses[-2]


def test_holding_for_ever_is_often_right_but_never_at_onsets():
    train = [np.array([14, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0], dtype=np.uint8)]
    held_out = [np.array([14, 0, 0, 21, 0, 0], dtype=np.uint8)]
    figures = baselines(train, held_out)["unigram"]
    assert figures["accuracy"] == 4 / 5
    assert figures["onset_accuracy"] == 0


def test_held_out_melodies_are_not_counted():
    train = [np.array([14, 0, 14, 0], dtype=np.uint8)]
    one, two = (baselines(train, [np.array([2, label], dtype=np.uint8)]) for label in (20, 21))
    assert one["trigram"]["loss"] == pytest.approx(two["trigram"]["loss"])


@given(any_melodies)
def test_probabilities_sum_to_one(melodies):
    labels = gather_labels(melodies)
    unigram = count_model(np.full(38, 1 / 38), labels.label)
    bigram = count_model(unigram, labels.label, labels.previous)
    trigram = count_model(bigram, labels.label, labels.previous, labels.before)
    for probabilities in (unigram, bigram, trigram):
        assert np.allclose(probabilities.sum(axis=-1), 1)
        assert (probabilities > 0).all()


@given(any_melodies, any_melodies)
def test_losses_are_those_of_a_plain_loop(train, held_out):
    """Bigram counts kept in dictionaries give the same loss."""
    pairs = [(int(a), int(b)) for ids in train for a, b in pairwise(ids)]
    followers = {a: [y for x, y in pairs if x == a] for a, _ in pairs}
    everything = [b for _, b in pairs]

    def smoothed(seen, label, shorter):
        different = max(1, len(set(seen)))
        return (seen.count(label) + different * shorter) / (len(seen) + different)

    losses = [
        -math.log(smoothed(followers.get(int(a), []), int(b), smoothed(everything, int(b), 1 / 38)))
        for ids in held_out
        for a, b in pairwise(ids)
    ]
    assert baselines(train, held_out)["bigram"]["loss"] == pytest.approx(np.mean(losses))
