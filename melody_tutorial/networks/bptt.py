"""Backpropagation through time, by hand: gradients of the unrolled networks of ``rnn``.

Every ``*_backward`` takes dhs, the gradient of the loss with respect to each output h_1 … h_T, as it comes
from the layer above, and gives the gradients of the weights, of the inputs and of the initial state. Gates
are computed again from the stored states, so that the forward pass keeps nothing else.
"""

from collections.abc import Callable, Iterator

import numpy as np

from melody_tutorial.networks.rnn import (
    GRUWeights,
    LSTMWeights,
    MinGRUWeights,
    RNNWeights,
    cross_entropy,
    gru_gates,
    lstm_gates,
    mingru_gates,
    one_hot,
    rnn_forward,
    scan,
    softmax,
)


def cross_entropy_backward(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Gradient of ``cross_entropy`` with respect to the logits: (p − one-hot label) / number of labels."""
    return (softmax(logits) - one_hot(labels, logits.shape[-1], logits.dtype)) / labels.size


def sum_of_products(lefts: np.ndarray, rights: np.ndarray) -> np.ndarray:
    """Σ over steps and batch of left ⊗ right: (steps, batch, n), (steps, batch, m) → (n, m)."""
    return np.tensordot(lefts, rights, axes=((0, 1), (0, 1)))


def gate_gradients(xs: np.ndarray, hs: np.ndarray, das: np.ndarray) -> tuple[np.ndarray, ...]:
    """Gradients of W_x, W_h and b of a gate; das are those of its activation x_t W_x + h_{t−1} W_h + b.

    One weight serves at every step, so its gradient is the sum over all steps.
    """
    return sum_of_products(xs, das), sum_of_products(hs[:-1], das), das.sum(axis=(0, 1))


def rnn_backward(
    xs: np.ndarray, hs: np.ndarray, dhs: np.ndarray, w: RNNWeights
) -> tuple[RNNWeights, np.ndarray, np.ndarray]:
    """Backward pass of ``rnn_forward``: gradients of the weights, of xs and of the initial h."""
    das, dh = np.empty_like(dhs), np.zeros_like(hs[0])
    for t in reversed(range(len(xs))):
        dh = dh + dhs[t]  # from the later steps, and from this step's output
        das[t] = dh * (1 - hs[t + 1] ** 2)  # tanh′ = 1 − tanh²
        dh = das[t] @ w.W_hh.T  # one step back in time: the factor that vanishes or explodes
    return RNNWeights(*gate_gradients(xs, hs, das)), das @ w.W_xh.T, dh


def lstm_backward(
    xs: np.ndarray, hs: np.ndarray, cs: np.ndarray, dhs: np.ndarray, w: LSTMWeights
) -> tuple[LSTMWeights, np.ndarray, np.ndarray, np.ndarray]:
    """Backward pass of ``lstm_forward``: gradients of the weights, of xs and of the initial h and c."""
    das = np.empty((4, *dhs.shape), dhs.dtype)  # of the activations of i, f, o, g
    da_i, da_f, da_o, da_g = das
    dh, dc = np.zeros_like(hs[0]), np.zeros_like(cs[0])
    for t in reversed(range(len(xs))):
        i, f, o, g = lstm_gates(xs[t], hs[t], w)
        tanh_c = np.tanh(cs[t + 1])
        dh = dh + dhs[t]
        dc = dc + dh * o * (1 - tanh_c**2)
        da_i[t] = dc * g * i * (1 - i)  # σ′ = σ (1 − σ)
        da_f[t] = dc * cs[t] * f * (1 - f)
        da_o[t] = dh * tanh_c * o * (1 - o)
        da_g[t] = dc * i * (1 - g**2)
        dc = dc * f  # no matrix on this way back: what the forget gate keeps, arrives
        dh = da_i[t] @ w.W_hi.T + da_f[t] @ w.W_hf.T + da_o[t] @ w.W_ho.T + da_g[t] @ w.W_hg.T
    dxs = da_i @ w.W_xi.T + da_f @ w.W_xf.T + da_o @ w.W_xo.T + da_g @ w.W_xg.T
    gradients = LSTMWeights(*(array for da in das for array in gate_gradients(xs, hs, da)))
    return gradients, dxs, dh, dc


def gru_backward(
    xs: np.ndarray, hs: np.ndarray, dhs: np.ndarray, w: GRUWeights
) -> tuple[GRUWeights, np.ndarray, np.ndarray]:
    """Backward pass of ``gru_forward``: gradients of the weights, of xs and of the initial h."""
    das = np.empty((4, *dhs.shape), dhs.dtype)  # of the activations of z, r, and the candidate's two parts
    da_z, da_r, da_x, da_h = das
    dh = np.zeros_like(hs[0])
    for t in reversed(range(len(xs))):
        z, r, candidate, from_h = gru_gates(xs[t], hs[t], w)
        dh = dh + dhs[t]
        da_z[t] = dh * (hs[t] - candidate) * z * (1 - z)
        da_x[t] = dh * (1 - z) * (1 - candidate**2)
        da_h[t] = da_x[t] * r
        da_r[t] = da_x[t] * from_h * r * (1 - r)
        dh = dh * z + da_z[t] @ w.W_hz.T + da_r[t] @ w.W_hr.T + da_h[t] @ w.W_hh.T
    dxs = da_z @ w.W_xz.T + da_r @ w.W_xr.T + da_x @ w.W_xh.T
    candidate_gradients = (
        sum_of_products(xs, da_x),
        sum_of_products(hs[:-1], da_h),
        da_x.sum(axis=(0, 1)),
        da_h.sum(axis=(0, 1)),
    )
    gates = gate_gradients(xs, hs, da_z) + gate_gradients(xs, hs, da_r)
    return GRUWeights(*gates, *candidate_gradients), dxs, dh


def mingru_backward(
    xs: np.ndarray, hs: np.ndarray, dhs: np.ndarray, w: MinGRUWeights
) -> tuple[MinGRUWeights, np.ndarray, np.ndarray]:
    """Backward pass of ``mingru_forward``: gradients of the weights, of xs and of the initial h.

    The way back needs no loop either: dh_t ← dh_t + (1 − z_{t+1}) ∘ dh_{t+1} is a scan from the end.
    """
    z, candidate = mingru_gates(xs, w)
    a_of_the_next = np.concatenate([1 - z[1:], np.zeros_like(z[:1])])
    dhs = scan(a_of_the_next[::-1], dhs[::-1])[::-1]
    da_z = dhs * (candidate - hs[:-1]) * z * (1 - z)
    da_h = dhs * z
    gradients = (array for da in (da_z, da_h) for array in (sum_of_products(xs, da), da.sum(axis=(0, 1))))
    return MinGRUWeights(*gradients), da_z @ w.W_xz.T + da_h @ w.W_xh.T, dhs[0] * (1 - z[0])


def output_backward(
    hs: np.ndarray, dlogits: np.ndarray, W_hy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of W_hy, b_y and of the outputs h_1 … h_T, where logits = h W_hy + b_y."""
    return sum_of_products(hs[1:], dlogits), dlogits.sum(axis=(0, 1)), dlogits @ W_hy.T


def rnn_loss_and_gradients(
    ids: np.ndarray, h: np.ndarray, w: RNNWeights, W_hy: np.ndarray, b_y: np.ndarray
) -> tuple[float, tuple[RNNWeights, np.ndarray, np.ndarray], np.ndarray]:
    """Loss of a one-layer RNN that predicts each next id, its gradients, and the state it ends in.

    Args:
        ids: class ids, shape (steps + 1, batch): all but the last are read, all but the first predicted.
        h: initial state, (batch, units); a constant: no gradient flows into what came before.

    Returns:
        mean loss in nats per event; gradients of (w, W_hy, b_y); the last state.
    """
    xs, labels = one_hot(ids[:-1], len(b_y), h.dtype), ids[1:]
    hs = rnn_forward(xs, h, w)
    logits = hs[1:] @ W_hy + b_y
    dW_hy, db_y, dhs = output_backward(hs, cross_entropy_backward(logits, labels), W_hy)
    dw, _, _ = rnn_backward(xs, hs, dhs, w)
    return cross_entropy(logits, labels), (dw, dW_hy, db_y), hs[-1]


def finite_difference(function: Callable[[], float], array: np.ndarray, width: float = 1e-6) -> np.ndarray:
    """Gradient of a number by moving each entry of ``array``, in place, up and down: slow, but simple.

    Args:
        function: computes the number anew from ``array``.
    """
    gradient = np.empty_like(array)
    for place in np.ndindex(array.shape):
        value = array[place]
        array[place] = value + width
        above = function()
        array[place] = value - width
        gradient[place] = (above - function()) / (2 * width)
        array[place] = value
    return gradient


def truncated_windows(ids: np.ndarray, steps: int) -> Iterator[np.ndarray]:
    """Cut a sequence into windows for truncated BPTT (Williams and Peng 1990); the last may be shorter.

    Each window begins with the id that ended the one before, so that every id but the first is predicted
    exactly once: the state is carried from window to window, the gradient is not.
    """
    for start in range(0, len(ids) - 1, steps):
        yield ids[start : start + steps + 1]
