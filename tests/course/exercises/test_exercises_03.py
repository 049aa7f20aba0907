"""Exercises of chapter 03: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_03


def test_step():
    def starter(x, h, W_xh, W_hh, b_h):
        """The next state."""
        ...

    def linear(x, h, W_xh, W_hh, b_h):
        return b_h + h @ W_hh + x @ W_xh

    def forgetful(x, h, W_xh, W_hh, b_h):
        return np.tanh(b_h + x @ W_xh)

    def unbiased(x, h, W_xh, W_hh, b_h):
        return np.tanh(h @ W_hh + x @ W_xh)

    def transposed(x, h, W_xh, W_hh, b_h):
        return np.tanh(b_h + (W_hh @ np.asarray(h).T).T + x @ W_xh)

    mistakes = {
        linear: "tanh is missing",
        forgetful: "not used",
        unbiased: "b_h is missing",
        transposed: "stands left",
    }
    assert_outcomes(chapter_03.step, starter, mistakes)


def test_unroll():
    def starter(xs, W_xh, W_hh, b_h):
        """All states."""
        ...

    def run(xs, W_xh, W_hh, b_h):
        hs = [np.zeros(len(W_hh))]
        for x in xs:
            hs.append(np.tanh(x @ W_xh + hs[-1] @ W_hh + b_h))
        return hs

    def from_zeros(xs, W_xh, W_hh, b_h):
        return np.tanh(xs @ W_xh + b_h)

    def only_last(*arguments):
        return run(*arguments)[-1]

    def from_the_end(xs, *weights):
        return np.stack(run(xs[::-1], *weights)[1:])

    def zeros_too(*arguments):
        return np.stack(run(*arguments))

    mistakes = {
        from_zeros: "not carried",
        only_last: "last state",
        from_the_end: "its end",
        zeros_too: "zeros of",
    }
    assert_outcomes(chapter_03.unroll, starter, mistakes)


def test_count_weights():
    def starter(inputs, units):
        """How many numbers."""
        ...

    def no_loop(inputs, units):
        return (inputs + 1) * units

    def no_bias(inputs, units):
        return (inputs + units) * units

    def wrong_square(inputs, units):
        return inputs * (units + inputs) + units

    mistakes = {no_loop: "weights of the loop", no_bias: "bias is missing", wrong_square: "units × units"}
    assert_outcomes(chapter_03.count_weights, starter, mistakes)
