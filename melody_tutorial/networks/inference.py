"""A trained network at work: one event in, the logits of the next event out, many sequences at a time.

The arithmetic is that of the steps in ``rnn``, such as ``rnn.lstm_step``, arranged for speed: each
layer needs one product, the first layer's one-hot product is a look-up of a row, all sigmoids share one
tanh with the other gates, and every array is allocated once. Run it within
``threadpoolctl.threadpool_limits(1)``: products of this size are slower on several threads.
"""

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np

from melody_tutorial.networks.checkpoint import GATES, Checkpoint
from melody_tutorial.networks.features import (
    features_of,
    inputs_of,
    is_plain,
    offsets_of,
    pointed_at,
    tables_of,
)
from melody_tutorial.networks.heard import NOTHING_KNOWN, Facts, Heard
from melody_tutorial.networks.labels import event_logits
from melody_tutorial.networks.numpy_attention import NumpyAttention, attending, past_width


class Snapshot(NamedTuple):
    """What a network remembers at one moment: ``Network.state``, and what it has heard."""

    state: np.ndarray
    heard: Heard | None


class Network:
    """A trained network and its recurrent state for ``batch`` sequences.

    Attributes:
        state: all that its layers remember, zero at first: h of every layer, then, for the LSTM, c of
            every layer; what attention remembers lies before, among and behind them. float32, shape (batch,
            values). May be read, copied and overwritten.
    """

    def __init__(self, checkpoint: Checkpoint, batch: int, facts: Sequence[Facts] | Facts = NOTHING_KNOWN):
        """Begin; ``facts`` are those of each sequence, or of all."""
        model, weights = checkpoint.model, checkpoint.weights
        self.model, self.heard = model, None
        self.build_layers(weights, batch)
        self.logits_kernel, self.logits_bias = weights["logits/kernel"], weights["logits/bias"]
        if not is_plain(model):
            self.features = features_of(model)
            self.heard = Heard([facts] * batch if isinstance(facts, Facts) else facts, model.classes)
            self.values = np.empty((len(self.features), batch), np.int64)  # of the features
            self.pointed_at = pointed_at(model)
            self.starts = np.arange(batch) * model.outcomes  # of each sequence, in its logits as one row
        if model.embedding:
            self.table, self.offsets = weights["embedding/kernel"], offsets_of(model)[:-1, None]
            self.looked_up = np.empty((*self.values.shape, model.embedding), np.float32)
        elif self.heard:
            self.tables = tables_of(model)
            self.columns = np.cumsum([0, *(table.shape[1] for table in self.tables)])
        if model.pointer:
            self.pointer = weights["pointer/kernel"], weights["pointer/bias"]

    def build_layers(self, weights: dict[str, np.ndarray], batch: int) -> None:
        """Lay out the memory: what the first layer reads, h of each layer, c of each; and attention's."""
        model, total = self.model, sum(self.model.units)
        inputs, attended = (
            0 if is_plain(model) else inputs_of(model),
            model.units[0] if model.attention else 0,
        )
        hidden = inputs + attended  # where h of the first layer lies
        cell = hidden + total + attended
        width = cell + (total if model.cell == "lstm" else 0)
        self.memory = np.zeros((batch, width + past_width(model)), np.float32)
        self.embedded, self.state = self.memory[:, :inputs], self.memory[:, inputs:]
        self.layers, below = [], 0
        for number, units in enumerate(model.units, 1):
            kernels = [weights.get(f"layer_{number}/{name}") for name in LAYER_WEIGHTS]
            attends = number == 1 and model.attention
            kernel = fuse(model.cell, *(attending(weights, *kernels) if attends else kernels))
            end, cell_state = hidden + units, self.memory[:, cell : cell + units]
            # What the layer reads, the features' rows or what lies below, then its own h.
            read = self.memory[:, below:end]
            self.layers.append(CELLS[model.cell](kernel, read, cell_state, number == 1 and is_plain(model)))
            below, hidden, cell = hidden, end, cell + units
            if attends:
                parts = ([cell_state] if model.cell == "lstm" else []) + [self.memory[:, below:end]]
                a, o = self.memory[:, inputs : inputs + units], self.memory[:, end : end + units]
                self.layers.append(NumpyAttention(weights, parts, a, o, self.memory[:, width:]))
                below, hidden = end, end + units
        self.output = self.memory[:, below:hidden]

    def step(self, ids: np.ndarray | None, out: np.ndarray | None = None) -> np.ndarray:
        """Feed one class id to each sequence; the logits of what comes next: float32, (batch, outcomes).

        Of a model that says labels, they are those of the events that the labels mean.

        ``None`` instead of ids asks a network that has an end for the first event, before any was heard.
        """
        values = self.look_up(ids) if self.heard else ids
        for layer in self.layers:
            layer.step(values)
        if self.model.labels != "events":
            logits = self.output @ self.logits_kernel + self.logits_bias
            return event_logits(self.model, self.heard, logits, out)
        logits = np.matmul(self.output, self.logits_kernel, out=out)
        logits += self.logits_bias
        if self.model.pointer:
            self.point(logits, values)
        return logits

    def look_up(self, ids: np.ndarray | None) -> np.ndarray:
        """Hear the ids, put what the first layer reads of the features where it reads it; the features."""
        if ids is not None:
            self.heard.hear(ids)
        for row, feature in zip(self.values, self.features, strict=True):
            row[:] = feature.read(self.heard)
        if not self.model.embedding:
            for row, table, start in zip(self.values, self.tables, self.columns[:-1], strict=True):
                self.embedded[:, start : start + table.shape[1]] = table[row]
            return self.values
        self.table.take(self.values + self.offsets, 0, self.looked_up, "clip")
        total = self.looked_up.reshape(len(self.values), -1).sum(axis=0)  # of long rows, as that is faster
        self.embedded[:] = total.reshape(self.embedded.shape)
        return self.values

    def point(self, logits: np.ndarray, values: np.ndarray) -> None:
        """Raise the logits of the events that are pointed at."""
        kernel, bias = self.pointer
        events = values[self.pointed_at]
        strengths = (self.output @ kernel + bias).T * (events < self.model.classes)  # 0: nothing was there
        np.add.at(logits.reshape(-1), events + self.starts, strengths)

    def select(self, rows: np.ndarray) -> None:
        """Let each sequence go on from the state of the sequence that ``rows`` names, as a beam does."""
        self.state[:] = self.state[rows]
        if self.heard:
            self.heard.select(rows)

    def snapshot(self) -> Snapshot:
        """What it remembers now, to come back to."""
        return Snapshot(self.state.copy(), copy(self.heard))

    def restore(self, snapshot: Snapshot) -> None:
        """Remember what it did at another moment."""
        self.state[:] = snapshot.state
        self.heard = copy(snapshot.heard)


class PlainCell:
    """h ← tanh([x, h, 1] K): the plain recurrent layer, and what the gated ones share.

    Args:
        kernel: K of ``fuse``, shape (gates, inputs + units + 1, units).
        inputs: view of the state that holds x, then h; without x in the first layer, whose x is one-hot.
        cell_state: view of the state that holds c; of no width but for the LSTM.
    """

    def __init__(self, kernel: np.ndarray, inputs: np.ndarray, cell_state: np.ndarray, first: bool):
        units = kernel.shape[2]
        below = kernel.shape[1] - units - 1
        # What is added to the product: in the first layer a row for each class, in others one for all.
        self.table = kernel[:, :below] + kernel[:, -1:] if first else kernel[:, -1:]
        self.kernel = np.ascontiguousarray(kernel[:, below if first else 0 : -1])
        self.first, self.inputs, self.hidden, self.cell_state = first, inputs, inputs[:, -units:], cell_state
        self.gates = np.empty((len(kernel), len(inputs), units), np.float32)  # each gate lies in one piece
        self.looked_up = np.empty_like(self.gates)

    def activate(self, ids: np.ndarray) -> np.ndarray:
        """[x, h, 1] K of every gate: (gates, batch, units), in place."""
        gates = np.matmul(self.inputs, self.kernel, out=self.gates)
        gates += self.table.take(ids, 1, self.looked_up, "clip") if self.first else self.table
        return gates

    def step(self, ids: np.ndarray) -> None:
        """Advance h by one event."""
        np.tanh(self.activate(ids)[0], out=self.hidden)


class LSTMCell(PlainCell):
    """c ← f ∘ c + i ∘ g, h ← o ∘ tanh c (Hochreiter and Schmidhuber 1997, with Gers' forget gate)."""

    def step(self, ids: np.ndarray) -> None:
        """Advance h and c by one event."""
        gates = self.activate(ids)
        np.tanh(gates, out=gates)
        sigmoids = gates[:3]
        sigmoids *= 0.5
        sigmoids += 0.5
        i, f, o, g = gates
        g *= i
        self.cell_state *= f
        self.cell_state += g
        np.multiply(o, np.tanh(self.cell_state, out=g), out=self.hidden)


class GRUCell(PlainCell):
    """h ← z ∘ h + (1 − z) ∘ h̃ (Cho et al. 2014), r applied after the product, as in cuDNN and Keras."""

    def step(self, ids: np.ndarray) -> None:
        """Advance h by one event."""
        gates = self.activate(ids)
        sigmoids = gates[:2]
        np.tanh(sigmoids, out=sigmoids)
        sigmoids *= 0.5
        sigmoids += 0.5
        z, r, from_x, from_h = gates
        from_h *= r
        from_h += from_x
        candidate = np.tanh(from_h, out=from_h)
        self.hidden -= candidate
        self.hidden *= z
        self.hidden += candidate


class MinGRUCell(PlainCell):
    """h ← (1 − z) ∘ h + z ∘ h̃ (Feng et al. 2024), where z and h̃ see x alone."""

    def __init__(self, kernel: np.ndarray, inputs: np.ndarray, cell_state: np.ndarray, first: bool):
        super().__init__(kernel, inputs, cell_state, first)
        units = kernel.shape[2]
        self.kernel, self.inputs = self.kernel[:, :-units], self.inputs[:, :-units]

    def step(self, ids: np.ndarray) -> None:
        """Advance h by one event."""
        z, candidate = self.activate(ids)
        np.tanh(z, out=z)
        z *= 0.5
        z += 0.5
        candidate -= self.hidden
        candidate *= z
        self.hidden += candidate


CELLS = {"rnn": PlainCell, "lstm": LSTMCell, "gru": GRUCell, "mingru": MinGRUCell}
LAYER_WEIGHTS = ("kernel", "recurrent_kernel", "bias")


def fuse(cell: str, kernel: np.ndarray, recurrent_kernel: np.ndarray | None, bias: np.ndarray) -> np.ndarray:
    """All weights of a layer as one K, such that [x, h, 1] K[gate] is that gate before its activation.

    Gates that take a sigmoid come first, halved, since σ(a) = (1 + tanh(a / 2)) / 2: LSTM i, f, o, g;
    GRU z, r, and the candidate's part from x and from h, each with zeros in the rows of the other; minimal
    GRU, which has no recurrent kernel, z, h̃, with zeros in the rows of h.

    Returns:
        float32, shape (gates, inputs + units + 1, units); the last row is the bias.
    """
    units = bias.shape[-1] // GATES[cell]
    if cell == "mingru":
        of_h = np.zeros((units, 2 * units), np.float32)
        z, candidate = np.split(np.vstack([kernel, of_h, bias]), 2, axis=1)
        return np.stack([z / 2, candidate])
    if cell != "gru":
        stacked = np.vstack([kernel, recurrent_kernel, bias])
        if cell == "rnn":
            return stacked[None]
        i, f, g, o = np.split(stacked, 4, axis=1)
        return np.stack([i / 2, f / 2, o / 2, g])
    (x_z, x_r, x_h), (h_z, h_r, h_h) = np.split(kernel, 3, axis=1), np.split(recurrent_kernel, 3, axis=1)
    (b_z, b_r, _), (b_x, b_h) = np.split(bias.sum(axis=0), 3), bias[:, -units:]
    z, r = np.vstack([x_z, h_z, b_z]), np.vstack([x_r, h_r, b_r])
    from_x = np.vstack([x_h, np.zeros_like(h_h), b_x])
    from_h = np.vstack([np.zeros_like(x_h), h_h, b_h])
    return np.stack([z / 2, r / 2, from_x, from_h])
