"""Recurrent networks in NumPy, in the letters of their formulas, for reading and for checking.

Arrays follow one convention: x (batch, inputs) is one step, xs (steps, batch, inputs) a sequence; h and c
(batch, units) are states, hs (steps + 1, batch, units) all states with the initial one at hs[0]. A state
multiplies its weights from the left, x W_xh + h W_hh + b_h. Any float type works; float64 lets gradients
be checked. ``bptt`` has the backward passes, ``inference`` the same arithmetic arranged for speed.
"""

from typing import NamedTuple

import numpy as np


class RNNWeights(NamedTuple):
    """Weights of a plain recurrent layer: W_x· (inputs, units), W_h· (units, units), b_· (units,)."""

    W_xh: np.ndarray
    W_hh: np.ndarray
    b_h: np.ndarray


class LSTMWeights(NamedTuple):
    """Weights of an LSTM layer: gates i (input), f (forget), o (output), and g, the candidate."""

    W_xi: np.ndarray
    W_hi: np.ndarray
    b_i: np.ndarray
    W_xf: np.ndarray
    W_hf: np.ndarray
    b_f: np.ndarray
    W_xo: np.ndarray
    W_ho: np.ndarray
    b_o: np.ndarray
    W_xg: np.ndarray
    W_hg: np.ndarray
    b_g: np.ndarray


class GRUWeights(NamedTuple):
    """Weights of a GRU layer: gates z (update), r (reset); the candidate's x and h parts have a bias each."""

    W_xz: np.ndarray
    W_hz: np.ndarray
    b_z: np.ndarray
    W_xr: np.ndarray
    W_hr: np.ndarray
    b_r: np.ndarray
    W_xh: np.ndarray
    W_hh: np.ndarray
    b_xh: np.ndarray
    b_hh: np.ndarray


class MinGRUWeights(NamedTuple):
    """Weights of a minimal GRU layer: gate z (update) and candidate h̃, which see the input alone."""

    W_xz: np.ndarray
    b_z: np.ndarray
    W_xh: np.ndarray
    b_h: np.ndarray


Weights = RNNWeights | LSTMWeights | GRUWeights | MinGRUWeights


def sigmoid(a: np.ndarray) -> np.ndarray:
    """σ(a) = 1 / (1 + exp(−a)), written with tanh, which never overflows."""
    return 0.5 * (1 + np.tanh(0.5 * a))


def rnn_step(x: np.ndarray, h: np.ndarray, w: RNNWeights) -> np.ndarray:
    """The next hidden state of a plain recurrent layer (Elman 1990)."""
    return np.tanh(x @ w.W_xh + h @ w.W_hh + w.b_h)


def lstm_gates(x: np.ndarray, h: np.ndarray, w: LSTMWeights) -> tuple[np.ndarray, ...]:
    """Input, forget and output gate, each in 0 … 1, and the candidate g in −1 … 1."""
    i = sigmoid(x @ w.W_xi + h @ w.W_hi + w.b_i)
    f = sigmoid(x @ w.W_xf + h @ w.W_hf + w.b_f)
    o = sigmoid(x @ w.W_xo + h @ w.W_ho + w.b_o)
    g = np.tanh(x @ w.W_xg + h @ w.W_hg + w.b_g)
    return i, f, o, g


def lstm_step(x: np.ndarray, h: np.ndarray, c: np.ndarray, w: LSTMWeights) -> tuple[np.ndarray, np.ndarray]:
    """The next hidden and cell state of an LSTM layer (Hochreiter and Schmidhuber 1997; Gers et al. 2000)."""
    i, f, o, g = lstm_gates(x, h, w)
    c = f * c + i * g  # keep a part of the cell state, write a part of the candidate
    h = o * np.tanh(c)  # show a part of the cell state
    return h, c


def gru_gates(x: np.ndarray, h: np.ndarray, w: GRUWeights) -> tuple[np.ndarray, ...]:
    """Update and reset gate, the candidate state, and the candidate's part from h before its reset."""
    z = sigmoid(x @ w.W_xz + h @ w.W_hz + w.b_z)
    r = sigmoid(x @ w.W_xr + h @ w.W_hr + w.b_r)
    from_h = h @ w.W_hh + w.b_hh
    candidate = np.tanh(x @ w.W_xh + w.b_xh + r * from_h)
    return z, r, candidate, from_h


def gru_step(x: np.ndarray, h: np.ndarray, w: GRUWeights) -> np.ndarray:
    """The next hidden state of a GRU layer (Cho et al. 2014); r comes after the product, as in cuDNN."""
    z, _, candidate, _ = gru_gates(x, h, w)
    return z * h + (1 - z) * candidate


def mingru_gates(x: np.ndarray, w: MinGRUWeights) -> tuple[np.ndarray, np.ndarray]:
    """Update gate, in 0 … 1, and candidate state: of one step, or of all steps of a sequence at once.

    Feng et al. have a second form, whose candidate is always above zero: their scan takes logarithms of it.
    """
    return sigmoid(x @ w.W_xz + w.b_z), x @ w.W_xh + w.b_h


def mingru_step(x: np.ndarray, h: np.ndarray, w: MinGRUWeights) -> np.ndarray:
    """The next hidden state of a minimal GRU layer (Feng et al. 2024); z writes, where the GRU's z keeps."""
    z, candidate = mingru_gates(x, w)
    return (1 - z) * h + z * candidate


def rnn_forward(xs: np.ndarray, h: np.ndarray, w: RNNWeights) -> np.ndarray:
    """Unroll a plain recurrent layer over a sequence: all hidden states, hs[0] being ``h``."""
    hs = [h]
    for x in xs:
        hs.append(rnn_step(x, hs[-1], w))
    return np.stack(hs)


def lstm_forward(
    xs: np.ndarray, h: np.ndarray, c: np.ndarray, w: LSTMWeights
) -> tuple[np.ndarray, np.ndarray]:
    """Unroll an LSTM layer over a sequence: all hidden and cell states, from hs[0] = h and cs[0] = c on."""
    hs, cs = [h], [c]
    for x in xs:
        h, c = lstm_step(x, h, c, w)
        hs.append(h)
        cs.append(c)
    return np.stack(hs), np.stack(cs)


def gru_forward(xs: np.ndarray, h: np.ndarray, w: GRUWeights) -> np.ndarray:
    """Unroll a GRU layer over a sequence: all hidden states, hs[0] being ``h``."""
    hs = [h]
    for x in xs:
        hs.append(gru_step(x, hs[-1], w))
    return np.stack(hs)


def mingru_forward(xs: np.ndarray, h: np.ndarray, w: MinGRUWeights) -> np.ndarray:
    """Unroll a minimal GRU layer over a sequence: all hidden states, hs[0] being ``h``."""
    hs = [h]
    for x in xs:
        hs.append(mingru_step(x, hs[-1], w))
    return np.stack(hs)


def mingru_scan(xs: np.ndarray, h: np.ndarray, w: MinGRUWeights) -> np.ndarray:
    """What ``mingru_forward`` gives, without its loop: a step h ← a ∘ h + b whose a and b need no h."""
    z, candidate = mingru_gates(xs, w)
    a, b = 1 - z, z * candidate
    b[0] += a[0] * h
    return np.concatenate([h[None], scan(a, b)])


def scan(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Every h_t = a_t ∘ h_{t−1} + b_t, from zero on, in log₂ steps rounds (Hillis and Steele 1986).

    Two such steps in a row are one: a_2 ∘ (a_1 ∘ h + b_1) + b_2 = a_2 ∘ a_1 ∘ h + (a_2 ∘ b_1 + b_2). Before
    each round, a_t and b_t stand for the last ``reach`` steps up to t; after it, for twice as many.
    """
    reach = 1
    while reach < len(a):
        b = np.concatenate([b[:reach], a[reach:] * b[:-reach] + b[reach:]])
        a = np.concatenate([a[:reach], a[reach:] * a[:-reach]])
        reach *= 2
    return b


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from logits, over the last axis; subtracting the largest keeps exp in range."""
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of ``softmax``, exact even where a probability would round to zero."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean of −log p(label) in nats; logits (…, classes), labels (…) whole numbers."""
    return float(-np.take_along_axis(log_softmax(logits), labels[..., None], axis=-1).mean())


def one_hot(ids: np.ndarray, classes: int, dtype: type = np.float64) -> np.ndarray:
    """Vectors with a single 1 at each id: (…) → (…, classes)."""
    return np.eye(classes, dtype=dtype)[ids]


def from_keras(
    cell: str, kernel: np.ndarray, recurrent_kernel: np.ndarray | None, bias: np.ndarray
) -> Weights:
    """A layer's weights by the letters of its formula; arguments as in ``checkpoint.weight_shapes``."""
    if cell == "rnn":
        return RNNWeights(kernel, recurrent_kernel, bias)
    if cell == "mingru":
        (x_z, x_h), (b_z, b_h) = np.split(kernel, 2, axis=1), np.split(bias, 2)
        return MinGRUWeights(x_z, b_z, x_h, b_h)
    if cell == "gru":
        (x_z, x_r, x_h), (h_z, h_r, h_h) = (np.split(a, 3, axis=1) for a in (kernel, recurrent_kernel))
        (bx_z, bx_r, bx_h), (bh_z, bh_r, bh_h) = (np.split(row, 3) for row in bias)
        return GRUWeights(x_z, h_z, bx_z + bh_z, x_r, h_r, bx_r + bh_r, x_h, h_h, bx_h, bh_h)
    (x_i, x_f, x_g, x_o), (h_i, h_f, h_g, h_o) = (np.split(a, 4, axis=1) for a in (kernel, recurrent_kernel))
    b_i, b_f, b_g, b_o = np.split(bias, 4)
    return LSTMWeights(x_i, h_i, b_i, x_f, h_f, b_f, x_o, h_o, b_o, x_g, h_g, b_g)


def to_keras(w: Weights) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Kernel, recurrent kernel and bias in Keras's layout: the inverse of ``from_keras``."""
    if isinstance(w, RNNWeights):
        return tuple(w)
    if isinstance(w, MinGRUWeights):
        return np.hstack([w.W_xz, w.W_xh]), None, np.hstack([w.b_z, w.b_h])
    if isinstance(w, GRUWeights):
        kernel = np.hstack([w.W_xz, w.W_xr, w.W_xh])
        recurrent_kernel = np.hstack([w.W_hz, w.W_hr, w.W_hh])
        zero = np.zeros_like(w.b_z)  # Keras adds two biases to z and to r: one is enough
        bias = np.stack([np.hstack([w.b_z, w.b_r, w.b_xh]), np.hstack([zero, zero, w.b_hh])])
        return kernel, recurrent_kernel, bias
    kernel = np.hstack([w.W_xi, w.W_xf, w.W_xg, w.W_xo])
    recurrent_kernel = np.hstack([w.W_hi, w.W_hf, w.W_hg, w.W_ho])
    return kernel, recurrent_kernel, np.hstack([w.b_i, w.b_f, w.b_g, w.b_o])
