"""The attention of ``attention`` in NumPy, one event at a time, for ``inference``."""

import numpy as np

from melody_tutorial.config import ModelSettings
from melody_tutorial.networks.rnn import softmax


def past_width(model: ModelSettings) -> int:
    """How many numbers a sequence's ``NumpyAttention`` remembers."""
    return 2 * model.attention * model.units[0] + 1 if model.attention else 0


def attending(weights: dict[str, np.ndarray], *kernels: np.ndarray) -> tuple[np.ndarray, ...]:
    """The first layer's weights made to read [x, a]: the product with those before them, as no curve lies
    between."""
    kernel, recurrent_kernel, bias = kernels
    bias = bias.copy()
    bias[... if bias.ndim == 1 else 0] += weights["attention/input_bias"] @ kernel
    return weights["attention/input_kernel"] @ kernel, recurrent_kernel, bias


class NumpyAttention:
    """What ``attention.Attention`` does after the layer's step: a and o from its state and its last outputs.

    Args:
        weights: of the checkpoint.
        parts: views of c, if there is one, and h.
        a, o: views of what is attended to and of the output.
        past: view of what it remembers: the last outputs, their keys, and which is the oldest. The next takes
            its place, as their order does not matter.
    """

    def __init__(
        self,
        weights: dict[str, np.ndarray],
        parts: list[np.ndarray],
        a: np.ndarray,
        o: np.ndarray,
        past: np.ndarray,
    ):
        self.weights = {name[10:]: array for name, array in weights.items() if name.startswith("attention/")}
        self.parts, self.a, self.o, self.oldest = parts, a, o, past[:, -1:]
        outputs, keys = np.split(past[:, :-1], 2, axis=1)
        self.outputs, self.keys = (part.reshape(*part.shape[:1], -1, a.shape[1]) for part in (outputs, keys))
        self.work = np.empty(self.keys.shape, np.float32)

    def step(self, _: np.ndarray) -> None:
        """Advance a and o by one event."""
        w = self.weights
        query = np.concatenate(self.parts, axis=1) @ w["query_kernel"] + w["query_bias"]
        np.add(self.keys, query[:, None], out=self.work)
        u = np.tanh(self.work, out=self.work) @ w["score"]
        self.a[:] = np.matmul(softmax(u)[:, None], self.outputs)[:, 0]
        self.o[:] = np.concatenate([self.parts[-1], self.a], axis=1) @ w["output_kernel"] + w["output_bias"]
        place = int(self.oldest[0, 0])
        self.outputs[:, place], self.keys[:, place] = self.o, self.o @ w["memory_kernel"]
        self.oldest[:] = (place + 1) % self.keys.shape[1]
