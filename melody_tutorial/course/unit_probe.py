"""What the units of a trained LSTM do: their gates, what each unit knows, and what is lost without it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from melody_tutorial.errors import UserError
from melody_tutorial.networks import Checkpoint, LSTMWeights, from_keras, lstm_forward, lstm_gates, one_hot

BINS = 12  # into which a unit's values are sorted


class Traces(NamedTuple):
    """All that a trained LSTM computes, each (steps, batch, units of all layers): gates, candidate, states.

    Names as in ``rnn.LSTMWeights``; the units of layer 1 come first, then those of layer 2, and so on.
    """

    i: np.ndarray
    f: np.ndarray
    o: np.ndarray
    g: np.ndarray
    c: np.ndarray
    h: np.ndarray


def trace(checkpoint: Checkpoint, ids: np.ndarray) -> Traces:
    """Let a trained LSTM read token ids, (steps, batch), and note every gate and state.

    Raises:
        UserError: the checkpoint is of another cell.
    """
    check_lstm(checkpoint)
    xs = one_hot(ids, checkpoint.model.classes, np.float32)
    layers = []
    for number, units in enumerate(checkpoint.model.units, 1):
        w = lstm_layer(checkpoint, number)
        zeros = np.zeros((ids.shape[1], units), np.float32)
        with threadpool_limits(1):  # products of this size are slower on several threads
            hs, cs = lstm_forward(xs, zeros, zeros, w)
            layers.append((*lstm_gates(xs, hs[:-1], w), cs[1:], hs[1:]))
        xs = hs[1:]  # what a layer shows is what the next one reads
    return Traces(*(np.concatenate(parts, axis=-1) for parts in zip(*layers, strict=True)))


def check_lstm(checkpoint: Checkpoint) -> None:
    """Raise a UserError unless the checkpoint is an LSTM's."""
    if checkpoint.model.cell != "lstm":
        raise UserError(f"the checkpoint is of a {checkpoint.model.cell}: only an lstm has these gates")


def lstm_layer(checkpoint: Checkpoint, number: int) -> LSTMWeights:
    """Weights of one layer, by the letters of the formulas; the first layer is number 1."""
    names = (f"layer_{number}/{name}" for name in ("kernel", "recurrent_kernel", "bias"))
    return from_keras("lstm", *(checkpoint.weights[name] for name in names))


def cut_windows(melodies: Sequence[np.ndarray], steps: int) -> np.ndarray:
    """The first ``steps`` ids of each melody that has so many: (steps, melodies)."""
    return np.stack([ids[:steps] for ids in melodies if len(ids) >= steps], axis=1)


def count_table(values: np.ndarray, labels: np.ndarray, edges: np.ndarray, classes: int) -> np.ndarray:
    """log p(label | bin of the value), counted with one added to each count: (bins, classes)."""
    counts = np.ones((len(edges) + 1, classes))
    np.add.at(counts, (np.searchsorted(edges, values), labels), 1)
    return np.log(counts / counts.sum(axis=1, keepdims=True))


def unit_information(hs: np.ndarray, labels: np.ndarray, classes: int, seed: int = 0) -> np.ndarray:
    """What each unit alone tells about a label, in nats, on sequences that the probe has not seen.

    The probe sorts a unit's value into bins of equal counts and counts the labels in each bin on one half of
    the sequences, drawn at random. On the other half it is scored: log p(label | bin) against
    log (1 / classes). At most log(classes) nats; below zero the probe is worse than guessing.

    Args:
        hs: values of the units, (steps, batch, units); batch of at least 2.
        labels: whole numbers below ``classes``, (steps,): the same for every sequence.
        seed: of the draw.

    Returns:
        nats for each unit, (units,).
    """
    order = np.random.default_rng(seed).permutation(hs.shape[1])
    half = hs.shape[1] // 2
    seen, unseen = hs[:, order[:half]], hs[:, order[half:]]
    labels_seen, labels_unseen = (np.repeat(labels, part.shape[1]) for part in (seen, unseen))
    information = np.empty(hs.shape[2])
    for unit in range(hs.shape[2]):
        values = seen[:, :, unit].ravel()
        edges = np.quantile(values, np.arange(1, BINS) / BINS)
        log_p = count_table(values, labels_seen, edges, classes)
        bins = np.searchsorted(edges, unseen[:, :, unit].ravel())
        information[unit] = log_p[bins, labels_unseen].mean() + np.log(classes)
    return information


def find_unit(checkpoint: Checkpoint, unit: int) -> tuple[int, int]:
    """Layer, counted from 1, and place in the layer of a unit that is counted over all layers."""
    for number, units in enumerate(checkpoint.model.units, 1):
        if unit < units:
            return number, unit
        unit -= units
    raise UserError(f"there is no such unit: the layers have {sum(checkpoint.model.units)} together")


def ablate(checkpoint: Checkpoint, unit: int, value: float) -> Checkpoint:
    """The same LSTM with the h of one unit fixed at ``value``, such as its mean, whatever it reads.

    All that read the unit are its own layer, one step later, and the layer above. Their weights from it
    become zero; what they would add at ``value`` moves into the bias, so nothing else changes.

    Args:
        unit: counted over all layers, as in ``Traces``.
    """
    check_lstm(checkpoint)
    layer, place = find_unit(checkpoint, unit)
    above = "logits" if layer == len(checkpoint.model.units) else f"layer_{layer + 1}"
    weights = dict(checkpoint.weights)
    readers = (
        (f"layer_{layer}/recurrent_kernel", f"layer_{layer}/bias"),
        (f"{above}/kernel", f"{above}/bias"),
    )
    for kernel, bias in readers:
        weights[bias] = weights[bias] + np.float32(value) * weights[kernel][place]
        weights[kernel] = weights[kernel].copy()
        weights[kernel][place] = 0
    return replace(checkpoint, weights=weights)
