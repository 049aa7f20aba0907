"""Exercises of chapter 04: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_04


def test_step_back():
    def starter(dh_later, dh_own, h, W_hh):
        """What the state before receives."""
        ...

    def own_forgotten(dh_later, dh_own, h, W_hh):
        return (dh_later * (1 - h * h)) @ np.transpose(W_hh)

    def later_forgotten(dh_later, dh_own, h, W_hh):
        return (dh_own * (1 - h * h)) @ np.transpose(W_hh)

    def no_slope(dh_later, dh_own, h, W_hh):
        return dh_own @ W_hh.T + dh_later @ W_hh.T

    def tanh_again(dh_later, dh_own, h, W_hh):
        return ((dh_own + dh_later) / np.cosh(h) ** 2) @ W_hh.T

    def forwards(dh_later, dh_own, h, W_hh):
        return ((dh_own + dh_later) * (1 - h * h)) @ W_hh

    mistakes = {
        own_forgotten: "own gradient",
        later_forgotten: "later steps",
        no_slope: "slope of tanh is missing",
        tanh_again: "without another tanh",
        forwards: "transposed",
    }
    assert_outcomes(chapter_04.step_back, starter, mistakes)


def test_slopes():
    def starter(loss, w, width):
        """The slope of the loss for each weight."""
        ...

    def moved(w, place, by):
        w = w.copy()
        w.flat[place] += by
        return w

    def per_weight(slope, w):
        return np.array([slope(place) for place in range(w.size)]).reshape(w.shape)

    def upwards(loss, w, width):
        return per_weight(lambda place: (loss(moved(w, place, width)) - loss(w)) / width, w)

    def width_once(loss, w, width):
        return per_weight(lambda p: (loss(moved(w, p, width)) - loss(moved(w, p, -width))) / width, w)

    def together(loss, w, width):
        return np.ones(w.shape) * (loss(w + width) - loss(w - width)) / (2 * width)

    def left_behind(loss, w, width):
        slopes = []
        for place in np.ndindex(w.shape):
            w[place] = w[place] + width
            above = loss(w)
            w[place] = w[place] - 2 * width
            slopes.append((above - loss(w)) / (2 * width))
        return np.reshape(slopes, w.shape)

    mistakes = {
        upwards: "one side only",
        width_once: "twice the width",
        together: "at once",
        left_behind: "put back",
    }
    assert_outcomes(chapter_04.slopes, starter, mistakes)


def test_carried_loss():
    def starter(read, ids, steps, h):
        """The loss of a whole melody."""
        ...

    def over(read, windows, h):
        losses = []
        for window in windows:
            loss, h = read(window, h)
            losses.append(loss)
        return sum(losses)

    def fresh(read, ids, steps, h):
        windows = [ids[s : s + steps + 1] for s in range(0, len(ids) - 1, steps)]
        return sum(read(window, h)[0] for window in windows)

    def no_overlap(read, ids, steps, h):
        return over(read, np.split(ids, range(steps, len(ids), steps)), h)

    def overlap_of_two(read, ids, steps, h):
        return over(read, [ids[s : s + steps + 2] for s in range(0, len(ids) - 1, steps)], h)

    def whole_windows(read, ids, steps, h):
        count = (len(ids) - 1) // steps
        return over(read, [ids[n * steps : (n + 1) * steps + 1] for n in range(count)], h)

    mistakes = {
        fresh: "not carried",
        no_overlap: "predicted by none",
        overlap_of_two: "predicted twice",
        whole_windows: "at the end is dropped",
    }
    assert_outcomes(chapter_04.carried_loss, starter, mistakes)
