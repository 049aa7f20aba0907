"""Exercises of chapter 02: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_02


def test_labels_of():
    def starter(ids):
        """Inputs and labels."""
        ...

    def same(ids):
        return ids, ids

    def past(ids):
        return ids[1:], ids[:-1]

    def circle(ids):
        return ids, np.concatenate([ids[1:], ids[:1]])

    mistakes = {same: "inputs themselves", past: "event before", circle: "the first as its label"}
    assert_outcomes(chapter_02.labels_of, starter, mistakes)


def test_nats_per_event():
    def starter(probabilities, labels, mask):
        """Nats."""
        ...

    def picked(probabilities, labels):
        return np.array([row[label] for row, label in zip(probabilities, labels, strict=True)])

    def all_steps(probabilities, labels, mask):
        return -np.log(picked(probabilities, labels)).sum() / len(labels)

    def all_in_mean(probabilities, labels, mask):
        return (-np.log(picked(probabilities, labels)) * mask).sum() / len(labels)

    def base_two(probabilities, labels, mask):
        return (-np.log2(picked(probabilities, labels)) * mask).sum() / mask.sum()

    def positive(probabilities, labels, mask):
        return (np.log(picked(probabilities, labels)) * mask).sum() / mask.sum()

    def mean_first(probabilities, labels, mask):
        return -np.log((picked(probabilities, labels) * mask).sum() / mask.sum())

    mistakes = {
        all_steps: "padding is counted",
        all_in_mean: "divided by all steps",
        base_two: "bits",
        positive: "sign is lost",
        mean_first: "before the logarithm",
    }
    assert_outcomes(chapter_02.nats_per_event, starter, mistakes)


def test_held_out_tunes():
    def starter(family, chosen):
        """Which are held out."""
        ...

    def as_places(family, chosen):
        return np.array([place in chosen for place in range(len(family))])

    def other_side(family, chosen):
        return np.array([number not in chosen for number in family])

    def one_of_each(family, chosen):
        seen, out = set(), []
        for number in family.tolist():
            out.append(number in chosen and number not in seen)
            seen.add(number)
        return np.array(out)

    mistakes = {as_places: "chosen numbers", other_side: "training side", one_of_each: "torn apart"}
    assert_outcomes(chapter_02.held_out_tunes, starter, mistakes)
