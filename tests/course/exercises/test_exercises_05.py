"""Exercises of chapter 05: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_05
from melody_tutorial.networks import rnn


def test_lstm_states():
    def starter(i, f, o, g, c):
        """The next hidden and cell state."""
        ...

    def swapped(i, f, o, g, c):
        c = i * c + f * g
        return o * np.tanh(c), c

    def upside_down(i, f, o, g, c):
        c = (1 - f) * c + i * g
        return o * np.tanh(c), c

    def old_state(i, f, o, g, c):
        h = o * np.tanh(c)
        c = f * c + i * g
        return h, c

    def bare(i, f, o, g, c):
        c = f * c + i * g
        return o * c, c

    def only_h(i, f, o, g, c):
        return o * np.tanh(f * c + i * g)

    def hidden_as_cell_state(i, f, o, g, c):
        c = o * np.tanh(f * c + i * g)
        return c, c

    mistakes = {
        swapped: "gates are swapped",
        upside_down: "turned round",
        old_state: "old cell state",
        bare: "without tanh",
        only_h: "2 things were expected",
        hidden_as_cell_state: "shapes h alone",
    }
    assert_outcomes(chapter_05.lstm_states, starter, mistakes)


def test_gradient_through_cell_state():
    def starter(f):
        """Share of the gradient that reaches each step."""
        ...

    def own_gate(f):
        kept, product = [], 1.0
        for gate in reversed(f):
            product *= gate
            kept.append(product)
        return np.array(kept[::-1])

    def forwards(f):
        return np.cumprod(f)

    def next_gate(f):
        return np.append(f[1:], 1.0)

    def added(f):
        return np.array([f[t + 1 :].sum() if t + 1 < len(f) else 1.0 for t in range(len(f))])

    def one_short(f):
        return np.cumprod(f[:0:-1])[::-1]

    mistakes = {
        own_gate: "gate of step t itself",
        forwards: "from the first step on",
        next_gate: "only one gate",
        added: "they multiply",
        one_short: "shape (2,)",
    }
    assert_outcomes(chapter_05.gradient_through_cell_state, starter, mistakes)


def test_first_gru():
    def gates(x, h, w):
        return rnn.gru_gates(x, h, w)[:2]

    def starter(x, h, w):
        """The next state of the first GRU."""
        ...

    def keras(x, h, w):
        return rnn.gru_step(x, h, w)

    def turned_round(x, h, w):
        z, r = gates(x, h, w)
        return (1 - z) * h + z * np.tanh(x @ w.W_xh + (r * h) @ w.W_hh + w.b_xh)

    def without_reset(x, h, w):
        z, _ = gates(x, h, w)
        return z * h + (1 - z) * np.tanh(x @ w.W_xh + h @ w.W_hh + w.b_xh)

    def swapped(x, h, w):
        r, z = gates(x, h, w)
        return z * h + (1 - z) * np.tanh(x @ w.W_xh + (r * h) @ w.W_hh + w.b_xh)

    mistakes = {
        keras: "after the product",
        turned_round: "z is turned round",
        without_reset: "never used",
        swapped: "gates are swapped",
    }
    assert_outcomes(chapter_05.first_gru, starter, mistakes)
