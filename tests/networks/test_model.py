"""The TensorFlow model: equal to Keras's own layers, carrying and forgetting its state, dropping outputs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from melody_tutorial.config import ModelSettings
from melody_tutorial.networks.checkpoint import weight_shapes
from melody_tutorial.networks.model import MelodyModel, drop

KERAS_LAYERS = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
CELLS = [*KERAS_LAYERS, "mingru"]
WINDOW, BATCH = 7, 4
IDS = np.random.default_rng(1).integers(0, 38, (WINDOW, BATCH)).astype(np.int32)
NO_RESETS = np.zeros((WINDOW, BATCH), bool)


def keras_twin(model: MelodyModel) -> keras.Model:
    """The same network from Keras's layers: one-hot ids (batch, window, classes) → logits."""
    layers = [
        KERAS_LAYERS[model.settings.cell](units, return_sequences=True) for units in model.settings.units
    ]
    twin = keras.Sequential(
        [keras.Input((None, model.settings.classes)), *layers, keras.layers.Dense(model.settings.classes)]
    )
    twin.set_weights(list(model.arrays().values()))
    return twin


def small_model(cell: str, **options) -> MelodyModel:
    model = MelodyModel(ModelSettings(cell=cell, units=(8, 6), **options), seed=3)
    rng = np.random.default_rng(2)  # biases of zero would hide a wrong bias
    model.load_arrays({k: v + rng.normal(0, 0.2, v.shape).astype("f4") for k, v in model.arrays().items()})
    return model


def one_hot(ids: np.ndarray) -> tf.Tensor:
    return tf.one_hot(ids.T, 38)


@pytest.mark.parametrize("cell", CELLS)
def test_weights_have_the_names_and_shapes_of_a_checkpoint(cell):
    model = small_model(cell)
    assert {name: array.shape for name, array in model.arrays().items()} == weight_shapes(model.settings)


@pytest.mark.parametrize("cell", KERAS_LAYERS)
def test_logits_equal_those_of_keras_layers(cell):
    model = small_model(cell)
    logits, _ = model(IDS, model.initial_state(BATCH), NO_RESETS)
    expected = keras_twin(model)(one_hot(IDS))
    np.testing.assert_allclose(logits, tf.transpose(expected, (1, 0, 2)), atol=1e-6)


@pytest.mark.parametrize("cell", KERAS_LAYERS)
def test_gradients_equal_those_of_keras_layers(cell):
    model = small_model(cell)
    twin = keras_twin(model)
    with tf.GradientTape() as tape:
        ours = tf.reduce_mean(model(IDS, model.initial_state(BATCH), NO_RESETS)[0] ** 2)
    gradients = tape.gradient(ours, model.trainable_variables)
    with tf.GradientTape() as tape:
        theirs = tf.reduce_mean(twin(one_hot(IDS)) ** 2)
    for ours, expected in zip(gradients, tape.gradient(theirs, twin.trainable_variables), strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(ours), expected, atol=1e-6)


def looped_mingru(model: MelodyModel, resets: np.ndarray, state: list) -> tf.Tensor:
    """Logits of a network of minimal GRU layers by their formulas, one step after the other."""
    steps = tf.unstack(tf.one_hot(IDS, 38))
    for layer, (h,) in zip(model.recurrent, state, strict=True):
        outputs = []
        for x, keep in zip(steps, 1.0 - resets[..., None].astype("f4"), strict=True):
            a_z, candidate = tf.split(x @ layer.kernel + layer.bias, 2, axis=1)
            z = 1 / (1 + tf.exp(-a_z))
            h = (1 - z) * (h * keep) + z * candidate
            outputs.append(h)
        steps = outputs
    return tf.stack(steps) @ model.logits.kernel + model.logits.bias


def test_the_scan_of_the_minimal_gru_gives_logits_and_gradients_of_its_loop():
    model, rng = small_model("mingru"), np.random.default_rng(4)
    state = [(tf.constant(rng.normal(size=(BATCH, units)), tf.float32),) for units in (8, 6)]
    resets = NO_RESETS.copy()
    resets[0, 0] = resets[4, 1] = True
    outcomes = []
    for run in (lambda: model(IDS, state, resets)[0], lambda: looped_mingru(model, resets, state)):
        with tf.GradientTape() as tape:
            logits = run()
            loss = tf.reduce_mean(logits**2)
        outcomes.append([logits, *tape.gradient(loss, model.trainable_variables)])
    for ours, expected in zip(*outcomes, strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(ours), tf.convert_to_tensor(expected), atol=1e-5)
        assert np.abs(tf.convert_to_tensor(expected)).max() > 1e-3


@pytest.mark.parametrize("cell", CELLS)
def test_two_windows_with_carried_state_equal_one_long_window(cell):
    model = small_model(cell)
    whole, _ = model(IDS, model.initial_state(BATCH), NO_RESETS)
    first, state = model(IDS[:3], model.initial_state(BATCH), NO_RESETS[:3])
    second, _ = model(IDS[3:], state, NO_RESETS[3:])
    np.testing.assert_allclose(tf.concat([first, second], 0), whole, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_melody_that_starts_inside_a_window_hears_nothing_of_the_one_before(cell):
    model = small_model(cell)
    resets = NO_RESETS.copy()
    resets[4, 1] = True
    logits, _ = model(IDS, model.initial_state(BATCH), resets)
    alone, _ = model(IDS[4:], model.initial_state(BATCH), NO_RESETS[4:])
    without, _ = model(IDS, model.initial_state(BATCH), NO_RESETS)
    np.testing.assert_allclose(logits[4:, 1], alone[:, 1], atol=1e-6)
    np.testing.assert_allclose(logits[:, 0], without[:, 0], atol=1e-6)
    assert np.abs(logits[4:, 1] - without[4:, 1]).max() > 1e-3


def test_gradients_stop_at_a_melody_start():
    model = small_model("lstm")
    resets = NO_RESETS.copy()
    resets[4] = True
    with tf.GradientTape() as tape:
        logits, _ = model(IDS, model.initial_state(BATCH), resets)
        loss = tf.reduce_sum(logits[4:] ** 2)
    gradient = tf.convert_to_tensor(tape.gradient(loss, model.recurrent[0].kernel.value)).numpy()
    used = np.zeros(38, bool)
    used[IDS[4:]] = True
    assert np.abs(gradient[~used]).max() == 0 and np.abs(gradient[used]).max() > 0


def test_dropout_zeroes_its_share_and_keeps_the_mean():
    dropped = drop(tf.ones((50, 40, 33)), 0.25, [3, 4]).numpy()
    assert np.mean(dropped == 0) == pytest.approx(0.25, abs=0.01)
    assert dropped.max() == pytest.approx(4 / 3)
    assert dropped.mean() == pytest.approx(1, abs=0.01)


def test_dropout_depends_on_its_seed_alone():
    model = small_model("lstm", dropout=0.5)
    arguments = (IDS, model.initial_state(BATCH), NO_RESETS)
    first, again, other = (model(*arguments, dropout_seed=[7, update])[0] for update in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    without, _ = model(*arguments)
    assert np.abs(first - without).max() > 1e-3


def test_same_seed_same_initial_weights():
    first, again, other = (MelodyModel(ModelSettings(units=(8,)), seed).arrays() for seed in (1, 1, 2))
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])
    assert not np.array_equal(first["layer_1/kernel"], other["layer_1/kernel"])
