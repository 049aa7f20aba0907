"""Surprise: the figures that sampling and evaluation know too."""

import numpy as np
import pytest

from melody_tutorial.config import SamplingSettings
from melody_tutorial.evaluation.calibration import mean_surprise
from melody_tutorial.evaluation.intervals import NOTHING
from melody_tutorial.evaluation.likelihood import predict_figures
from melody_tutorial.networks import load_checkpoint
from melody_tutorial.sampling import sample_ids


def test_the_entropy_of_samples_is_that_of_their_log_likelihoods():
    samples = sample_ids(load_checkpoint("basic_rnn"), [], SamplingSettings(num_outputs=6, num_steps=40))
    each = -samples.log_likelihoods / 39
    found = mean_surprise(load_checkpoint("basic_rnn"), samples.ids)
    assert found.value == pytest.approx(each.mean(), rel=1e-5)
    assert each.min() < found.low < found.value < found.high < each.max()


def test_for_other_melodies_it_is_the_loss():
    ids = np.random.default_rng(0).integers(0, 38, (5, 20)).astype(np.uint8)
    loss = predict_figures(load_checkpoint("basic_rnn"), list(ids))["loss"]
    assert mean_surprise(load_checkpoint("basic_rnn"), list(ids)).value == pytest.approx(loss, rel=1e-5)
    assert loss > 3, "noise is a surprise to a model of tunes"


def test_melodies_may_differ_in_length_and_lack_events():
    """Each event weighs alike; a melody of one event has none to be surprised by."""
    ids = np.random.default_rng(0).integers(0, 38, 40).astype(np.uint8)
    parts = [ids[:30], ids[30:], ids[:1], ids[:0]]
    each = [mean_surprise(load_checkpoint("basic_rnn"), [part]).value for part in parts[:2]]
    found = mean_surprise(load_checkpoint("basic_rnn"), parts, family=[3, 3, 4, 5]).value
    assert found == pytest.approx((29 * each[0] + 9 * each[1]) / 38, rel=1e-5)
    assert (
        mean_surprise(load_checkpoint("basic_rnn"), parts[2:])
        == mean_surprise(load_checkpoint("basic_rnn"), [])
        == NOTHING
    )


def test_a_model_is_less_surprised_by_what_it_drew_at_a_lower_temperature():
    def surprise(temperature):
        settings = SamplingSettings(num_outputs=8, num_steps=64, temperature=temperature)
        return mean_surprise(
            load_checkpoint("basic_rnn"), sample_ids(load_checkpoint("basic_rnn"), [], settings).ids
        )

    assert surprise(0.5).high < surprise(1.0).low < surprise(1.0).high < surprise(1.6).low
