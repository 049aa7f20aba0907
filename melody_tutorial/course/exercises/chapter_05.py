"""Exercises of chapter 05: the LSTM's states, the gradient that it keeps, and the published GRU."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake
from melody_tutorial.networks import GRUWeights, sigmoid


def lstm_states_of(i, f, o, g, c):
    """The next hidden and cell state of an LSTM, from its gates, its candidate and its cell state."""
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c


def gates_swapped(i, f, o, g, c):
    """The input gate keeps and the forget gate writes."""
    return lstm_states_of(f, i, o, g, c)


def forget_gate_upside_down(i, f, o, g, c):
    """A forget gate of 1 forgets."""
    return lstm_states_of(i, 1 - f, o, g, c)


def old_state_shown(i, f, o, g, c):
    """h is made from the cell state before it changes."""
    return o * np.tanh(c), f * c + i * g


def state_shown_bare(i, f, o, g, c):
    """h without tanh."""
    c = f * c + i * g
    return o * c, c


def output_gate_in_cell_state(i, f, o, g, c):
    """The output gate changes the cell state itself."""
    c = o * np.tanh(f * c + i * g)
    return c, c


def lstm_cases():
    """Gates, candidate and cell state of a batch, of one unit, and with every gate at an end."""
    rng = np.random.default_rng(5)
    batch = [rng.uniform(0.05, 0.95, (2, 3)) for _ in range(3)]
    ends = [np.array(values) for values in ([1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0])]
    return [
        Case("a batch of two with three units", *batch, rng.uniform(-1, 1, (2, 3)), rng.normal(size=(2, 3))),
        Case("one unit", 0.9, 0.2, 0.7, -0.5, 1.5),
        Case("gates that are all open or shut", *ends, np.array([0.5, 0.5, 0.5]), np.array([2.0, 2.0, -2.0])),
    ]


lstm_states = Exercise(
    solution=lstm_states_of,
    cases=lstm_cases,
    mistakes=[
        Mistake(
            "the gates are swapped: f multiplies the old cell state, i the candidate", like=gates_swapped
        ),
        Mistake("the forget gate is turned round: 1 keeps and 0 forgets", like=forget_gate_upside_down),
        Mistake("h shows the old cell state: compute the new c first", like=old_state_shown),
        Mistake("h shows the cell state without tanh", like=state_shown_bare),
        Mistake(
            "the output gate has reached the cell state: it shapes h alone", like=output_gate_in_cell_state
        ),
    ],
    hints=[
        "There are two lines: first the cell state, then what is shown of it.",
        "The new cell state is a part of the old one plus a part of the candidate g.",
        "`c = f * c + i * g`, and then h from o and the new c.",
    ],
)


def gradient_kept(f):
    """Share of the gradient of the last cell state that reaches that of each step, along the direct path.

    f: forget gates of one unit, (steps,). The result, (steps,), holds ∂c_T / ∂c_t: all f after t, multiplied.
    """
    kept = np.ones(len(f))
    for t in reversed(range(len(f) - 1)):
        kept[t] = kept[t + 1] * f[t + 1]
    return kept


def own_gate_counted(f):
    """Each step's own gate is in its product."""
    return np.cumprod(f[::-1])[::-1]


def forwards(f):
    """The products run from the first step on."""
    return np.cumprod(f)


def one_gate_alone(f):
    """Only the next step's gate, not the product of all later ones."""
    return np.append(f[1:], 1.0)


def gates_added(f):
    """The later gates are added up."""
    return np.append(np.cumsum(f[:0:-1])[::-1], 1.0)


gradient_through_cell_state = Exercise(
    solution=gradient_kept,
    cases=[
        Case("gates 0.5, 0.8, 0.9", np.array([0.5, 0.8, 0.9])),
        Case("a gate that shuts half-way", np.array([0.9, 1.0, 0.0, 1.0, 0.7])),
        Case(
            "a single step", np.array([0.4]), because="for a single step c_T is c_t itself: the answer is 1"
        ),
        Case("forty gates at 0.73", np.full(40, 0.73)),
    ],
    mistakes=[
        Mistake("the gate of step t itself is in the product: it lies before c_t", like=own_gate_counted),
        Mistake("the product runs from the first step on: the gradient comes from the last", like=forwards),
        Mistake(
            "only one gate is used: every step on the way back multiplies by its own", like=one_gate_alone
        ),
        Mistake("the gates are added: one step after the other, they multiply", like=gates_added),
    ],
    hints=[
        "What is ∂c_T / ∂c_T? That is the last number.",
        "c_{t+1} = f_{t+1} c_t + …, so one step back multiplies by f_{t+1}.",
        "Go backwards: `kept[t] = kept[t + 1] * f[t + 1]`.",
    ],
)


def first_gru_step(x, h, w):
    """The next state of a GRU as Cho et al. (2014) published it: r resets h before the product."""
    z = sigmoid(x @ w.W_xz + h @ w.W_hz + w.b_z)
    r = sigmoid(x @ w.W_xr + h @ w.W_hr + w.b_r)
    candidate = np.tanh(x @ w.W_xh + (r * h) @ w.W_hh + w.b_xh)
    return z * h + (1 - z) * candidate


def reset_after(x, h, w):
    """r after the product, as in Keras."""
    z = sigmoid(x @ w.W_xz + h @ w.W_hz + w.b_z)
    r = sigmoid(x @ w.W_xr + h @ w.W_hr + w.b_r)
    return z * h + (1 - z) * np.tanh(x @ w.W_xh + r * (h @ w.W_hh) + w.b_xh)


def update_gate_upside_down(x, h, w):
    """z lets the candidate in, as in some later papers."""
    z = sigmoid(x @ w.W_xz + h @ w.W_hz + w.b_z)
    r = sigmoid(x @ w.W_xr + h @ w.W_hr + w.b_r)
    candidate = np.tanh(x @ w.W_xh + (r * h) @ w.W_hh + w.b_xh)
    return (1 - z) * h + z * candidate


def no_reset(x, h, w):
    """r is never used."""
    z = sigmoid(x @ w.W_xz + h @ w.W_hz + w.b_z)
    return z * h + (1 - z) * np.tanh(x @ w.W_xh + h @ w.W_hh + w.b_xh)


def gates_exchanged(x, h, w):
    """z resets and r updates."""
    z = sigmoid(x @ w.W_xr + h @ w.W_hr + w.b_r)
    r = sigmoid(x @ w.W_xz + h @ w.W_hz + w.b_z)
    candidate = np.tanh(x @ w.W_xh + (r * h) @ w.W_hh + w.b_xh)
    return z * h + (1 - z) * candidate


def gru_cases():
    """Layers with random weights, b_hh being zero."""
    rng = np.random.default_rng(6)

    def case(name, batch, inputs, units):
        shapes = [(inputs, units), (units, units), (units,)] * 3
        w = GRUWeights(*(rng.normal(0, 0.8, shape) for shape in shapes), np.zeros(units))
        return Case(name, rng.normal(size=(batch, inputs)), rng.uniform(-1, 1, (batch, units)), w)

    return [case("three units", 2, 4, 3), case("a single unit", 1, 2, 1), case("five units", 3, 3, 5)]


first_gru = Exercise(
    solution=first_gru_step,
    cases=gru_cases,
    mistakes=[
        Mistake("r comes after the product, as in Keras: here it resets h before it", like=reset_after),
        Mistake(
            "z is turned round: here z keeps h, and 1 − z lets the candidate in", like=update_gate_upside_down
        ),
        Mistake("the reset gate is never used: h enters the candidate as r * h", like=no_reset),
        Mistake("the gates are swapped: z blends, r resets", like=gates_exchanged),
    ],
    hints=[
        "Start from the lines of `rnn.gru_step` and `rnn.gru_gates`. One line differs.",
        "The candidate reads r ⊙ h in place of h.",
        "`(r * h) @ w.W_hh` in place of `r * (h @ w.W_hh)`.",
    ],
)
