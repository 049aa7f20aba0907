"""Exercises of chapter 07: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_07


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def test_temperature():
    def starter(logits, temperature):
        """Probabilities."""
        ...

    def times(logits, temperature):
        return softmax(temperature * logits)

    def too_late(logits, temperature):
        return softmax(logits) / temperature

    def no_sum(logits, temperature):
        return np.exp((logits - max(logits)) / temperature)

    def overflow(logits, temperature):
        with np.errstate(over="ignore", invalid="ignore"):
            e = np.exp(logits / temperature)
            return e / e.sum()

    mistakes = {
        times: "multiplied by the temperature",
        too_late: "probabilities were divided",
        no_sum: "sum to one",
        overflow: "subtract the maximum",
    }
    assert_outcomes(chapter_07.temperature, starter, mistakes)


def test_top_k():
    def starter(probabilities, k):
        """Probabilities."""
        ...

    def keep(probabilities, places):
        kept = np.zeros(len(probabilities))
        kept[places] = probabilities[places]
        return kept

    def worst(probabilities, k):
        kept = keep(probabilities, probabilities.argsort()[:k])
        return kept / kept.sum()

    def unscaled(probabilities, k):
        return keep(probabilities, probabilities.argsort()[-k:])

    def places(probabilities, k):
        kept = keep(probabilities, np.arange(k))
        return kept / kept.sum()

    def flat(probabilities, k):
        return (keep(probabilities, probabilities.argsort()[-k:]) > 0) / k

    mistakes = {worst: "least likely", unscaled: "sum to one", places: "first k places", flat: "all equal"}
    assert_outcomes(chapter_07.top_k, starter, mistakes)


def test_log_likelihood():
    def starter(probabilities, ids):
        """Σ ln p."""
        ...

    def drawn(probabilities, ids):
        return np.array([row[i] for row, i in zip(probabilities, ids, strict=True)])

    def multiply(probabilities, ids):
        return np.prod(drawn(probabilities, ids))

    def best(probabilities, ids):
        return np.log(probabilities.max(1)).sum()

    def mean(probabilities, ids):
        return np.log(drawn(probabilities, ids)).sum() / len(ids)

    def loss(probabilities, ids):
        return -np.log(drawn(probabilities, ids)).sum()

    mistakes = {multiply: "product", best: "the one that was drawn", mean: "mean", loss: "sign is turned"}
    assert_outcomes(chapter_07.log_likelihood, starter, mistakes)
