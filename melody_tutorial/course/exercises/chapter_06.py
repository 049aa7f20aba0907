"""Exercises of chapter 06: the loss under a mask, clipping by the global norm, and early stopping."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake


def mean_under_mask(nats, mask):
    """Mean loss over the places where the mask is 1; both arguments are (batch, window)."""
    return (nats * mask).sum() / mask.sum()


def padding_counted(nats, mask):
    """The loss on padding is in the mean."""
    return nats.mean()


def divided_by_all(nats, mask):
    """The sum is right, but all places are counted."""
    return (nats * mask).mean()


def not_divided(nats, mask):
    """A sum instead of a mean."""
    return (nats * mask).sum()


def mean_of_rows(nats, mask):
    """Every row has the same say, however few events it holds."""
    return ((nats * mask).sum(axis=1) / mask.sum(axis=1)).mean()


def loss_cases():
    """Batches with padding at the end of rows, and one with an end of a melody in the middle."""
    rng = np.random.default_rng(6)
    padded = np.array([[1.0, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]])
    inner = np.array([[1.0, 0, 1, 1, 1], [1, 1, 1, 0, 0]])
    return [
        Case("three rows with padding", rng.uniform(0, 4, padded.shape), padded),
        Case("a melody that ends in the middle", rng.uniform(0, 4, inner.shape), inner),
    ]


masked_loss = Exercise(
    solution=mean_under_mask,
    cases=loss_cases,
    mistakes=[
        Mistake("the loss on padding is in your mean: multiply by the mask", like=padding_counted),
        Mistake("you divide by all places: divide by the number of events, Σ mask", like=divided_by_all),
        Mistake("this is a sum: divide it by the number of events", like=not_divided),
        Mistake("you take a mean of the rows' means: every event counts the same", like=mean_of_rows),
    ],
    hints=[
        "What should a place where the mask is 0 add to the loss? And to the number of events?",
        "`nats * mask` sets the loss on padding to zero.",
        "Divide `(nats * mask).sum()` by `mask.sum()`.",
    ],
)


def clip_together(gradients, limit):
    """The gradients, scaled by one factor so that the norm of them all is at most the limit."""
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    factor = min(1.0, limit / norm)
    return [factor * gradient for gradient in gradients]


def values_clipped(gradients, limit):
    """Every number on its own is cut at the limit."""
    return [np.clip(gradient, -limit, limit) for gradient in gradients]


def clipped_apart(gradients, limit):
    """Each array has a norm, and a factor, of its own."""
    return [clip_together([gradient], limit)[0] for gradient in gradients]


def always_scaled(gradients, limit):
    """Small gradients are scaled up to the limit."""
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    return [limit / norm * gradient for gradient in gradients]


def without_root(gradients, limit):
    """The squared norm is compared with the limit."""
    squared = sum((gradient**2).sum() for gradient in gradients)
    return [min(1.0, limit / squared) * gradient for gradient in gradients]


clip_gradients = Exercise(
    solution=clip_together,
    cases=[
        Case("two arrays, norm 13", [np.array([[3.0, 4.0]]), np.array([0.0, 12.0])], 1.0),
        Case("small gradients", [np.array([0.3, -0.1]), np.array([[0.2]])], 1.0),
        Case("a limit of 2.5", [np.array([-3.0]), np.array([[1.0, 2.0], [0.5, -4.0]])], 2.5),
    ],
    mistakes=[
        Mistake("each number is cut on its own, which turns the direction", like=values_clipped),
        Mistake("each array has its own norm: take one norm over all of them", like=clipped_apart),
        Mistake("small gradients grow: the factor is at most 1", like=always_scaled),
        Mistake("the square root is missing from the norm", like=without_root),
    ],
    hints=[
        "Think of all numbers of all arrays as one long vector. How long is it?",
        "One factor for all arrays: 1 when the norm is within the limit.",
        "`factor = min(1.0, limit / norm)`.",
    ],
)


def stop_early(losses, patience):
    """Whether the last ``patience`` epochs brought no validation loss below the best before them."""
    best = int(np.argmin(losses))
    return len(losses) - 1 - best >= patience


def only_the_last_two(losses, patience):
    """Stops as soon as the loss rises once."""
    return len(losses) > 1 and losses[-1] >= losses[-2]


def rises_in_a_row(losses, patience):
    """Stops only when the loss rose in each of the last epochs."""
    return len(losses) > patience and all(np.diff(losses[-patience - 1 :]) > 0)


def one_epoch_late(losses, patience):
    """Waits one epoch more."""
    return len(losses) - 1 - int(np.argmin(losses)) > patience


def one_epoch_early(losses, patience):
    """Counts the best epoch itself as one without progress."""
    return len(losses) - int(np.argmin(losses)) >= patience


should_stop = Exercise(
    solution=stop_early,
    cases=[
        Case("one rise, patience 3", [1.9, 1.5, 1.6], 3),
        Case("three epochs without a better one, patience 3", [1.9, 1.5, 1.6, 1.55, 1.58], 3),
        Case("two epochs without a better one, patience 3", [1.9, 1.5, 1.6, 1.7], 3),
        Case("falling losses", [1.9, 1.7, 1.5, 1.4, 1.3], 2),
        Case("three rises after the best one, patience 3", [1.9, 1.5, 1.6, 1.7, 1.8], 3),
        Case("a single epoch", [1.9], 1),
    ],
    mistakes=[
        Mistake("you look at the last two epochs alone: look back to the best one", like=only_the_last_two),
        Mistake(
            "you wait for a rise in every epoch: being no better than the best is enough", like=rises_in_a_row
        ),
        Mistake("you stop one epoch late", like=one_epoch_late),
        Mistake("you stop one epoch early: the best epoch itself is none to wait for", like=one_epoch_early),
    ],
    hints=[
        "Which epoch was the best so far? How many came after it?",
        "`np.argmin(losses)` is the number of the best epoch, from 0.",
        "Stop when `len(losses) - 1 - best >= patience`.",
    ],
)
