"""Sampling: the right distribution, fed back as in training, reproducible, one and many alike."""

from dataclasses import replace

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.config import SamplingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.networks import rnn
from melody_tutorial.networks.inference import Network
from melody_tutorial.sampling import sampler

TWINKLE = [14, 0, 14, 0, 21, 0, 21, 0, 23]
SETTINGS = SamplingSettings(num_outputs=3, num_steps=40, seed=4)


@pytest.fixture(scope="module")
def checkpoint():
    return random_checkpoint(units=(16, 12), scale=0.6)


def all_logits(checkpoint, ids):
    """Logits before each event of one melody but the first: shape (steps − 1, classes)."""
    network = Network(checkpoint, batch=1)
    return np.concatenate([network.step(np.array([i])) for i in ids[:-1]])


def test_shape_range_and_primer(checkpoint):
    ids, log_likelihoods = sampler.sample_ids(checkpoint, TWINKLE, SETTINGS)
    assert ids.shape == (3, 40)
    assert ids.dtype == np.uint8
    assert ids.max() < 38
    assert (ids[:, :9] == TWINKLE).all()
    assert log_likelihoods.shape == (3,)


def test_log_likelihoods_are_those_of_the_model_at_temperature_1(checkpoint):
    samples = sampler.sample_ids(checkpoint, TWINKLE, replace(SETTINGS, temperature=1.7, top_k=9))
    for ids, found in zip(samples.ids, samples.log_likelihoods, strict=True):
        logits = all_logits(checkpoint, ids)[len(TWINKLE) - 1 :]
        labels = ids[len(TWINKLE) :].astype(int)
        assert found == pytest.approx(-rnn.cross_entropy(logits, labels) * len(labels), rel=1e-5)


def test_arg_max_feeds_back_what_was_drawn(checkpoint):
    """Every event of a greedy melody is the arg-max of the logits after the very ids that precede it.

    That fails when something else than the drawn class is fed back, or when the primer's first note is lost.
    """
    ids = sampler.sample_ids(checkpoint, TWINKLE, replace(SETTINGS, top_k=1)).ids[0]
    np.testing.assert_array_equal(all_logits(checkpoint, ids)[8:].argmax(axis=1), ids[9:])


def test_the_first_note_of_the_primer_counts(checkpoint):
    after = {
        first: sampler.next_event_probabilities(checkpoint, [first, *TWINKLE[1:]]).tolist()
        for first in (14, 15, 30)
    }
    assert after[14] != after[15] != after[30]


def test_low_temperature_is_the_arg_max(checkpoint):
    greedy = sampler.sample_ids(checkpoint, TWINKLE, replace(SETTINGS, top_k=1)).ids
    for settings in (replace(SETTINGS, temperature=1e-9), replace(SETTINGS, top_p=1e-9)):
        np.testing.assert_array_equal(sampler.sample_ids(checkpoint, TWINKLE, settings).ids, greedy)


def test_same_seed_same_melodies(checkpoint):
    first = sampler.sample_ids(checkpoint, [], SETTINGS).ids
    np.testing.assert_array_equal(first, sampler.sample_ids(checkpoint, [], SETTINGS).ids)
    np.testing.assert_array_equal(first, sampler.sample_ids(checkpoint, [], SETTINGS, rng=4).ids)
    assert (first != sampler.sample_ids(checkpoint, [], SETTINGS, rng=5).ids).any()
    rng = np.random.default_rng(4)
    np.testing.assert_array_equal(first, sampler.sample_ids(checkpoint, [], SETTINGS, rng).ids)
    assert (first != sampler.sample_ids(checkpoint, [], SETTINGS, rng).ids).any()  # the generator went on


def test_outputs_depend_neither_on_their_number_nor_on_the_length(checkpoint):
    """More outputs than run side by side at once, too."""
    many = sampler.sample_ids(checkpoint, [], replace(SETTINGS, num_outputs=130)).ids
    few = sampler.sample_ids(checkpoint, [], replace(SETTINGS, num_outputs=2)).ids
    long = sampler.sample_ids(checkpoint, [], replace(SETTINGS, num_outputs=2, num_steps=60)).ids
    np.testing.assert_array_equal(many[:2], few)
    np.testing.assert_array_equal(long[:, :40], few)
    assert len({melody.tobytes() for melody in many}) == 130


def test_first_events_are_drawn_from_the_counts(checkpoint):
    """The untrained checkpoint says that melodies begin with 0, 14 and 21, at 1 : 5 : 2."""
    first = sampler.sample_ids(checkpoint, [], replace(SETTINGS, num_outputs=400, num_steps=2)).ids[:, 0]
    counts = np.bincount(first, minlength=38)
    assert set(np.flatnonzero(counts)) == {0, 14, 21}
    assert chi_square(counts[[0, 14, 21]], np.array([1, 5, 2]) / 8) < 9.2  # 1 % point at 2 degrees of freedom


def test_one_step_without_a_primer_is_a_first_event(checkpoint):
    samples = sampler.sample_ids(checkpoint, [], replace(SETTINGS, num_steps=1))
    assert set(samples.ids.ravel()) <= {0, 14, 21}
    assert samples.log_likelihoods.tolist() == [0, 0, 0]


def chi_square(counts, probabilities):
    """Pearson's statistic; its mean is the number of categories − 1."""
    expected = counts.sum() * probabilities
    return ((counts - expected) ** 2 / expected).sum()


@pytest.mark.parametrize(
    "settings",
    [
        SamplingSettings(),
        SamplingSettings(temperature=0.7),
        SamplingSettings(temperature=2.0, top_k=6),
        SamplingSettings(temperature=1.3, top_k=20, top_p=0.8),
    ],
)
def test_frequencies_match_the_softmax(checkpoint, settings):
    settings = replace(settings, num_outputs=3000, num_steps=len(TWINKLE) + 1, seed=2)
    drawn = sampler.sample_ids(checkpoint, TWINKLE, settings).ids[:, -1]
    probabilities = sampler.next_event_probabilities(checkpoint, TWINKLE, settings)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert set(drawn) <= set(np.flatnonzero(probabilities))
    likely = probabilities * 3000 > 5  # the rest is one category
    counts, rest = np.bincount(drawn, minlength=38), probabilities[~likely].sum()
    if rest * 3000 > 5:
        counts = np.append(counts[likely], counts[~likely].sum())
        probabilities = np.append(probabilities[likely], rest)
    else:
        counts, probabilities = counts[likely], probabilities[likely] / probabilities[likely].sum()
    freedom = len(counts) - 1
    assert chi_square(counts, probabilities) < freedom + 4 * np.sqrt(2 * freedom)


def test_temperature_is_a_power_of_the_probabilities():
    logits = np.log(np.array([0.5, 0.3, 0.2]))
    cold = sampler.event_probabilities(logits, SamplingSettings(temperature=0.5))
    np.testing.assert_allclose(cold, np.array([0.25, 0.09, 0.04]) / 0.38)
    hot = sampler.event_probabilities(logits, SamplingSettings(temperature=1e9))
    np.testing.assert_allclose(hot, 1 / 3, atol=1e-6)


def test_top_k_and_top_p_keep_the_likeliest():
    logits = np.log(np.array([0.1, 0.4, 0.2, 0.3]))

    def kept(**settings):
        return np.flatnonzero(sampler.event_probabilities(logits, SamplingSettings(**settings))).tolist()

    assert kept(top_k=1) == [1]
    assert kept(top_k=3) == [1, 2, 3]
    assert kept(top_k=99) == [0, 1, 2, 3]
    assert kept(top_p=0.39) == [1]
    assert kept(top_p=0.41) == [1, 3]
    assert kept(top_p=0.71) == [1, 2, 3]
    assert kept(top_p=1.0) == [0, 1, 2, 3]
    assert kept(top_k=2, top_p=0.5) == [1]  # 0.4 of the 0.7 that top-k left is more than a half
    assert kept(top_p=0.5, temperature=0.3) == [1]  # the cold distribution holds 0.66 in its first class
    assert kept(top_p=0.5, temperature=9.0) == [1, 3]


def test_beam_search_of_width_1_is_plain_sampling(checkpoint):
    plain = sampler.sample_ids(checkpoint, TWINKLE, SETTINGS)
    chunked = sampler.sample_ids(checkpoint, TWINKLE, replace(SETTINGS, steps_per_iteration=7))
    np.testing.assert_array_equal(plain.ids, chunked.ids)


def test_beam_search_finds_likelier_melodies(checkpoint):
    settings = replace(SETTINGS, num_outputs=20)
    plain = sampler.sample_ids(checkpoint, TWINKLE, settings).log_likelihoods
    wide = replace(settings, beam_size=3, branch_factor=4, steps_per_iteration=5)
    beam = sampler.sample_ids(checkpoint, TWINKLE, wide)
    assert beam.log_likelihoods.mean() > plain.mean() + 3 * plain.std() / np.sqrt(20)
    assert (beam.ids[:, :9] == TWINKLE).all()
    for ids, found in zip(beam.ids, beam.log_likelihoods, strict=True):  # states followed their sequences
        logits = all_logits(checkpoint, ids)[8:]
        assert found == pytest.approx(-rnn.cross_entropy(logits, ids[9:].astype(int)) * 31, rel=1e-5)


def test_exhaustive_beam_search_is_greedy_when_one_class_wins():
    """With an all but certain next event, every beam finds it."""
    checkpoint = random_checkpoint(scale=0.0)
    checkpoint.weights["logits/bias"][14] = 50
    settings = SamplingSettings(num_outputs=2, num_steps=9, beam_size=2, branch_factor=2)
    samples = sampler.sample_ids(checkpoint, [2], settings)
    assert (samples.ids[:, 1:] == 14).all()
    np.testing.assert_allclose(samples.log_likelihoods, 0, atol=1e-6)


def test_primers_that_do_not_fit_are_refused(checkpoint):
    with pytest.raises(UserError, match="primer has 9 steps and num_steps is 9"):
        sampler.sample_ids(checkpoint, TWINKLE, replace(SETTINGS, num_steps=9))
    with pytest.raises(UserError, match="primer has 1 step and num_steps is 1, "):
        sampler.sample_ids(checkpoint, TWINKLE[:1], replace(SETTINGS, num_steps=1))
    with pytest.raises(UserError, match="allowed are 0 to 37"):
        sampler.sample_ids(checkpoint, [14, 60], SETTINGS)
    assert sampler.sample_ids(checkpoint, TWINKLE, replace(SETTINGS, num_steps=10)).ids.shape == (3, 10)


def test_probabilities_of_no_events_are_those_of_first_events(checkpoint):
    np.testing.assert_allclose(
        sampler.next_event_probabilities(checkpoint, [])[[0, 14, 21]], [1 / 8, 5 / 8, 2 / 8]
    )
