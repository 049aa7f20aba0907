"""Exercises of chapter 04: a step back in time, slopes by trying, and a melody in windows."""

from itertools import pairwise

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake


def one_step_back(dh_later, dh_own, h, W_hh):
    """What the state before receives: both gradients, through tanh, and through W_hh."""
    da = (dh_later + dh_own) * (1 - h**2)
    return da @ W_hh.T


def without_own(dh_later, dh_own, h, W_hh):
    """Forgets the gradient of the step's own prediction."""
    return one_step_back(dh_later, 0, h, W_hh)


def without_later(dh_later, dh_own, h, W_hh):
    """Forgets the gradient from the later steps."""
    return one_step_back(0, dh_own, h, W_hh)


def without_slope(dh_later, dh_own, h, W_hh):
    """Leaves out the slope of tanh."""
    return (dh_later + dh_own) @ W_hh.T


def slope_of_state(dh_later, dh_own, h, W_hh):
    """Takes tanh of the state, which is one already."""
    return ((dh_later + dh_own) * (1 - np.tanh(h) ** 2)) @ W_hh.T


def not_transposed(dh_later, dh_own, h, W_hh):
    """Multiplies as on the way forward."""
    return ((dh_later + dh_own) * (1 - h**2)) @ W_hh


def step_cases():
    """One melody, and a batch of three."""
    rng = np.random.default_rng(4)
    return [
        Case(
            name,
            rng.normal(size=shape),
            rng.normal(size=shape),
            np.tanh(rng.normal(size=shape)),
            rng.normal(size=(shape[-1], shape[-1])),
        )
        for name, shape in (("one melody", (4,)), ("a batch of three", (3, 5)))
    ]


step_back = Exercise(
    solution=one_step_back,
    cases=step_cases,
    mistakes=[
        Mistake("the step's own gradient dh_own is not added: each state is used twice", like=without_own),
        Mistake("what comes from the later steps, dh_later, is not used", like=without_later),
        Mistake("the slope of tanh is missing: multiply by 1 − h²", like=without_slope),
        Mistake(
            "h has been through tanh already: its slope is 1 − h², without another tanh", like=slope_of_state
        ),
        Mistake("on the way back W_hh is transposed: da @ W_hh.T", like=not_transposed),
    ],
    hints=[
        "The state is used in two places. What happens to the two gradients?",
        "The slope of tanh at a state h is `1 - h**2`; it multiplies the sum, unit by unit.",
        "`((dh_later + dh_own) * (1 - h**2)) @ W_hh.T`.",
    ],
)


def central_differences(loss, w, width):
    """For each weight: move it up, move it down, divide the change of the loss by the distance."""
    gradient = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[place] += width
        down[place] -= width
        gradient[place] = (loss(up) - loss(down)) / (2 * width)
    return gradient


def one_sided(loss, w, width):
    """Moves up only."""
    gradient = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        up = w.copy()
        up[place] += width
        gradient[place] = (loss(up) - loss(w)) / width
    return gradient


def half_distance(loss, w, width):
    """Divides by the width once."""
    return 2 * central_differences(loss, w, width)


def all_at_once(loss, w, width):
    """Moves all weights together."""
    return np.full_like(w, (loss(w + width) - loss(w - width)) / (2 * width))


def not_put_back(loss, w, width):
    """Leaves each weight where it was moved to."""
    gradient, w = np.zeros_like(w), w.copy()
    for place in np.ndindex(w.shape):
        w[place] += width
        above = loss(w)
        w[place] -= 2 * width
        gradient[place] = (above - loss(w)) / (2 * width)
    return gradient


def cubes(w):
    """A loss with a bend."""
    return float((w**3).sum() + w.prod())


def waves(w):
    """A loss with waves, whose weights act on each other."""
    return float(np.sin(w.sum()) + (w**2 * np.arange(1, w.size + 1).reshape(w.shape)).sum())


slopes = Exercise(
    solution=central_differences,
    cases=[
        Case("three weights", cubes, np.array([0.5, -1.0, 2.0]), 0.1),
        Case("a matrix of weights", waves, np.array([[0.3, -0.2], [1.1, 0.7]]), 0.05),
    ],
    mistakes=[
        Mistake("each weight is moved to one side only; move it up and down", like=one_sided),
        Mistake("between up and down lies twice the width: divide by 2 * width", like=half_distance),
        Mistake("all weights move at once; move one and let the others be", like=all_at_once),
        Mistake("a weight is not put back before the next one moves", like=not_put_back),
    ],
    hints=[
        "Go through the weights with `for place in np.ndindex(w.shape)`.",
        "Copy `w`, move the one place by `width`, and take the loss; then the same downwards.",
        "`(loss(up) - loss(down)) / (2 * width)` is the slope at that place.",
    ],
)


def loss_of_windows(read, ids, steps, h):
    """Sum of the losses of all windows; each begins with the last id and the state of the one before."""
    total = 0.0
    for start in range(0, len(ids) - 1, steps):
        loss, h = read(ids[start : start + steps + 1], h)
        total += loss
    return total


def state_not_carried(read, ids, steps, h):
    """Begins each window with the first state."""
    return sum(read(ids[start : start + steps + 1], h)[0] for start in range(0, len(ids) - 1, steps))


def walk(read, windows, h):
    """Sum of the losses of given windows, with the state carried."""
    total = 0.0
    for window in windows:
        loss, h = read(window, h)
        total += loss
    return total


def border_lost(read, ids, steps, h):
    """Cuts without an overlap: no window predicts the first id of the next."""
    return walk(read, [ids[start : start + steps] for start in range(0, len(ids), steps)], h)


def border_twice(read, ids, steps, h):
    """Lets windows overlap by two ids."""
    return walk(read, [ids[start : start + steps + 2] for start in range(0, len(ids) - 1, steps)], h)


def short_window_dropped(read, ids, steps, h):
    """Takes whole windows alone."""
    starts = range(0, len(ids) - steps, steps)
    return walk(read, [ids[start : start + steps + 1] for start in starts], h)


def toy_read(window, h):
    """A stand-in for a network: its loss depends on the state, on each id and on the id after it."""
    total = 0.0
    for event, label in pairwise(window):
        h = 0.5 * h + 0.1 * float(event)
        total += (0.1 * float(label) - h) ** 2
    return total, h


carried_loss = Exercise(
    solution=loss_of_windows,
    cases=[
        Case("eight ids in windows of 3 steps", toy_read, np.array([14, 0, 21, 0, 23, 9, 21, 5]), 3, 0.4),
        Case(
            "eleven ids in windows of 4 steps",
            toy_read,
            np.array([9, 3, 14, 1, 16, 2, 17, 4, 19, 6, 21]),
            4,
            1.0,
        ),
    ],
    mistakes=[
        Mistake("the state is not carried: each window starts from the first h", like=state_not_carried),
        Mistake(
            "the first id of each window is predicted by none; let windows overlap by one id",
            like=border_lost,
        ),
        Mistake(
            "an id at the border is predicted twice; windows overlap by one id, not by two", like=border_twice
        ),
        Mistake("the short window at the end is dropped", like=short_window_dropped),
    ],
    hints=[
        "A window of n steps holds n + 1 ids: n to read, and each one's label after it.",
        "Windows start at 0, steps, 2 * steps, … and each begins with the id that ended the one before.",
        "`for start in range(0, len(ids) - 1, steps): loss, h = read(ids[start : start + steps + 1], h)`",
    ],
)
