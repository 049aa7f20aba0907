"""Exercises of chapter 03: a step, a loop that carries its state, and the size of a layer."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake


def next_state(x, h, W_xh, W_hh, b_h):
    """The next state from an event and the state before it."""
    return np.tanh(x @ W_xh + h @ W_hh + b_h)


def not_bounded(x, h, W_xh, W_hh, b_h):
    """Leaves tanh out."""
    return x @ W_xh + h @ W_hh + b_h


def no_memory(x, h, W_xh, W_hh, b_h):
    """Leaves the state out."""
    return np.tanh(x @ W_xh + b_h)


def no_bias(x, h, W_xh, W_hh, b_h):
    """Leaves the bias out."""
    return np.tanh(x @ W_xh + h @ W_hh)


def turned_round(x, h, W_xh, W_hh, b_h):
    """Multiplies the state by W_hh from the wrong side."""
    return np.tanh(x @ W_xh + h @ W_hh.T + b_h)


def weights(rng, inputs, units):
    """Random W_xh, W_hh and b_h."""
    return rng.normal(size=(inputs, units)), rng.normal(size=(units, units)), rng.normal(size=units)


def step_cases():
    """One event, and a batch of three."""
    rng = np.random.default_rng(3)
    return [
        Case("one event", rng.normal(size=5), rng.normal(size=4), *weights(rng, 5, 4)),
        Case("a batch of three", rng.normal(size=(3, 5)), rng.normal(size=(3, 4)), *weights(rng, 5, 4)),
    ]


step = Exercise(
    solution=next_state,
    cases=step_cases,
    mistakes=[
        Mistake("tanh is missing: without it the state can grow without end", like=not_bounded),
        Mistake("the state before is not used: then nothing is remembered", like=no_memory),
        Mistake("the bias b_h is missing", like=no_bias),
        Mistake("the state stands left of W_hh: h @ W_hh, not h @ W_hh.T", like=turned_round),
    ],
    hints=[
        "Three things are added, and then tanh is taken of the sum.",
        "The event's share is `x @ W_xh`. What is the state's share?",
        "`np.tanh(x @ W_xh + h @ W_hh + b_h)`.",
    ],
)


def all_states(xs, W_xh, W_hh, b_h):
    """The state after each event, from a state of zeros on."""
    h, hs = np.zeros(W_hh.shape[0]), []
    for x in xs:
        h = next_state(x, h, W_xh, W_hh, b_h)
        hs.append(h)
    return np.stack(hs)


def state_not_carried(xs, W_xh, W_hh, b_h):
    """Starts each step from zeros."""
    return np.stack([next_state(x, np.zeros(W_hh.shape[0]), W_xh, W_hh, b_h) for x in xs])


def last_state(xs, W_xh, W_hh, b_h):
    """Gives the last state alone."""
    return all_states(xs, W_xh, W_hh, b_h)[-1]


def backwards(xs, W_xh, W_hh, b_h):
    """Reads from the end."""
    return all_states(xs[::-1], W_xh, W_hh, b_h)


def with_the_start(xs, W_xh, W_hh, b_h):
    """Gives the zeros of the beginning too."""
    return np.concatenate([np.zeros((1, W_hh.shape[0])), all_states(xs, W_xh, W_hh, b_h)])


def loop_cases():
    """Sequences of six events and of one."""
    rng = np.random.default_rng(4)
    return [
        Case("six events", rng.normal(size=(6, 5)), *weights(rng, 5, 4)),
        Case("two events", rng.normal(size=(2, 3)), *weights(rng, 3, 2)),
    ]


unroll = Exercise(
    solution=all_states,
    cases=loop_cases,
    mistakes=[
        Mistake("the state is not carried: each step starts from zeros", like=state_not_carried),
        Mistake("only the last state came back; collect the state after each event", like=last_state),
        Mistake("the sequence is read from its end", like=backwards),
        Mistake("the zeros of the beginning came back too; leave them out", like=with_the_start),
    ],
    hints=[
        "Begin with `h = np.zeros(...)` and go through `xs` in order.",
        "Each step's result is the next step's `h`; append it to a list.",
        "Return `np.stack(hs)`, one row for each event.",
    ],
)


def numbers_in_layer(inputs, units):
    """W_xh, W_hh and b_h."""
    return inputs * units + units * units + units


def without_loop(inputs, units):
    """Leaves W_hh out."""
    return inputs * units + units


def without_bias(inputs, units):
    """Leaves the bias out."""
    return inputs * units + units * units


def square_of_inputs(inputs, units):
    """Takes W_hh for a matrix of inputs."""
    return inputs * units + inputs * inputs + units


count_weights = Exercise(
    solution=numbers_in_layer,
    cases=[
        Case("38 classes and 128 units", 38, 128),
        Case("38 classes and 8 units", 38, 8),
        Case("2 inputs and 3 units", 2, 3),
    ],
    mistakes=[
        Mistake("W_hh is missing, the weights of the loop", like=without_loop),
        Mistake("the bias is missing, one number for each unit", like=without_bias),
        Mistake("W_hh leads from the units to the units: units × units", like=square_of_inputs),
    ],
    hints=[
        "There are two matrices and a vector.",
        "W_xh has the shape (inputs, units). What are the shapes of W_hh and of b_h?",
        "`inputs * units + units * units + units`: the length of the melody plays no part.",
    ],
)
