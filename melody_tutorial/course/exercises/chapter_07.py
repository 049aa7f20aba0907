"""Exercises of chapter 07: temperature, top-k, and the likelihood of a melody."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake
from melody_tutorial.networks import softmax


def with_temperature(logits, temperature):
    """softmax of the logits divided by the temperature."""
    e = np.exp((logits - logits.max()) / temperature)
    return e / e.sum()


def multiplied(logits, temperature):
    """Multiplies by the temperature."""
    return softmax(logits * temperature)


def after_softmax(logits, temperature):
    """Divides the probabilities, which do not sum to one any more."""
    return softmax(logits) / temperature


def not_normalised(logits, temperature):
    """Leaves the division by the sum out."""
    return np.exp((logits - logits.max()) / temperature)


temperature = Exercise(
    solution=with_temperature,
    cases=[
        Case("three logits at temperature 0.5", np.array([2.0, 1.0, -1.0]), 0.5),
        Case("three logits at temperature 2", np.array([2.0, 1.0, -1.0]), 2.0),
        Case(
            "large logits",
            np.array([1000.0, 999.0]),
            1.0,
            because="exp(1000) is too large: subtract the maximum",
        ),
    ],
    mistakes=[
        Mistake("the logits are multiplied by the temperature; divide them", like=multiplied),
        Mistake("the probabilities were divided; divide the logits, before softmax", like=after_softmax),
        Mistake("the numbers do not sum to one; divide by their sum", like=not_normalised),
    ],
    hints=[
        "Softmax stays as it is. What goes into it changes.",
        "A high temperature brings the logits nearer to each other.",
        "`softmax(logits / temperature)`; subtract the largest logit first.",
    ],
)


def k_likeliest(probabilities, k):
    """Zero for all but the k likeliest, and the rest scaled to sum to one."""
    kept = np.zeros_like(probabilities)
    best = np.argsort(-probabilities)[:k]
    kept[best] = probabilities[best]
    return kept / kept.sum()


def k_least(probabilities, k):
    """Keeps the least likely."""
    kept = np.zeros_like(probabilities)
    worst = np.argsort(probabilities)[:k]
    kept[worst] = probabilities[worst]
    return kept / kept.sum()


def k_not_scaled(probabilities, k):
    """Does not scale."""
    kept = np.zeros_like(probabilities)
    best = np.argsort(-probabilities)[:k]
    kept[best] = probabilities[best]
    return kept


def first_k(probabilities, k):
    """Keeps the first k places."""
    kept = np.zeros_like(probabilities)
    kept[:k] = probabilities[:k]
    return kept / kept.sum()


def k_all_equal(probabilities, k):
    """Gives the k likeliest the same probability."""
    kept = np.zeros_like(probabilities)
    kept[np.argsort(-probabilities)[:k]] = 1 / k
    return kept


top_k = Exercise(
    solution=k_likeliest,
    cases=[
        Case("the two likeliest of five", np.array([0.1, 0.4, 0.05, 0.25, 0.2]), 2),
        Case("the three likeliest of five", np.array([0.1, 0.4, 0.05, 0.25, 0.2]), 3),
        Case("all of three", np.array([0.2, 0.3, 0.5]), 3),
    ],
    mistakes=[
        Mistake("the least likely were kept", like=k_least),
        Mistake("what is left does not sum to one; divide by its sum", like=k_not_scaled),
        Mistake("the first k places were kept, not the k likeliest", like=first_k),
        Mistake("the kept classes are all equal; they keep their proportions", like=k_all_equal),
    ],
    hints=[
        "First find the k likeliest, then set all others to zero, then scale.",
        "`np.argsort(-probabilities)[:k]` gives the places of the k largest.",
        "Fill an array of zeros at these places, and divide it by its sum.",
    ],
)


def summed_logs(probabilities, ids):
    """Σ ln p of what was drawn."""
    return np.log(probabilities[np.arange(len(ids)), ids]).sum()


def product(probabilities, ids):
    """The product itself."""
    return probabilities[np.arange(len(ids)), ids].prod()


def largest(probabilities, ids):
    """Takes the likeliest class of each step."""
    return np.log(probabilities.max(axis=1)).sum()


def mean_logs(probabilities, ids):
    """Averages."""
    return np.log(probabilities[np.arange(len(ids)), ids]).mean()


def negative(probabilities, ids):
    """Gives the loss."""
    return -np.log(probabilities[np.arange(len(ids)), ids]).sum()


def likelihood_cases():
    """Random predictions, and a certain one."""
    rng = np.random.default_rng(7)
    return [
        Case("six events", rng.dirichlet(np.ones(38), 6), rng.integers(0, 38, 6)),
        Case("three events", rng.dirichlet(np.ones(5), 3), np.array([4, 0, 2])),
    ]


log_likelihood = Exercise(
    solution=summed_logs,
    cases=likelihood_cases,
    mistakes=[
        Mistake(
            "this is the product; for long melodies it is too small for a computer: add logarithms",
            like=product,
        ),
        Mistake("the likeliest class of each step was taken; take the one that was drawn", like=largest),
        Mistake("this is the mean; the likelihood of a melody is a sum of logarithms", like=mean_logs),
        Mistake("the sign is turned: this is the loss, the log-likelihood is negative", like=negative),
    ],
    hints=[
        "The probability of a melody is the product of the probabilities of its events.",
        "The logarithm of a product is the sum of the logarithms.",
        "`np.log(probabilities[np.arange(len(ids)), ids]).sum()`.",
    ],
)
