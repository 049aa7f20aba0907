"""Recall of the first symbol: the task, the untrained layers, gradients by lag, and learning."""

import numpy as np
import pytest

from melody_tutorial.course import recall_task
from melody_tutorial.course.recall_task import Contender, RecallSettings
from melody_tutorial.networks import rnn

EACH_CELL = pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])


def layer(cell, forget_bias=1.0, inputs=8, units=6):
    return recall_task.new_layer(Contender(cell, forget_bias), inputs, units, np.random.default_rng(0))


def test_a_sequence_opens_with_the_symbol_and_goes_on_with_distractors():
    ids, labels = recall_task.recall_batch(lag=7, batch=50, rng=np.random.default_rng(0))
    assert ids.shape == (8, 50)
    assert (ids[0] == labels).all()
    assert set(labels) == {0, 1, 2, 3}
    assert set(ids[1:].ravel()) == {4, 5, 6, 7}


@EACH_CELL
def test_a_new_layer_has_the_shapes_and_the_start_of_keras(cell):
    _, recurrent_kernel, bias = rnn.to_keras(layer(cell))
    assert np.allclose(recurrent_kernel @ recurrent_kernel.T, np.eye(6))
    assert bias.sum() == (6 if cell == "lstm" else 0)


def test_the_forget_bias_goes_to_the_forget_gate_alone():
    w = layer("lstm", forget_bias=3)
    assert (w.b_f == 3).all()
    assert not np.any([w.b_i, w.b_o, w.b_g])


@EACH_CELL
def test_gradient_by_lag_is_that_of_finite_differences(cell):
    w, xs = layer(cell), np.random.default_rng(1).normal(size=(5, 1, 8))
    norms = recall_task.gradient_by_lag(xs, w)
    for lag in range(5):
        slopes = []
        for place in range(8):
            moved = [xs.copy(), xs.copy()]
            for array, by in zip(moved, (1e-6, -1e-6), strict=True):
                array[4 - lag, 0, place] += by
            up, down = (recall_task.run_layer(array, w)[0][-1].sum() for array in moved)
            slopes.append((up - down) / 2e-6)
        assert norms[lag] == pytest.approx(np.linalg.norm(slopes), rel=1e-6)


def test_an_open_forget_gate_keeps_more_of_the_gradient():
    xs = np.random.default_rng(1).normal(size=(30, 1, 8))
    usual, open_gate = (recall_task.gradient_by_lag(xs, layer("lstm", bias)) for bias in (1, 4))
    assert open_gate[-1] / open_gate[0] > 10 * usual[-1] / usual[0]


@EACH_CELL
def test_each_cell_solves_a_short_lag(cell):
    updates = recall_task.updates_to_solve(Contender(cell), 3, 0, RecallSettings())
    assert updates is not None
    assert updates % 25 == 0


def test_too_few_updates_solve_nothing_and_success_is_a_share_of_the_seeds():
    contenders = {"plain": Contender("rnn")}
    calls = []
    few = RecallSettings(most_updates=1, check_every=1)
    rates = recall_task.success_rates(contenders, [3, 30], [0, 1], few, lambda: calls.append(1))
    assert rates["plain"].tolist() == [0, 0]
    assert len(calls) == 4
    enough = recall_task.success_rates(contenders, [2], [0, 1], RecallSettings(most_updates=100))
    assert enough["plain"].tolist() == [1]
