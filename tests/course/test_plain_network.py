"""The learner's own network: its windows, its gradients, its figures, and that it learns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.config import SamplingSettings
from melody_tutorial.course import plain_network
from melody_tutorial.evaluation.counting import baselines
from melody_tutorial.networks import bptt, rnn
from melody_tutorial.sampling.sampler import sample_ids

SCALE = np.array([14, 0, 16, 0, 18, 0, 19, 0, 21, 0, 23, 0, 25, 0, 26, 0, 1, 0] * 3, np.uint8)
LENGTHS = st.lists(st.integers(1, 70), min_size=1, max_size=12)


def networks(units=6, dtype=np.float64):
    network = plain_network.new_network(units, np.random.default_rng(0))
    return plain_network.PlainNetwork(*(array.astype(dtype) for array in network))


def labels_read(melodies, batch_size, window, rng=None):
    """What each stream predicts, melody by melody: {(first event read, labels …)}."""
    rows = [[] for _ in range(batch_size)]
    for each in plain_network.melody_windows(melodies, batch_size, window, rng):
        assert each.inputs.shape == (batch_size, window)
        assert not each.resets[:, 1:].any()
        for row, *parts in zip(rows, *each, strict=True):
            inputs, labels, mask, resets, *_ = parts
            if resets[0]:
                row.append([int(inputs[0])])
            for label in labels[mask > 0]:
                row[-1].append(int(label))
    return sorted(melody for row in rows for melody in row)


@given(LENGTHS, st.integers(1, 5), st.integers(1, 16))
def test_every_event_but_the_first_of_each_melody_is_predicted_once_and_in_order(lengths, batch, window):
    rng = np.random.default_rng(0)
    melodies = [rng.integers(0, 38, length).astype(np.uint8) for length in lengths]
    expected = sorted(
        ids.tolist() if len(ids) > 1 else [0] for ids in melodies
    )  # a melody of one event has nothing to predict
    assert labels_read(melodies, batch, window) == expected
    assert labels_read(melodies, batch, window, rng) == expected


def test_passes_go_on_without_end_and_each_in_another_order():
    melodies = [np.full(9, number, np.uint8) for number in range(8)]
    windows = plain_network.endless_windows(melodies, 2, 8, np.random.default_rng(0))
    passes = [[next(windows).inputs[:, 0].tolist() for _ in range(4)] for _ in range(3)]
    assert sorted(np.ravel(passes[0])) == sorted(np.ravel(passes[1])) == list(range(8))
    assert passes[0] != passes[1]


def test_loss_and_gradients_are_those_of_bptt_where_nothing_is_masked():
    network = networks()
    (window,) = plain_network.melody_windows([SCALE, SCALE[::-1].copy()], 2, len(SCALE) - 1)
    ids = np.concatenate([window.inputs.T[:1], window.labels.T])
    h = np.random.default_rng(1).normal(size=(2, 6))  # to be set to zero: melodies begin
    loss, gradients, last = plain_network.loss_and_gradients(window, h, network)
    w = rnn.RNNWeights(*network[:3])
    expected, (dw, dW_hy, db_y), state = bptt.rnn_loss_and_gradients(ids, 0 * h, w, *network[3:])
    assert loss == pytest.approx(expected)
    for ours, theirs in zip(gradients, (*dw, dW_hy, db_y), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    np.testing.assert_allclose(last, state)


def test_padding_changes_neither_loss_nor_gradients():
    network, h = networks(), np.zeros((1, 6))
    (exact,) = plain_network.melody_windows([SCALE], 1, len(SCALE) - 1)
    (padded,) = plain_network.melody_windows([SCALE], 1, len(SCALE) + 10)
    loss, gradients, _ = plain_network.loss_and_gradients(exact, h, network)
    with_padding, others, _ = plain_network.loss_and_gradients(padded, h, network)
    assert with_padding == pytest.approx(loss)
    for ours, theirs in zip(gradients, others, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_the_state_goes_on_inside_a_melody_and_is_reset_where_one_starts():
    network, h = networks(), np.zeros((1, 6))
    losses = []
    for window in plain_network.melody_windows([SCALE, SCALE], 1, 16):
        loss, _, h = plain_network.loss_and_gradients(window, h, network)
        losses.append(loss)
    assert losses[:4] == pytest.approx(losses[4:])  # the second melody as the first
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


def test_score_counts_as_the_baselines_do():
    network = networks(dtype=np.float32)
    silent = plain_network.PlainNetwork(*(0 * array for array in network))
    found = plain_network.figures_of(silent, [SCALE, SCALE[:7]], batch_size=2)
    assert found["loss"] == pytest.approx(baselines([SCALE], [SCALE])["uniform"]["loss"], rel=1e-6)
    # All classes tie: the likeliest is the first, which is no-event.
    labels = np.concatenate([SCALE[1:], SCALE[1:7]])
    assert found["accuracy"] == pytest.approx((labels == 0).mean())
    assert (found["onset_accuracy"], found["no_event"]) == (0, 1)


def test_descent_gets_below_the_bigram():
    melodies, network = [SCALE] * 8, plain_network.new_network(32, np.random.default_rng(0))
    windows = plain_network.endless_windows(melodies, 4, 16, np.random.default_rng(0))
    h = np.zeros((4, 32), np.float32)
    for _ in range(300):
        _, gradients, h = plain_network.loss_and_gradients(next(windows), h, network)
        for array, gradient in zip(network, gradients, strict=True):
            array -= 0.3 * gradient
    assert (
        plain_network.figures_of(network, melodies)["loss"]
        < baselines(melodies, melodies)["bigram"]["loss"] / 2
    )


def test_as_a_checkpoint_the_network_composes_and_predicts_the_same():
    network = plain_network.new_network(8, np.random.default_rng(0))
    checkpoint = plain_network.as_checkpoint(network, [SCALE, SCALE])
    assert checkpoint.first_event_counts[14] == 2
    samples = sample_ids(checkpoint, SCALE[:4], SamplingSettings(num_outputs=2, num_steps=20))
    assert samples.ids.shape == (2, 20)
    total = 0.0
    for ids in samples.ids:
        nats = (
            plain_network.figures_of(network, [ids], 1)["loss"] * 19
            - plain_network.figures_of(network, [ids[:4]], 1)["loss"] * 3
        )
        total -= nats
    assert samples.log_likelihoods.sum() == pytest.approx(total, rel=1e-4)
