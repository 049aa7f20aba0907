"""Traces of a trained LSTM, what a unit tells, and a unit fixed at its mean."""

from dataclasses import replace

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.course import unit_probe
from melody_tutorial.errors import UserError
from melody_tutorial.networks import rnn
from melody_tutorial.networks.inference import Network

IDS = np.random.default_rng(3).integers(0, 38, (9, 4))


def logits_of(checkpoint, ids=IDS):
    network = Network(checkpoint, ids.shape[1])
    return np.stack([network.step(row).copy() for row in ids])


def test_traces_are_those_of_the_network_that_composes():
    checkpoint = random_checkpoint()
    traces = unit_probe.trace(checkpoint, IDS)
    assert {array.shape for array in traces} == {(9, 4, 14)}
    top = traces.h[:, :, 8:]
    logits = top @ checkpoint.weights["logits/kernel"] + checkpoint.weights["logits/bias"]
    assert np.allclose(logits, logits_of(checkpoint), atol=1e-5)
    assert np.allclose(traces.c[1:], traces.f[1:] * traces.c[:-1] + traces.i[1:] * traces.g[1:], atol=1e-6)
    assert np.allclose(traces.h, traces.o * np.tanh(traces.c), atol=1e-6)


def test_only_an_lstm_has_traces():
    with pytest.raises(UserError, match="of a gru"):
        unit_probe.trace(random_checkpoint(cell="gru"), IDS)


def test_windows_are_the_beginnings_of_melodies_that_are_long_enough():
    melodies = [np.arange(5), np.arange(2), np.arange(10, 14)]
    assert unit_probe.cut_windows(melodies, 4).tolist() == [[0, 10], [1, 11], [2, 12], [3, 13]]


def test_a_unit_that_holds_the_position_tells_all_and_noise_tells_nothing():
    positions = np.arange(64) % 4
    noise = np.random.default_rng(0).normal(size=(64, 40, 2))
    hs = np.stack([positions[:, None] + 0.01 * noise[:, :, 0], noise[:, :, 1]], axis=-1)
    told, nothing = unit_probe.unit_information(hs, positions, 4)
    assert told == pytest.approx(np.log(4), abs=0.05)
    assert nothing == pytest.approx(0, abs=0.03)


def test_the_probe_is_scored_on_sequences_that_it_has_not_seen():
    labels = np.arange(8) % 2
    hs = ((2 * labels - 1)[:, None] * [1, -1])[:, :, None].astype(float)  # one says the opposite of the other
    assert unit_probe.unit_information(hs, labels, 2)[0] < 0


def test_the_probe_sees_a_half_that_is_drawn_at_random():
    labels = np.arange(8) % 2
    signs = np.where(np.arange(400) < 200, 1, -1)  # books that lie one after the other say the opposite
    hs = ((2 * labels - 1)[:, None] * signs)[:, :, None].astype(float)
    assert unit_probe.unit_information(hs, labels, 2)[0] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("unit", [2, 7, 8, 13])
def test_an_ablated_unit_says_the_same_at_every_step(unit):
    checkpoint, value = random_checkpoint(), 0.25
    layer, place = unit_probe.find_unit(checkpoint, unit)
    network = [unit_probe.lstm_layer(checkpoint, number) for number in (1, 2)]
    h, c = [np.zeros((4, 8)), np.zeros((4, 6))], [np.zeros((4, 8)), np.zeros((4, 6))]
    h[layer - 1][:, place] = value
    for row, expected in zip(IDS, logits_of(unit_probe.ablate(checkpoint, unit, value)), strict=True):
        x = rnn.one_hot(row, 38)
        for number in range(2):
            h[number], c[number] = rnn.lstm_step(x, h[number], c[number], network[number])
            if number == layer - 1:
                h[number][:, place] = value
            x = h[number]
        logits = x @ checkpoint.weights["logits/kernel"] + checkpoint.weights["logits/bias"]
        assert np.allclose(logits, expected, atol=1e-5)


def test_ablation_leaves_the_given_checkpoint_as_it_was():
    checkpoint = random_checkpoint()
    before = {name: array.copy() for name, array in checkpoint.weights.items()}
    assert replace(unit_probe.ablate(checkpoint, 3, 0.5), weights=before).model == checkpoint.model
    assert all((before[name] == array).all() for name, array in checkpoint.weights.items())


def test_a_unit_that_is_not_there_is_named():
    with pytest.raises(UserError, match="14 together"):
        unit_probe.find_unit(random_checkpoint(), 14)
