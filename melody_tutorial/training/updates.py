"""One weight update and one look at validation melodies: what the training loop calls for each window."""

import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from melody_tutorial.config import TrainingSettings
from melody_tutorial.datasets import Window
from melody_tutorial.networks import MelodyModel, State

REPLICAS = 2  # halves of a batch, each a branch of the graph that one thread runs


class Totals(NamedTuple):
    """Sums over events; their quotients are what is reported.

    Attributes:
        loss: nats. events: labels counted. correct: labels that the likeliest one met.
        onsets: labels of a note-on. correct_onsets: those that the likeliest one met.
    """

    loss: float
    events: float
    correct: float
    onsets: float
    correct_onsets: float

    def figures(self) -> dict[str, float]:
        """Nats per event, and the shares of events and of onsets that were predicted right."""
        return {
            "loss": float(self.loss / self.events),
            "accuracy": float(self.correct / self.events),
            "onset_accuracy": float(self.correct_onsets / max(self.onsets, 1.0)),
        }


ReadWindow = Callable[[Window, list[list[State]]], tuple[tf.Tensor, list[list[State]]]]


def use_threads() -> None:
    """Give each branch of the graph a thread of its own, instead of both threads to one operation.

    The products of one step are too small to share: one thread for each of two branches trained 2.1 times
    as fast here. TensorFlow takes this only before its first operation; later it keeps what it has.

    Its rewriting of graphs (Grappler) is turned off: among thousands of small operations it looks for two
    seconds, and finds nothing that makes an update faster.
    """
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    if tf.config.threading.get_intra_op_parallelism_threads() != 1:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(max(REPLICAS, os.cpu_count() or 1))
        except RuntimeError:
            return


def totals_of(logits: tf.Tensor, window: Window) -> tuple[tf.Tensor, tf.Tensor]:
    """The summed loss of a window, and the ``Totals`` of what figures count, as one vector of 5."""
    nats, counted = tf.nn.sparse_softmax_cross_entropy_with_logits(window.labels, logits), window.counted
    hits = counted * tf.cast(tf.argmax(logits, -1, tf.int32) == window.labels, tf.float32)
    of_onsets = window.onsets, hits * window.onsets
    sums = [tf.reduce_sum(part) for part in (nats * counted, counted, hits, *of_onsets)]
    return tf.reduce_sum(nats * window.mask), tf.stack(sums)


def split(window: Window, replicas: int) -> list[Window]:
    """The window of each replica: an equal share of the streams, with time as the first axis.

    All parts come as (batch, window, …) and leave as (window, batch / replicas, …).
    """
    turned = (tf.transpose(part, (1, 0, *range(2, len(part.shape)))) for part in window)
    columns = (tf.cast(part, tf.int32) if part.dtype.is_integer else part for part in turned)
    return [
        Window(*shares) for shares in zip(*(tf.split(part, replicas, 1) for part in columns), strict=True)
    ]


def replicas_for(batch_size: int) -> int:
    """How many equal shares a batch of that size is cut into."""
    return REPLICAS if batch_size % REPLICAS == 0 else 1


def initial_states(model: MelodyModel, batch_size: int) -> list[list[State]]:
    """The state of nothing heard yet, for each replica."""
    replicas = replicas_for(batch_size)
    return [model.initial_state(batch_size // replicas) for _ in range(replicas)]


def make_update(
    model: MelodyModel, optimizer: keras.optimizers.Optimizer, settings: TrainingSettings
) -> ReadWindow:
    """A compiled function: one window and the states before it → totals and the states after it.

    It updates the weights: cross entropy, gradients through the window, clipping by the global norm
    (Pascanu et al. 2013), Adam (Kingma & Ba 2015).
    """
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function(autograph=False)  # traced once, called for each replica
    def gradients(window: Window, state: list[State], seed: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            logits, after = model(window.inputs, state, window.resets, dropout_seed=seed)
            loss, totals = totals_of(logits, window)
        return [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)], totals, after

    @tf.function(autograph=False)
    def update(window: Window, states: list[list[State]]) -> tuple:
        number = tf.cast(optimizer.iterations, tf.int32)
        shares = enumerate(zip(split(window, len(states)), states, strict=True))
        parts = [gradients(*share, tf.stack([settings.seed + 1000 * n, number])) for n, share in shares]
        events = tf.maximum(tf.reduce_sum(window.mask), 1.0)
        summed = [tf.add_n(g) / events for g in zip(*(part[0] for part in parts), strict=True)]
        clipped, _ = tf.clip_by_global_norm(summed, settings.clip_norm)
        optimizer.apply_gradients(zip(clipped, variables, strict=True))
        return tf.add_n([part[1] for part in parts]), [part[2] for part in parts]

    return update


def make_measure(model: MelodyModel) -> ReadWindow:
    """Like ``make_update``, without dropout, gradients and updates."""

    @tf.function(autograph=False)
    def totals(window: Window, state: list[State]) -> tuple:
        logits, after = model(window.inputs, state, window.resets)
        return totals_of(logits, window)[1], after

    @tf.function(autograph=False)
    def measure(window: Window, states: list[list[State]]) -> tuple:
        parts = [totals(*share) for share in zip(split(window, len(states)), states, strict=True)]
        return tf.add_n([part[0] for part in parts]), [part[1] for part in parts]

    return measure


def run_windows(
    read: ReadWindow,
    windows: Iterable[Window],
    states: list[list[State]],
    on_window: Callable[[int, Totals], None] | None = None,
    done: int = 0,
) -> Totals:
    """Call ``read`` on each window in order, carry the state along, and add up the totals.

    ``on_window`` is called after each with the number of windows so far, counted from ``done``.
    """
    sums = np.zeros(len(Totals._fields))
    for number, window in enumerate(windows, done + 1):
        totals, states = read(window, states)
        sums += totals.numpy()
        if on_window:
            on_window(number, Totals(*sums))
    return Totals(*sums)
