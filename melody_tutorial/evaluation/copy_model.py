"""Copy: the event one bar ago, mixed with what another model expects."""

import numpy as np

from melody_tutorial.evaluation.note_counts import ONSET, NoteView

ROUNDS = 30  # of expectation and maximisation; the weights stand still long before
MOST_AGREEMENT = 7  # classes of agreement: 0, 1, 2–3, 4–7, … events, doubling
NUM_CLASSES_OF_TRUST = 3 * (MOST_AGREEMENT + 1)


def learn_trust(view: NoteView, p: np.ndarray) -> np.ndarray:
    """How far to trust the event one bar ago, learned where another model expects ``p``.

    The weights of the mixture that make the labels likeliest, by expectation and maximisation (Jelinek &
    Mercer 1980), one for each kind of event a bar ago and each class of how long the melody has agreed with
    itself. One copy that was wrong is counted beside those that were seen, so that every event stays
    possible.

    Args:
        view: melodies that the other model has not learned from.
        p: its probabilities, shape (rows, classes).

    Returns:
        Weights from 0 to below 1, shape (classes of trust,).
    """
    group, given = _trust_class(view), p[np.arange(len(p)), view.label]
    there, right = view.bar_ago >= 0, view.bar_ago == view.label
    rows = np.bincount(group[there], minlength=NUM_CLASSES_OF_TRUST)
    trust = np.full(NUM_CLASSES_OF_TRUST, 0.5)
    for _ in range(ROUNDS):
        weight = trust[group]
        copied = weight * right / (weight * right + (1 - weight) * given)
        sums = np.bincount(group[there], weights=copied[there], minlength=NUM_CLASSES_OF_TRUST)
        trust = sums / (rows + 1)
    return trust


def mix_copy(view: NoteView, p: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """(1 − trust) · p, and trust on the event one bar ago; ``p`` alone in the first bar.

    Args:
        view, p: as in ``learn_trust``.
        trust: what it returned.

    Returns:
        Shape (rows, classes).
    """
    weight = np.where(view.bar_ago >= 0, trust[_trust_class(view)], 0)
    mixed = (1 - weight)[:, None] * p
    mixed[np.arange(len(p)), np.maximum(view.bar_ago, 0)] += weight
    return mixed


def _trust_class(view: NoteView) -> np.ndarray:
    """Class of each row by agreement and by the kind of the event one bar ago."""
    agreement = np.minimum(np.ceil(np.log2(view.agreement + 1)).astype(int), MOST_AGREEMENT)
    return 3 * agreement + np.clip(view.bar_ago, 0, ONSET)
