"""Exercises of chapter 02: labels from music, the price in nats, and a fair split."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake


def inputs_and_labels(ids):
    """All but the last event, and all but the first."""
    return ids[:-1], ids[1:]


def not_shifted(ids):
    """The labels are the inputs."""
    return ids, ids


def backwards(ids):
    """The label is the event before."""
    return ids[1:], ids[:-1]


def wrapped_round(ids):
    """The last label is the first event."""
    return ids, np.roll(ids, -1)


labels_of = Exercise(
    solution=inputs_and_labels,
    cases=[
        Case("a melody of nine events", np.array([14, 0, 14, 0, 21, 0, 21, 0, 23])),
        Case("a melody of two events", np.array([16, 1])),
        Case("a melody of one event", np.array([14]), because="nothing comes after the only event"),
    ],
    mistakes=[
        Mistake("the labels are the inputs themselves; move them by one step", like=not_shifted),
        Mistake("each label is the event before its input: the past is no prediction", like=backwards),
        Mistake("the last event got the first as its label; nothing follows it", like=wrapped_round),
    ],
    hints=[
        "Which event should be predicted from the first one? Which event has nothing after it?",
        "`ids[1:]` leaves the first event out, `ids[:-1]` the last.",
        "Return the pair `ids[:-1], ids[1:]`.",
    ],
)


def mean_nats(probabilities, labels, mask):
    """−ln of the probability of each label, averaged over the steps that count."""
    given = probabilities[np.arange(len(labels)), labels]
    return -(mask * np.log(given)).sum() / mask.sum()


def padding_counted(probabilities, labels, mask):
    """Averages over all steps."""
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


def padding_in_the_mean(probabilities, labels, mask):
    """Leaves the padding out of the sum, and counts it in the mean."""
    return -(mask * np.log(probabilities[np.arange(len(labels)), labels])).mean()


def bits(probabilities, labels, mask):
    """Takes the logarithm to base 2."""
    return mean_nats(probabilities, labels, mask) / np.log(2)


def sign_lost(probabilities, labels, mask):
    """Forgets the minus sign."""
    return -mean_nats(probabilities, labels, mask)


def log_of_mean(probabilities, labels, mask):
    """Averages the probabilities before the logarithm."""
    given = probabilities[np.arange(len(labels)), labels]
    return -np.log((mask * given).sum() / mask.sum())


def price_cases():
    """Random predictions, one with padding at the end, one of the uniform model."""
    rng = np.random.default_rng(2)
    predicted = rng.dirichlet(np.ones(38), 6)
    labels = rng.integers(0, 38, 6)
    return [
        Case("six steps, two of them padding", predicted, labels, np.array([1.0, 1, 1, 1, 0, 0])),
        Case("six steps without padding", predicted, labels, np.ones(6)),
        Case("the uniform model", np.full((3, 38), 1 / 38), np.array([0, 5, 37]), np.array([1.0, 1, 0])),
    ]


nats_per_event = Exercise(
    solution=mean_nats,
    cases=price_cases,
    mistakes=[
        Mistake("padding is counted; its mask is 0", like=padding_counted),
        Mistake("the sum is divided by all steps; divide by the sum of the mask", like=padding_in_the_mean),
        Mistake("these are bits; nats take the natural logarithm", like=bits),
        Mistake("the sign is lost: ln p is negative, and the loss is −ln p", like=sign_lost),
        Mistake("the mean was taken before the logarithm; take −ln p of each step first", like=log_of_mean),
    ],
    hints=[
        "First pick, for each step, the probability that the label got.",
        "`probabilities[np.arange(len(labels)), labels]` picks one number from each row.",
        "`-(mask * np.log(picked)).sum() / mask.sum()`.",
    ],
)


def in_chosen_families(family, chosen):
    """Whether the family of each tune is among the chosen."""
    return np.isin(family, chosen)


def numbers_as_tunes(family, chosen):
    """Takes the family numbers for the places of tunes."""
    return np.isin(np.arange(len(family)), chosen)


def the_training_side(family, chosen):
    """Gives the tunes to learn from."""
    return ~np.isin(family, chosen)


def one_tune_each(family, chosen):
    """Holds out only the first tune of each family."""
    first = np.zeros(len(family), bool)
    first[np.unique(family, return_index=True)[1]] = True
    return np.isin(family, chosen) & first


held_out_tunes = Exercise(
    solution=in_chosen_families,
    cases=[
        Case("seven tunes in four families", np.array([0, 1, 1, 2, 0, 3, 1]), np.array([1, 3])),
        Case("a family of three", np.array([2, 2, 0, 2, 1]), np.array([2])),
    ],
    mistakes=[
        Mistake("these are the tunes with the chosen numbers; look at their families", like=numbers_as_tunes),
        Mistake("this is the training side; True is for the tunes that are held out", like=the_training_side),
        Mistake("a family was torn apart: all its tunes go to one side", like=one_tune_each),
    ],
    hints=[
        "Ask of each tune: is its family among the chosen?",
        "`np.isin(a, b)` asks that of each element of a.",
        "`np.isin(family, chosen)`.",
    ],
)
