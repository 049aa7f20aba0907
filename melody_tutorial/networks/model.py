"""The recurrent network in TensorFlow: what was heard goes in, logits of the next event come out."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from melody_tutorial.config import ModelSettings
from melody_tutorial.networks.attention import Attention
from melody_tutorial.networks.checkpoint import GATES
from melody_tutorial.networks.features import inputs_of, is_plain, offsets_of, pointed_at, tables_of
from melody_tutorial.networks.labels import num_labels
from melody_tutorial.networks.scan import scan

State = tuple[tf.Tensor, ...]  # (h,) or (h, c), each (batch, units); of attention too, as it says


def rnn_step(x: tf.Tensor, product: tf.Tensor, h: tf.Tensor) -> State:
    """One step of the plain network (Elman 1990): h ← tanh(x + h W_hh).

    Every step function here takes ``x``, the input's share W_x· x_t + b with one block of columns for each
    gate, and ``product``, the state's share h_{t−1} W_h·, both (batch, gates · units), then the state.
    """
    return (tf.tanh(x + product),)


def lstm_step(x: tf.Tensor, product: tf.Tensor, h: tf.Tensor, c: tf.Tensor) -> State:
    """One step of the LSTM (Hochreiter & Schmidhuber 1997) with a forget gate (Gers et al. 2000).

    Columns in Keras's order: input gate i, forget gate f, candidate c̃, output gate o.
    """
    i, f, candidate, o = tf.split(x + product, 4, axis=1)
    c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(candidate)
    return tf.sigmoid(o) * tf.tanh(c), c


def gru_step(x: tf.Tensor, product: tf.Tensor, h: tf.Tensor) -> State:
    """One step of the GRU (Cho et al. 2014) in Keras's ``reset_after`` form.

    Columns in Keras's order: update gate z, reset gate r, candidate. The reset gate acts on the product
    with the recurrent kernel, not on the state before it as in the paper.
    """
    x_z, x_r, x_candidate = tf.split(x, 3, axis=1)
    h_z, h_r, h_candidate = tf.split(product, 3, axis=1)
    z = tf.sigmoid(x_z + h_z)
    candidate = tf.tanh(x_candidate + tf.sigmoid(x_r + h_r) * h_candidate)
    return (z * h + (1.0 - z) * candidate,)


STEPS: dict[str, Callable[..., State]] = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step}


def unroll(
    step: Callable[..., State], x: tf.Tensor, W: tf.Tensor, b: tf.Tensor | None, state: State, keep: tf.Tensor
) -> tuple[tf.Tensor, State]:
    """Unroll the loop ``state = step(x_t, state W + b, state)`` into a feed-forward network.

    Backpropagation through time (Werbos 1990) runs through the window alone: no gradient reaches the
    state that came in (truncated as in Williams & Peng 1990). The gradient of W is one large matrix
    product over all steps, Σ_t h_{t−1}ᵀ δ_t, instead of a sum of many small ones: same result, faster.

    Args:
        step: one of ``STEPS``.
        x: the inputs' share of every step, (window, batch, gates · units).
        W, b: recurrent kernel (units, gates · units) and recurrent bias (gates · units,) or None.
        state: state before the window, each part (batch, units).
        keep: 0 where a melody starts and the state is forgotten, else 1; (window, batch, 1).

    Returns:
        The h of every step, (window, batch, units), and the state after the window.
    """

    @tf.custom_gradient
    def run(x: tf.Tensor, W: tf.Tensor, *biases: tf.Tensor):
        W_T = tf.transpose(W)

        @tf.custom_gradient
        def through(h: tf.Tensor):
            return tf.matmul(h, W), lambda d_product: tf.matmul(d_product, W_T)

        xs, products = tf.unstack(x), []
        now, before, after = state, [], []
        with tf.GradientTape() as tape:
            tape.watch(xs)
            for x_t, keep_t in zip(xs, tf.unstack(keep), strict=True):
                now = tuple(part * keep_t for part in now)
                before.append(now[0])
                products.append(through(now[0]))
                tape.watch(products[-1])
                now = step(x_t, sum(biases, products[-1]), *now)
                after.append(now[0])
            h = tf.stack(after)

        def gradients(d_h: tf.Tensor, *_):
            d_xs, d_products = tape.gradient(h, [xs, products], d_h)
            d_product = tf.stack(d_products)  # (window, batch, gates · units)
            # Where x_t and the product are only added up, one and the same tensor is the gradient of both.
            d_x = d_product if d_xs[0] is d_products[0] else tf.stack(d_xs)
            d_W = tf.matmul(rows(tf.stack(before)), rows(d_product), transpose_a=True)
            return d_x, d_W, *(tf.reduce_sum(d_product, (0, 1)) for _ in biases)

        return (h, *now), gradients

    h, *after = run(x, W, *([] if b is None else [b]))
    return h, tuple(after)


def mingru(x: tf.Tensor, state: State, keep: tf.Tensor) -> tuple[tf.Tensor, State]:
    """All steps of the minimal GRU (Feng et al. 2024) by a scan; arguments and result as of ``unroll``.

    Columns: update gate z, candidate h̃. Where a melody starts, the state before it counts for nothing.
    """
    z, candidate = tf.split(x, 2, axis=2)
    z = tf.sigmoid(z)
    h = scan((1.0 - z) * keep, z * candidate, *state)
    return h, (h[-1],)


def rows(x: tf.Tensor) -> tf.Tensor:
    """(window, batch, features) → (window · batch, features): one matrix for one large product."""
    return tf.reshape(x, (-1, x.shape[-1]))


def drop(x: tf.Tensor, rate: float, seed: tf.Tensor) -> tf.Tensor:
    """Dropout (Srivastava et al. 2014): zero a share of x at random, and enlarge the rest to keep the mean.

    A random byte decides on each value, so that the share is the nearest of 256ths; drawing bytes takes a
    third of the time of drawing floats.
    """
    threshold = min(round(rate * 256), 255)
    values = x.shape.num_elements()
    words = tf.random.stateless_uniform((-(-values // 4),), seed, minval=None, maxval=None, dtype=tf.int32)
    random = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), (-1,))[:values], x.shape)
    return x * tf.where(random >= tf.constant(threshold, tf.uint8), 256 / (256 - threshold), 0.0)


class RecurrentLayer(keras.layers.Layer):
    """A recurrent layer whose state is carried from window to window and forgotten at a melody's start.

    Its weights have the names and shapes of the Keras layer of the same cell, and give the same outputs.
    """

    def __init__(self, cell: str, units: int, **options):
        super().__init__(**options)
        self.cell, self.units = cell, units

    def build(self, classes: int) -> None:
        """Create the weights for inputs of ``classes`` features; the forget gate starts open."""
        width = GATES[self.cell] * self.units
        self.kernel = self.add_weight((classes, width), "glorot_uniform", name="kernel")
        if self.cell != "mingru":
            shape = (self.units, width)
            self.recurrent_kernel = self.add_weight(shape, "orthogonal", name="recurrent_kernel")
        self.bias = self.add_weight((2, width) if self.cell == "gru" else (width,), "zeros", name="bias")
        if self.cell == "lstm":
            # A bias of 1 lets the cell state last from the start (Jozefowicz et al. 2015).
            self.bias.assign(tf.repeat([0.0, 1.0, 0.0, 0.0], self.units))

    def call(self, x: tf.Tensor, state: State, keep: tf.Tensor) -> tuple[tf.Tensor, State]:
        """One window: ids (window, batch) or features (window, batch, ·) → h of every step, and the state."""
        bias, recurrent_bias = tf.unstack(self.bias) if self.cell == "gru" else (self.bias, None)
        if x.dtype.is_integer:  # the one 1 of each one-hot vector adds the bias too: no pass for it alone
            share = tf.matmul(rows(tf.one_hot(x, self.kernel.shape[0])), self.kernel + bias)
        else:
            share = tf.nn.bias_add(tf.matmul(rows(x), self.kernel), bias)
        share = tf.reshape(share, (*x.shape[:2], -1))
        if self.cell == "mingru":
            return mingru(share, state, keep)
        W = tf.convert_to_tensor(self.recurrent_kernel)
        return unroll(STEPS[self.cell], share, W, recurrent_bias, state, keep)


class Embedding(keras.layers.Layer):
    """The sum of one row of weights for each feature: a one-hot vector times a matrix, looked up.

    Args:
        offsets: row of the first value of each feature, then the number of rows, as of ``offsets_of``.
    """

    def __init__(self, offsets: np.ndarray, width: int, **options):
        super().__init__(**options)
        self.offsets = offsets
        spread = keras.initializers.RandomNormal(stddev=0.1)
        self.kernel = self.add_weight((int(offsets[-1]), width), spread, name="kernel")
        self.built = True

    def call(self, values: tf.Tensor, rate: float = 0.0, seed: tf.Tensor | None = None) -> tf.Tensor:
        """Values (window, batch, features) → (window, batch, width); with a seed, some features left out."""
        looked_up = tf.gather(self.kernel, tf.reshape(values, (-1, values.shape[-1])) + self.offsets[:-1])
        if rate and seed is not None:
            looked_up *= drop(tf.ones(looked_up.shape[:2]), rate, seed)[:, :, tf.newaxis]
        return tf.reshape(tf.reduce_sum(looked_up, axis=1), (*values.shape[:2], self.kernel.shape[1]))


class MelodyModel(keras.Model):
    """Features → recurrent layers → logits of the next event's label: ``basic_rnn`` of 2016 by default."""

    def __init__(self, settings: ModelSettings, seed: int = 0):
        super().__init__(name="melody_model")
        self.settings = settings
        keras.utils.set_random_seed(seed)
        offsets = offsets_of(settings)
        self.embedding = (
            Embedding(offsets, settings.embedding, name="embedding") if settings.embedding else None
        )
        self.recurrent = [
            RecurrentLayer(settings.cell, units, name=f"layer_{number}")
            for number, units in enumerate(settings.units, 1)
        ]
        inputs, self.parts = inputs_of(settings), 2 if settings.cell == "lstm" else 1
        self.tables = None if settings.embedding or is_plain(settings) else tuple(tables_of(settings))
        for layer, features in zip(self.recurrent, (inputs, *settings.units), strict=False):
            layer.build(features)
        units, length = settings.units[0], settings.attention
        self.attention = Attention(length, inputs, units, self.parts) if length else None
        self.logits = self._answer(num_labels(settings), "logits")
        self.pointed_at = pointed_at(settings)
        self.pointer = self._answer(len(self.pointed_at), "pointer") if settings.pointer else None
        self.built = True

    def _answer(self, width: int, name: str) -> keras.layers.Dense:
        """A layer on top of the last recurrent one."""
        layer = keras.layers.Dense(width, name=name)
        layer.build((None, self.settings.units[-1]))
        return layer

    def initial_state(self, batch_size: int) -> list[State]:
        """Zeros: nothing heard yet. One tuple of (batch, units) arrays for each layer."""
        first, *others = (
            tuple(tf.zeros((batch_size, units)) for _ in range(self.parts)) for units in self.settings.units
        )
        return [(*first, *self.attention.initial_state(batch_size)) if self.attention else first, *others]

    def call(
        self, inputs: tf.Tensor, state: list[State], resets: tf.Tensor, dropout_seed: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, list[State]]:
        """Logits of what is said at every step, (window, batch, labels), and the state after the window.

        Args:
            inputs: as of ``Reading``: values of features, (window, batch, features), or events, (window,
                batch); int32.
            state: what ``initial_state`` or the window before gave.
            resets: True where a melody starts, (window, batch).
            dropout_seed: two int32 that fix what is dropped; None: nothing is.
        """
        keep = 1.0 - tf.cast(resets, tf.float32)[:, :, tf.newaxis]
        h, after = self._read(inputs, dropout_seed), []
        for number, (layer, before) in enumerate(zip(self.recurrent, state, strict=True)):
            if self.attention and not number:
                how = {"layer": layer, "step": STEPS[layer.cell]}
                h, layer_after = self.attention(h, state=before, keep=keep, **how)
            else:
                h, layer_after = layer(h, before, keep)
            after.append(layer_after)
            if dropout_seed is not None and self.settings.dropout:
                h = drop(h, self.settings.dropout, tf.add(dropout_seed, number))
        return self._pointed(self.logits(h), h, inputs), after

    def _read(self, inputs: tf.Tensor, dropout_seed: tf.Tensor | None) -> tf.Tensor:
        """What the first layer reads: a sum of learned rows, rows of tables side by side, or events."""
        if self.embedding:
            seed = None if dropout_seed is None else tf.add(dropout_seed, len(self.recurrent))
            return self.embedding(inputs, rate=self.settings.feature_dropout, seed=seed)
        if self.tables is None:
            return inputs
        looked_up = [tf.gather(table, inputs[..., n]) for n, table in enumerate(self.tables)]
        return tf.concat(looked_up, -1)

    def _pointed(self, logits: tf.Tensor, h: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        """The logits, those of the events that are pointed at raised by what the pointer says."""
        if not self.pointer:
            return logits
        strengths = tf.unstack(self.pointer(h), axis=-1)
        for number, strength in zip(self.pointed_at, strengths, strict=True):
            event = inputs[..., number]
            is_one = tf.cast(event < self.settings.classes, tf.float32)  # not when nothing was there
            logits += tf.one_hot(event, self.settings.outcomes) * (strength * is_one)[..., tf.newaxis]
        return logits

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights as a checkpoint names them."""
        return {name: variable.numpy() for name, variable in self.named_variables().items()}

    def load_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the weights of a checkpoint."""
        for name, variable in self.named_variables().items():
            variable.assign(arrays[name])

    def named_variables(self) -> dict[str, keras.Variable]:
        """Every trainable variable under its name in a checkpoint, such as ``layer_1/kernel``."""
        return {
            f"{layer.name}/{variable.name}": variable
            for layer in filter(
                None, (self.embedding, self.attention, *self.recurrent, self.logits, self.pointer)
            )
            for variable in layer.trainable_variables
        }
