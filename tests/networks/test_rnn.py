"""The formulas of ``rnn`` and ``bptt`` against finite differences, Keras, GradientTape and ``inference``."""

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.networks import bptt, rnn
from melody_tutorial.networks.bptt import finite_difference
from melody_tutorial.networks.inference import Network

CELLS = {
    "rnn": (rnn.rnn_forward, bptt.rnn_backward, 1),
    "lstm": (rnn.lstm_forward, bptt.lstm_backward, 4),
    "gru": (rnn.gru_forward, bptt.gru_backward, 3),
    "mingru": (rnn.mingru_forward, bptt.mingru_backward, 2),
}
IN_KERAS = [cell for cell in CELLS if cell != "mingru"]
STEPS, BATCH, INPUTS, UNITS = 5, 3, 4, 6


def keras_weights(cell, rng, inputs=INPUTS, units=UNITS):
    """Kernel, recurrent kernel (none for mingru) and bias of one layer, in Keras's layout, float64."""
    width = CELLS[cell][2] * units
    bias = (2, width) if cell == "gru" else (width,)
    kernel, recurrent, bias = (rng.normal(0, 0.6, shape) for shape in ((inputs, width), (units, width), bias))
    return kernel, None if cell == "mingru" else recurrent, bias


def problem(cell, seed=0):
    """One layer, a sequence, initial states, and a weight for each output: loss = Σ weight · h."""
    rng = np.random.default_rng(seed)
    w = rnn.from_keras(cell, *keras_weights(cell, rng))
    states = tuple(rng.normal(0, 0.5, (2 if cell == "lstm" else 1, BATCH, UNITS)))
    return w, rng.normal(size=(STEPS, BATCH, INPUTS)), states, rng.normal(size=(STEPS, BATCH, UNITS))


def forward(cell, xs, states, w):
    """All states that the layer's backward pass needs, as a tuple: (hs,) or (hs, cs)."""
    result = CELLS[cell][0](xs, *states, w)
    return result if cell == "lstm" else (result,)


def test_finite_differences_of_a_known_function_leave_the_array_as_it_was():
    array = np.array([[1.0, -2.0], [0.5, 3.0]])
    found = finite_difference(lambda: (array**3).sum(), array)
    np.testing.assert_allclose(found, 3 * array**2, atol=1e-7)
    np.testing.assert_array_equal(array, [[1.0, -2.0], [0.5, 3.0]])


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_equal_finite_differences(cell):
    w, xs, states, weight = problem(cell)
    w = type(w)(*(array.copy() for array in w))
    gradients, dxs, *dstates = CELLS[cell][1](xs, *forward(cell, xs, states, w), weight, w)

    def loss():
        return (forward(cell, xs, states, w)[0][1:] * weight).sum()

    for name in w._fields:
        expected = finite_difference(loss, getattr(w, name))
        np.testing.assert_allclose(getattr(gradients, name), expected, atol=1e-8, err_msg=name)
    np.testing.assert_allclose(dxs, finite_difference(loss, xs), atol=1e-8)
    for dstate, state in zip(dstates, states, strict=True):
        np.testing.assert_allclose(dstate, finite_difference(loss, state), atol=1e-8)


def keras_layer(cell, weights):
    """The Keras layer of that cell with these weights, in float64."""
    keras = pytest.importorskip("keras")
    kind = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    layer = kind(UNITS, return_sequences=True, dtype="float64")
    layer.build((None, None, INPUTS))
    layer.set_weights(weights)
    return layer


@pytest.mark.parametrize("cell", IN_KERAS)
def test_forward_and_gradients_equal_tensorflow(cell):
    tf = pytest.importorskip("tensorflow")
    _, xs, states, weight = problem(cell)
    weights = keras_weights(cell, np.random.default_rng(7))
    layer, w = keras_layer(cell, weights), rnn.from_keras(cell, *weights)
    inputs = tf.constant(xs.swapaxes(0, 1))  # Keras: (batch, steps, inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, initial_state=[tf.constant(state) for state in states])
        loss = tf.reduce_sum(outputs * weight.swapaxes(0, 1))
    found = forward(cell, xs, states, w)
    np.testing.assert_allclose(found[0][1:].swapaxes(0, 1), outputs, atol=1e-12)

    gradients, dxs, *_ = CELLS[cell][1](xs, *found, weight, w)
    kernel, recurrent, bias, dinputs = tape.gradient(
        loss, [*(v.value for v in layer.trainable_variables), inputs]
    )
    ours = rnn.to_keras(gradients)
    np.testing.assert_allclose(dxs.swapaxes(0, 1), dinputs, atol=1e-11)
    np.testing.assert_allclose(ours[0], kernel, atol=1e-11)
    np.testing.assert_allclose(ours[1], recurrent, atol=1e-11)
    # The gates z and r of the GRU have one bias here and two in Keras, with the same gradient.
    expected = bias.numpy()
    if cell == "gru":
        np.testing.assert_allclose(expected[0, : 2 * UNITS], expected[1, : 2 * UNITS], atol=1e-11)
        expected[1, : 2 * UNITS] = 0
    np.testing.assert_allclose(ours[2], expected, atol=1e-11)


@pytest.mark.parametrize("cell", CELLS)
def test_keras_layout_round_trip(cell):
    w = problem(cell)[0]
    again = rnn.from_keras(cell, *rnn.to_keras(w))
    for name in w._fields:
        np.testing.assert_array_equal(getattr(again, name), getattr(w, name), err_msg=name)


def test_a_minimal_gru_by_hand():
    """One unit whose gate is half open: each state is the mean of the one before and the input, doubled."""
    w = rnn.MinGRUWeights(*(np.array(weight) for weight in ([[0.0]], [0.0], [[2.0]], [0.0])))
    hs = rnn.mingru_forward(np.array([3.0, 1.0, -2.0]).reshape(3, 1, 1), np.array([[8.0]]), w)
    assert hs.ravel().tolist() == [8, 7, 4.5, 0.25]


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 8, 64, 100])
def test_a_scan_gives_what_the_loop_gives(steps):
    rng = np.random.default_rng(steps)
    w = rnn.from_keras("mingru", *keras_weights("mingru", rng))
    xs, h = rng.normal(size=(steps, BATCH, INPUTS)), rng.normal(size=(BATCH, UNITS))
    looped = rnn.mingru_forward(xs, h, w)
    np.testing.assert_allclose(rnn.mingru_scan(xs, h, w), looped, atol=1e-12)
    assert np.abs(rnn.mingru_scan(xs, np.zeros_like(h), w)[1] - looped[1]).max() > 0.01  # h does count


def test_cross_entropy_of_known_probabilities():
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
    assert rnn.cross_entropy(logits, np.array([0, 1])) == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2)
    assert rnn.cross_entropy(np.zeros((4, 38)), np.arange(4)) == pytest.approx(np.log(38))
    np.testing.assert_allclose(rnn.softmax(logits + 1e4), np.exp(logits), rtol=1e-9)
    assert np.isfinite(rnn.log_softmax(np.array([0.0, -1e6]))).all()


def test_bptt_of_a_whole_melody_model():
    """Loss and gradients of ids → one-hot → RNN → logits, on the first notes of Twinkle."""
    rng = np.random.default_rng(3)
    ids = np.array([14, 0, 14, 0, 21, 0, 21, 0, 23])[:, None]
    w = rnn.from_keras("rnn", *keras_weights("rnn", rng, inputs=38))
    h, W_hy, b_y = np.zeros((1, UNITS)), rng.normal(size=(UNITS, 38)), rng.normal(size=38)

    def loss():
        return bptt.rnn_loss_and_gradients(ids, h, w, W_hy, b_y)[0]

    value, (dw, dW_hy, db_y), last = bptt.rnn_loss_and_gradients(ids, h, w, W_hy, b_y)
    assert value == pytest.approx(loss())
    np.testing.assert_allclose(dW_hy, finite_difference(loss, W_hy), atol=1e-8)
    np.testing.assert_allclose(db_y, finite_difference(loss, b_y), atol=1e-8)
    np.testing.assert_allclose(dw.W_hh, finite_difference(loss, w.W_hh), atol=1e-8)
    assert last.shape == (1, UNITS)


def test_windows_with_carried_state_give_the_loss_of_the_whole():
    rng = np.random.default_rng(5)
    ids = rng.integers(0, 38, (24, 2))
    w = rnn.from_keras("rnn", *keras_weights("rnn", rng, inputs=38))
    W_hy, b_y, h = rng.normal(size=(UNITS, 38)), np.zeros(38), np.zeros((2, UNITS))
    whole, whole_gradients, last = bptt.rnn_loss_and_gradients(ids, h, w, W_hy, b_y)
    total, recurrent = 0.0, 0.0
    for window in bptt.truncated_windows(ids, 10):
        loss, (dw, _, _), h = bptt.rnn_loss_and_gradients(window, h, w, W_hy, b_y)
        total += loss * (len(window) - 1)
        recurrent += dw.W_hh * (len(window) - 1)
    assert total / 23 == pytest.approx(whole)
    np.testing.assert_allclose(h, last)
    assert not np.allclose(recurrent / 23, whole_gradients[0].W_hh)  # truncation loses what crosses a cut


def formula_logits(checkpoint, ids):
    """Logits after each step by the formulas, in float64; ids (steps, batch)."""
    xs = rnn.one_hot(ids, checkpoint.model.classes)
    weights = {name: array.astype(np.float64) for name, array in checkpoint.weights.items()}
    for number, units in enumerate(checkpoint.model.units, 1):
        names = ("kernel", "recurrent_kernel", "bias")
        cell = checkpoint.model.cell
        w = rnn.from_keras(cell, *(weights.get(f"layer_{number}/{name}") for name in names))
        zero = np.zeros((ids.shape[1], units))
        xs = forward(cell, xs, (zero, zero) if cell == "lstm" else (zero,), w)[0][1:]
    return xs @ weights["logits/kernel"] + weights["logits/bias"]


@pytest.mark.parametrize("units", [(7,), (8, 6), (5, 9, 4)])
@pytest.mark.parametrize("cell", CELLS)
def test_inference_equals_the_formulas(cell, units):
    checkpoint = random_checkpoint(units=units, cell=cell)
    ids = np.random.default_rng(1).integers(0, 38, (20, 3))
    network = Network(checkpoint, batch=3)
    logits = np.stack([network.step(row) for row in ids])
    np.testing.assert_allclose(logits, formula_logits(checkpoint, ids), atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_inference_equals_keras(cell):
    """The whole trained network: one-hot 38 → 128 → 128 → 38, logits within 1e-5."""
    keras = pytest.importorskip("keras")
    checkpoint = random_checkpoint(units=(128, 128), cell=cell, scale=0.15)
    layer = keras.layers.LSTM if cell == "lstm" else keras.layers.GRU
    model = keras.Sequential(
        [
            keras.Input((None, 38)),
            layer(128, return_sequences=True),
            layer(128, return_sequences=True),
            keras.layers.Dense(38),
        ]
    )
    model.set_weights([checkpoint.weights[variable_name] for variable_name in checkpoint.weights])
    ids = np.random.default_rng(2).integers(0, 38, (50, 4))
    network = Network(checkpoint, batch=4)
    logits = np.stack([network.step(row) for row in ids], axis=1)
    expected = model(rnn.one_hot(ids.T, 38, np.float32)).numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_selected_states_go_on_as_the_chosen_sequences(cell):
    checkpoint = random_checkpoint(cell=cell)
    network, copy = Network(checkpoint, batch=3), Network(checkpoint, batch=1)
    for row in ([5, 14, 0], [0, 16, 21]):
        network.step(np.array(row))
        copy.step(np.array(row[1:2]))
    network.select(np.array([1, 1, 0]))
    logits = network.step(np.array([2, 2, 2]))
    np.testing.assert_allclose(logits[:2], np.repeat(copy.step(np.array([2])), 2, axis=0), atol=1e-6)
    assert not np.allclose(logits[2], logits[0])
