"""How long a network can remember: recall of one symbol after a number of distracting steps, in NumPy.

The task is a small form of the long-lag problems of Hochreiter and Schmidhuber (1997). A sequence opens with
one of four symbols; at each later step one of four other symbols is shown at random; after the last step the
network has to name the first symbol. Guessing is right one time in four.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from melody_tutorial.networks import (
    GRUWeights,
    LSTMWeights,
    RNNWeights,
    cross_entropy_backward,
    from_keras,
    gru_backward,
    gru_forward,
    lstm_backward,
    lstm_forward,
    one_hot,
    rnn_backward,
    rnn_forward,
)

SYMBOLS = 4  # to be remembered: ids 0 … 3; the distractors are ids 4 … 7
CLASSES = 2 * SYMBOLS
FORGET_BIAS = 1.0  # Keras's: a new LSTM keeps σ(1) = 73 % of its cell state at each step
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
Weights = RNNWeights | LSTMWeights | GRUWeights


@dataclass(frozen=True)
class Contender:
    """A kind of layer; ``forget_bias`` is where the LSTM's forget gate starts, larger keeps more."""

    cell: str  # rnn, lstm or gru
    forget_bias: float = FORGET_BIAS


@dataclass(frozen=True)
class RecallSettings:
    """How the networks are trained, and what counts as solved."""

    units: int = 16
    batch: int = 32
    learning_rate: float = 0.01
    most_updates: int = 400
    check_every: int = 25  # updates
    test_sequences: int = 256
    solved: float = 0.95  # share of new sequences whose first symbol is named


def recall_batch(lag: int, batch: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of ids, (lag + 1, batch), and the labels: the symbol that each opened with, (batch,)."""
    ids = rng.integers(SYMBOLS, CLASSES, (lag + 1, batch))
    ids[0] = rng.integers(0, SYMBOLS, batch)
    return ids, ids[0].copy()


def new_layer(contender: Contender, inputs: int, units: int, rng: np.random.Generator) -> Weights:
    """An untrained layer as Keras makes it: Glorot's uniform kernel, orthogonal recurrent kernel, zero bias.

    The bias of the LSTM's forget gate alone is not zero, but as the contender has it.
    """
    cell = contender.cell
    width = GATES[cell] * units
    limit = np.sqrt(6 / (inputs + width))
    kernel = rng.uniform(-limit, limit, (inputs, width))
    recurrent_kernel = np.linalg.qr(rng.normal(size=(width, units)))[0].T
    bias = np.zeros((2, width) if cell == "gru" else width)
    if cell == "lstm":
        bias[units : 2 * units] = contender.forget_bias
    return from_keras(cell, kernel, recurrent_kernel, bias)


def run_layer(xs: np.ndarray, w: Weights) -> tuple[np.ndarray, ...]:
    """All states of any layer of ``rnn`` from zeros on: (hs,), for the LSTM (hs, cs)."""
    zeros = np.zeros((xs.shape[1], len(w[1])), xs.dtype)
    if isinstance(w, LSTMWeights):
        return lstm_forward(xs, zeros, zeros, w)
    forward = rnn_forward if isinstance(w, RNNWeights) else gru_forward
    return (forward(xs, zeros, w),)


def run_back(
    xs: np.ndarray, states: tuple[np.ndarray, ...], dhs: np.ndarray, w: Weights
) -> tuple[Weights, np.ndarray]:
    """Gradients of the weights and of xs, for any layer; arguments as of ``bptt``'s backward passes."""
    backward = {
        RNNWeights: rnn_backward,
        LSTMWeights: lstm_backward,
        GRUWeights: gru_backward,
    }[type(w)]
    dw, dxs, *_ = backward(xs, *states, dhs, w)
    return dw, dxs


def gradient_by_lag(xs: np.ndarray, w: Weights) -> np.ndarray:
    """How much an input still matters k steps later: ‖∂(sum of h_T) / ∂x_{T−k}‖, for k = 0, 1, …, T − 1.

    Args:
        xs: a sequence, (steps, batch, inputs).

    Returns:
        The norm over the inputs, as a mean over the batch; (steps,), by lag.
    """
    states = run_layer(xs, w)
    dhs = np.zeros_like(states[0][1:])
    dhs[-1] = 1
    _, dxs = run_back(xs, states, dhs, w)
    return np.linalg.norm(dxs, axis=-1).mean(axis=-1)[::-1]


class Recaller:
    """A recurrent layer with an output layer, trained by Adam on the loss after the last step."""

    def __init__(self, contender: Contender, units: int, rng: np.random.Generator):
        self.w = new_layer(contender, CLASSES, units, rng)
        limit = np.sqrt(6 / (units + SYMBOLS))
        self.W_hy, self.b_y = rng.uniform(-limit, limit, (units, SYMBOLS)), np.zeros(SYMBOLS)
        self.updates = 0
        self.means = [np.zeros_like(array) for array in (*self.w, self.W_hy, self.b_y)]
        self.squares = [np.zeros_like(array) for array in self.means]

    def logits(self, ids: np.ndarray) -> np.ndarray:
        """What the network answers after the last step: (steps, batch) → (batch, symbols)."""
        return run_layer(one_hot(ids, CLASSES), self.w)[0][-1] @ self.W_hy + self.b_y

    def accuracy(self, ids: np.ndarray, labels: np.ndarray) -> float:
        """Share of the sequences whose first symbol is named."""
        return float((self.logits(ids).argmax(axis=-1) == labels).mean())

    def learn(self, ids: np.ndarray, labels: np.ndarray, learning_rate: float) -> None:
        """One update: forward, backpropagation through all steps, clipping to norm 1, Adam."""
        xs = one_hot(ids, CLASSES)
        states = run_layer(xs, self.w)
        last = states[0][-1]
        dlogits = cross_entropy_backward(last @ self.W_hy + self.b_y, labels)
        dhs = np.zeros_like(states[0][1:])
        dhs[-1] = dlogits @ self.W_hy.T
        dw, _ = run_back(xs, states, dhs, self.w)
        self._adam([*dw, last.T @ dlogits, dlogits.sum(axis=0)], learning_rate)

    def _adam(self, gradients: list[np.ndarray], learning_rate: float) -> None:
        """Kingma and Ba (2015), algorithm 1, with their default decay rates."""
        norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
        self.updates += 1
        rate = learning_rate * np.sqrt(1 - 0.999**self.updates) / (1 - 0.9**self.updates)
        arrays = (*self.w, self.W_hy, self.b_y)
        for array, gradient, mean, square in zip(arrays, gradients, self.means, self.squares, strict=True):
            gradient = gradient / max(1.0, norm)
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            array -= rate * mean / (np.sqrt(square) + 1e-8)


def updates_to_solve(contender: Contender, lag: int, seed: int, settings: RecallSettings) -> int | None:
    """Train one network on the task; after how many updates it was solved, None where it never was."""
    rng = np.random.default_rng((seed, lag))
    network = Recaller(contender, settings.units, rng)
    test = recall_batch(lag, settings.test_sequences, rng)
    for update in range(1, settings.most_updates + 1):
        network.learn(*recall_batch(lag, settings.batch, rng), settings.learning_rate)
        if update % settings.check_every == 0 and network.accuracy(*test) >= settings.solved:
            return update
    return None


def success_rates(
    contenders: Mapping[str, Contender],
    lags: Sequence[int],
    seeds: Sequence[int],
    settings: RecallSettings,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, np.ndarray]:
    """Share of the seeds that solve the task, for each contender by lag: {name: (lags,)}.

    Args:
        progress: called after each network.
    """
    solved = {name: np.zeros((len(lags), len(seeds)), bool) for name in contenders}
    with threadpool_limits(1):  # products of this size are slower on several threads
        for name, contender in contenders.items():
            for place in np.ndindex(len(lags), len(seeds)):
                updates = updates_to_solve(contender, lags[place[0]], seeds[place[1]], settings)
                solved[name][place] = updates is not None
                progress()
    return {name: outcomes.mean(axis=1) for name, outcomes in solved.items()}
