"""Attention over what a recurrent layer said last, in TensorFlow: that of Magenta's attention_rnn (2016).

The scores are those of Bahdanau et al. (Neural machine translation by jointly learning to align and
translate, 2014, section 3.1), of the layer's own last n outputs o_{t−n} … o_{t−1} instead of another
sequence's states. With x_t what the layer would read, a_{t−1} what it attended to, and s_t its state, which
is [c_t, h_t] of an LSTM:

    x′_t = [x_t, a_{t−1}] W_i + b_i
    s_t = cell(x′_t, s_{t−1})
    u_j = v · tanh(o_j W_m + s_t W_q + b_q)      j = t − n … t − 1
    a_t = Σ_j softmax(u)_j o_j
    o_t = [h_t, a_t] W_o + b_o

Before the first step all o, a and s are zero; those o count among the n as any others, as in TensorFlow 1's
``AttentionCellWrapper``. ``inference`` has the same in NumPy.
"""

from collections.abc import Callable

import keras
import tensorflow as tf


class Attention(keras.layers.Layer):
    """The weights around a recurrent layer, and the loop over a window.

    Args:
        length: n, how many outputs are attended to.
        inputs: numbers in x_t.
        units: of the recurrent layer, and of all that is attended to.
        parts: of its state: 2 of an LSTM's, else 1.
    """

    def __init__(self, length: int, inputs: int, units: int, parts: int):
        super().__init__(name="attention")
        self.length, self.units = length, units

        def add(name: str, *shape: int) -> keras.Variable:
            return self.add_weight(shape, "zeros" if "bias" in name else "glorot_uniform", name=name)

        self.input_kernel, self.input_bias = (
            add("input_kernel", inputs + units, inputs),
            add("input_bias", inputs),
        )
        self.query_kernel, self.query_bias = (
            add("query_kernel", parts * units, units),
            add("query_bias", units),
        )
        self.memory_kernel, self.score = add("memory_kernel", units, units), add("score", units)
        self.output_kernel, self.output_bias = (
            add("output_kernel", 2 * units, units),
            add("output_bias", units),
        )
        self.built = True

    def initial_state(self, batch_size: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Zeros: a, (batch, units), and the last outputs, (batch, length, units)."""
        return tf.zeros((batch_size, self.units)), tf.zeros((batch_size, self.length, self.units))

    def call(
        self,
        x: tf.Tensor,
        layer: keras.layers.Layer,
        step: Callable,
        state: tuple[tf.Tensor, ...],
        keep: tf.Tensor,
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
        """One window, step by step.

        Args:
            x: what the layer reads, (window, batch, inputs).
            layer, step: a ``RecurrentLayer``, and the step of its cell.
            state: the layer's, then as of ``initial_state``.
            keep: 0 where a melody starts and all is forgotten, else 1; (window, batch, 1).

        Returns:
            o_t of every step, (window, batch, units), and the state after the window.
        """
        bias, recurrent_bias = tf.unstack(layer.bias) if layer.cell == "gru" else (layer.bias, 0.0)
        # No curve lies between W_i and the layer's kernel: their product is one matrix for both.
        kernel = tf.matmul(self.input_kernel, layer.kernel)
        bias += tf.linalg.matvec(layer.kernel, self.input_bias, transpose_a=True)
        share = tf.tensordot(x, kernel[: -self.units], 1) + bias
        *state, a, memory = state
        keys, outputs = tf.matmul(memory, self.memory_kernel), []
        for x_t, keep_t in zip(tf.unstack(share), tf.unstack(keep), strict=True):
            *state, a = (part * keep_t for part in (*state, a))
            memory, keys = memory * keep_t[:, tf.newaxis], keys * keep_t[:, tf.newaxis]
            product = tf.matmul(state[0], layer.recurrent_kernel) + recurrent_bias
            state = step(x_t + tf.matmul(a, kernel[-self.units :]), product, *state)
            a = self.attend(tf.concat(state[::-1], 1), memory, keys)
            o = tf.matmul(tf.concat([state[0], a], 1), self.output_kernel) + self.output_bias
            memory = tf.concat([memory[:, 1:], o[:, tf.newaxis]], 1)
            keys = tf.concat([keys[:, 1:], tf.matmul(o, self.memory_kernel)[:, tf.newaxis]], 1)
            outputs.append(o)
        return tf.stack(outputs), (*state, a, memory)

    def attend(self, s: tf.Tensor, memory: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """a_t from s_t, the last outputs o_j and o_j W_m."""
        query = tf.matmul(s, self.query_kernel) + self.query_bias
        u = tf.tensordot(tf.tanh(keys + query[:, tf.newaxis]), self.score, 1)
        return tf.linalg.matvec(memory, tf.nn.softmax(u), transpose_a=True)
