"""The learner's own network: a plain recurrent network in NumPy, trained by truncated backpropagation.

Melodies stand one after the other in parallel streams, as in ``streams``, but each begins a new window. So
the state needs to be set to zero only between two windows, and ``bptt.rnn_backward`` serves as it is.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from melody_tutorial.config import ModelSettings
from melody_tutorial.course.recall_task import Contender, new_layer
from melody_tutorial.datasets import Window, deal
from melody_tutorial.melodies import NUM_CLASSES, NUM_SPECIAL_EVENTS
from melody_tutorial.networks import (
    Checkpoint,
    RNNWeights,
    log_softmax,
    one_hot,
    output_backward,
    rnn_backward,
    rnn_forward,
    softmax,
)

MEASURED_WINDOW = 64  # steps; it changes the speed, not the figures


class PlainNetwork(NamedTuple):
    """One recurrent layer and logits, h_t = tanh(x_t W_xh + h_{t−1} W_hh + b_h), y_t = h_t W_hy + b_y.

    Gradients have the same five fields.
    """

    W_xh: np.ndarray
    W_hh: np.ndarray
    b_h: np.ndarray
    W_hy: np.ndarray
    b_y: np.ndarray


def new_network(units: int, rng: np.random.Generator) -> PlainNetwork:
    """An untrained network of float32, begun as Keras begins one."""
    layer = new_layer(Contender("rnn"), NUM_CLASSES, units, rng)
    limit = np.sqrt(6 / (units + NUM_CLASSES))
    output = rng.uniform(-limit, limit, (units, NUM_CLASSES)), np.zeros(NUM_CLASSES)
    return PlainNetwork(*(array.astype(np.float32) for array in (*layer, *output)))


def melody_windows(
    melodies: Sequence[np.ndarray], batch_size: int, window: int, rng: np.random.Generator | None = None
) -> Iterator[Window]:
    """One pass over all melodies in windows to be taken in this order; each melody begins a window.

    Arguments and arrays are those of ``streams.stream_windows``; ``resets`` may be set in the first column
    alone. What is left of a melody's last window holds zeros, and its mask is 0.
    """
    order = np.arange(len(melodies)) if rng is None else rng.permutation(len(melodies))
    pieces = [cut(melodies[index], window) for index in order]
    streams = deal(np.array([len(piece.inputs) for piece in pieces]), batch_size)
    if rng is not None:
        for stream in streams:
            rng.shuffle(stream)
    count = max(sum(len(pieces[index].inputs) for index in stream) for stream in streams)
    rows = [Window(*(np.zeros((count, window), array.dtype) for array in pieces[0])) for _ in streams]
    for row, stream in zip(rows, streams, strict=True):
        for target, *parts in zip(row, *(pieces[index] for index in stream), strict=True):
            filled = np.concatenate(parts) if parts else target[:0]
            target[: len(filled)] = filled
    for number in range(count):
        yield Window(*(np.stack([part[number] for part in parts]) for parts in zip(*rows, strict=True)))


def cut(ids: np.ndarray, window: int) -> Window:
    """One melody in windows of its own: arrays of shape (windows, window)."""
    count = max(1, -(-(len(ids) - 1) // window))
    inputs, labels = np.zeros((2, count * window), ids.dtype)
    inputs[: len(ids) - 1], labels[: len(ids) - 1] = ids[:-1], ids[1:]
    place = np.arange(count * window)
    mask = (place < len(ids) - 1).astype(np.float32)
    arrays = inputs, labels, mask, place == 0, mask, mask * (labels >= NUM_SPECIAL_EVENTS)
    return Window(*(array.reshape(count, window) for array in arrays))


def endless_windows(
    melodies: Sequence[np.ndarray], batch_size: int, window: int, rng: np.random.Generator
) -> Iterator[Window]:
    """``melody_windows`` pass after pass, each in an order of its own."""
    while True:
        yield from melody_windows(melodies, batch_size, window, rng)


def forward(window: Window, h: np.ndarray, network: PlainNetwork) -> tuple[np.ndarray, ...]:
    """One-hot inputs, all states and all logits of a window, (steps, batch, …) each."""
    h = np.where(window.resets[:, :1], 0, h)  # a melody starts here: nothing has been heard
    xs = one_hot(window.inputs.T, NUM_CLASSES, h.dtype)
    hs = rnn_forward(xs, h, RNNWeights(*network[:3]))
    return xs, hs, hs[1:] @ network.W_hy + network.b_y


def loss_and_gradients(
    window: Window, h: np.ndarray, network: PlainNetwork
) -> tuple[float, PlainNetwork, np.ndarray]:
    """Mean loss of a window in nats per event, its gradients, and the last state.

    Args:
        h: the state that the window before ended in, (batch, units); no gradient flows into it.
    """
    xs, hs, logits = forward(window, h, network)
    mask = window.mask.T / max(1, window.mask.sum())  # padding counts for nothing
    truth = one_hot(window.labels.T, NUM_CLASSES, h.dtype)
    dlogits = (softmax(logits) - truth) * mask[..., None]
    dW_hy, db_y, dhs = output_backward(hs, dlogits, network.W_hy)
    dw, _, _ = rnn_backward(xs, hs, dhs, RNNWeights(*network[:3]))
    nats = -(log_softmax(logits) * truth).sum(axis=-1)
    return float((nats * mask).sum()), PlainNetwork(*dw, dW_hy, db_y), hs[-1]


def figures_of(
    network: PlainNetwork, melodies: Sequence[np.ndarray], batch_size: int = 64
) -> dict[str, float]:
    """What a network reaches on melodies, over all events but the first of each.

    Returns:
        ``loss`` in nats per event; ``accuracy``, the share of the events that its likeliest class hits;
        ``onset_accuracy``, the same over the note-ons; ``no_event``, how often that class is no-event.
    """
    totals = np.zeros(4)
    events = onsets = 0.0
    h = np.zeros((batch_size, len(network.W_hh)), np.float32)
    for window in melody_windows(melodies, batch_size, MEASURED_WINDOW):
        _, hs, logits = forward(window, h, network)
        h, labels, mask = hs[-1], window.labels.T.astype(int), window.mask.T
        nats = -np.take_along_axis(log_softmax(logits), labels[..., None], axis=-1)[..., 0]
        guess, starts = logits.argmax(axis=-1), labels >= NUM_SPECIAL_EVENTS
        hit = guess == labels
        totals += [(mask * part).sum() for part in (nats, hit, hit & starts, guess == 0)]
        events, onsets = events + mask.sum(), onsets + (mask * starts).sum()
    shares = totals / [events, events, max(1, onsets), events]
    return dict(zip(("loss", "accuracy", "onset_accuracy", "no_event"), shares.tolist(), strict=True))


def as_checkpoint(network: PlainNetwork, melodies: Sequence[np.ndarray]) -> Checkpoint:
    """The network in the form that ``sampling`` draws from; ``melodies`` tell how melodies begin."""
    names = ("layer_1/kernel", "layer_1/recurrent_kernel", "layer_1/bias", "logits/kernel", "logits/bias")
    weights = {name: array.astype(np.float32) for name, array in zip(names, network, strict=True)}
    first = np.bincount([ids[0] for ids in melodies], minlength=NUM_CLASSES)
    settings = ModelSettings(cell="rnn", units=(len(network.W_hh),), dropout=0.0)
    return Checkpoint(settings, weights, first)
