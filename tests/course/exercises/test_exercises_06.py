"""Exercises of chapter 06: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_06


def test_masked_loss():
    def starter(nats, mask):
        """Mean loss over the events."""
        ...

    def padding(nats, mask):
        return nats.mean()

    def all_places(nats, mask):
        return (nats * mask).sum() / mask.size

    def summed(nats, mask):
        return (nats * mask).sum()

    def rows(nats, mask):
        return np.mean([np.average(n, weights=w) for n, w in zip(nats, mask, strict=True)])

    mistakes = {
        padding: "loss on padding",
        all_places: "divide by all places",
        summed: "this is a sum",
        rows: "mean of the rows",
    }
    assert_outcomes(chapter_06.masked_loss, starter, mistakes)


def test_clip_gradients():
    def starter(gradients, limit):
        """Gradients of a norm within the limit."""
        ...

    def values(gradients, limit):
        return [np.clip(g, -limit, limit) for g in gradients]

    def apart(gradients, limit):
        return [g * min(1, limit / np.linalg.norm(g)) for g in gradients]

    def always(gradients, limit):
        norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
        return [g * limit / norm for g in gradients]

    def squared(gradients, limit):
        total = sum((g**2).sum() for g in gradients)
        return [g * min(1, limit / total) for g in gradients]

    mistakes = {
        values: "turns the direction",
        apart: "one norm over all",
        always: "at most 1",
        squared: "square root",
    }
    assert_outcomes(chapter_06.clip_gradients, starter, mistakes)


def test_should_stop():
    def starter(losses, patience):
        """Whether to stop."""
        ...

    def last_two(losses, patience):
        return len(losses) > 1 and losses[-1] >= losses[-2]

    def in_a_row(losses, patience):
        return len(losses) > patience and all(np.diff(losses[-patience - 1 :]) > 0)

    def late(losses, patience):
        return len(losses) - 1 - losses.index(min(losses)) > patience

    def early(losses, patience):
        return len(losses) - losses.index(min(losses)) >= patience

    mistakes = {
        last_two: "last two epochs alone",
        in_a_row: "rise in every epoch",
        late: "one epoch late",
        early: "one epoch early",
    }
    assert_outcomes(chapter_06.should_stop, starter, mistakes)
