"""Baselines to beat: models that count how often each event follows the one or two before it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from melody_tutorial.melodies import NUM_CLASSES, NUM_SPECIAL_EVENTS

START = NUM_CLASSES  # stands before a melody's first event, as a context only; of more classes, their number


class Labels(NamedTuple):
    """Every event but the first of each melody, and the events before it; shape (labels,) each."""

    label: np.ndarray
    previous: np.ndarray
    before: np.ndarray  # the event before the previous one; START where there is none


class Hits(NamedTuple):
    """What the probabilities of a model are worth at each label; shape (labels,) each."""

    given: np.ndarray  # probability of the label, float64
    hit: np.ndarray  # chance that the label is picked where the likeliest class is, one of several at random
    onset: np.ndarray  # whether the label is a note-on


def baselines(train: Sequence[np.ndarray], held_out: Sequence[np.ndarray]) -> dict[str, dict[str, float]]:
    """Figures on held-out melodies of models that count in the training melodies.

    ``uniform`` gives all classes the same probability, ``unigram`` each class its frequency, ``bigram`` and
    ``trigram`` its frequency after the one or two events before it in the same melody (see ``count_model``).

    Args:
        train, held_out: token ids of the 38 classes, each uint8 of shape (steps,).

    Returns:
        For each name: ``loss`` in nats per event, the mean over all events but each melody's first;
        ``accuracy``, the share of them that the likeliest class hits; and ``onset_accuracy``, the same over
        those that are note-ons.
    """
    seen, unseen = gather_labels(train), gather_labels(held_out)
    uniform = np.full(NUM_CLASSES, 1 / NUM_CLASSES)
    unigram = count_model(uniform, seen.label)
    bigram = count_model(unigram, seen.label, seen.previous)
    trigram = count_model(bigram, seen.label, seen.previous, seen.before)
    return {
        "uniform": _figures(np.broadcast_to(uniform, (len(unseen.label), NUM_CLASSES)), unseen.label),
        "unigram": _figures(np.broadcast_to(unigram, (len(unseen.label), NUM_CLASSES)), unseen.label),
        "bigram": _figures(bigram[unseen.previous], unseen.label),
        "trigram": _figures(trigram[unseen.before, unseen.previous], unseen.label),
    }


def gather_labels(melodies: Sequence[np.ndarray], start: int = START) -> Labels:
    """The events to be predicted in melodies of token ids, with their contexts."""
    lengths = np.array([len(ids) for ids in melodies], dtype=int)
    ids = np.concatenate([np.zeros(0, dtype=np.uint8), *melodies]).astype(np.int64)
    place = np.arange(len(ids)) - np.repeat(np.cumsum(lengths) - lengths, lengths)  # step in its melody
    before = np.where(place >= 2, np.roll(ids, 2), start)
    inside = place >= 1
    return Labels(ids[inside], np.roll(ids, 1)[inside], before[inside])


def count_model(shorter: np.ndarray, label: np.ndarray, *context: np.ndarray) -> np.ndarray:
    """Probabilities of each class after each context, smoothed by the model with one event less of context.

    Interpolation after Witten and Bell (1991): with n events seen after a context, d of them different,
    p(label | context) = (count + d · p(label | shorter context)) / (n + d). Nothing has to be tuned, and a
    context never seen leaves the shorter one's probabilities.

    Args:
        shorter: probabilities of the shorter model; its last axis are the classes.
        label: the events to be counted, shape (labels,).
        context: the events before them, nearest first, each of shape (labels,).

    Returns:
        Probabilities; one axis of 39 (classes and ``START``) for each event of context, farthest first, then
        38 classes, or as many as ``shorter`` has.
    """
    classes = shorter.shape[-1]
    shape = (classes + 1,) * len(context) + (classes,)
    cells = np.ravel_multi_index((*context[::-1], label), shape)
    counts = np.bincount(cells, minlength=np.prod(shape)).reshape(shape)
    seen = counts.sum(axis=-1, keepdims=True)
    different = np.maximum(1, (counts > 0).sum(axis=-1, keepdims=True))
    return (counts + different * shorter) / (seen + different)


def find_hits(p: np.ndarray, label: np.ndarray) -> Hits:
    """Look up labels in the probabilities of all classes, of shape (labels, classes)."""
    given, best = p[np.arange(len(p)), label], p.max(axis=1)
    hit = (given == best) / (p == best[:, None]).sum(axis=1)
    return Hits(given.astype(float), hit, label >= NUM_SPECIAL_EVENTS)


def _figures(p: np.ndarray, label: np.ndarray) -> dict[str, float]:
    """Loss, accuracy and onset accuracy of probabilities of shape (labels, classes)."""
    given, hit, onset = find_hits(p, label)
    return {
        "loss": float(-np.log(given).mean()),
        "accuracy": float(hit.mean()),
        "onset_accuracy": float(hit[onset].mean()) if onset.any() else 0.0,
    }
