"""The counting models of the table: what stands before a note, and how often each pitch followed it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.pearce_sets import FOLDS, folds
from melody_tutorial.evaluation import Blend, Interval, histories, long_term, mix_by_entropy, short_term

TOLERANCE = 0.02


@dataclass(frozen=True)
class Model:
    """A model of the table; ``order`` None: contexts of any length; ``bias`` None: long-term alone."""

    name: str
    order: int | None
    blend: Blend
    bias: float | None = None
    published: float | None = None  # bits per note on kinder


PUBLISHED = Blend(exclusion=True, shortest_certain=True)
ALL_CONTEXTS = Blend(exclusion=True)
MODELS = (
    Model("order 2", 2, Blend(exclusion=True), published=2.613),
    Model("long-term, any order", None, PUBLISHED, published=2.428),
    Model("long- and short-term, any order", None, PUBLISHED, bias=7, published=2.106),
    Model("the same, all contexts, bias 2", None, ALL_CONTEXTS, bias=2),
)


def predict_by_counts(melodies: Sequence[np.ndarray], model: Model) -> list[np.ndarray]:
    """Probabilities of each pitch at each note of each melody, by a model that has not seen its fold.

    Args:
        melodies: numbers of the pitches in the set's alphabet.

    Returns:
        For each melody an array of shape (notes, alphabet).
    """
    long = by_other_folds(melodies, model.order, model.blend)
    if model.bias is None:
        return long
    short = by_the_melody_so_far(melodies, model.order, model.blend)
    return [mix_by_entropy(pair, model.bias) for pair in zip(long, short, strict=True)]


def by_other_folds(melodies: Sequence[np.ndarray], order: int | None, blend: Blend) -> list[np.ndarray]:
    """What the long-term model makes of each melody, which has counted in the melodies of the other folds."""
    order = max(map(len, melodies)) if order is None else order
    history, fold = [histories(melody, order) for melody in melodies], folds(len(melodies))
    found = [np.empty(0)] * len(melodies)
    for number in range(FOLDS):
        seen, unseen = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        seen_history, seen_pitches, asked = (
            np.concatenate([column[index] for index in indices])
            for column, indices in ((history, seen), (melodies, seen), (history, unseen))
        )
        p = long_term(seen_history, seen_pitches, asked, size_of_alphabet(melodies), blend)
        ends = np.cumsum([len(melodies[index]) for index in unseen])
        for index, long in zip(unseen, np.split(p, ends[:-1]), strict=True):
            found[index] = long
    return found


def by_the_melody_so_far(melodies: Sequence[np.ndarray], order: int | None, blend: Blend) -> list[np.ndarray]:
    """What the short-term model makes of each melody, which counts in the beginning of that melody alone."""
    size = size_of_alphabet(melodies)
    return [
        short_term(histories(melody, len(melody) if order is None else order), melody, size, blend)
        for melody in melodies
    ]


def size_of_alphabet(melodies: Sequence[np.ndarray]) -> int:
    """How many pitches there are, from 0 to the highest."""
    return 1 + max(int(melody.max()) for melody in melodies)


def is_near(found: Interval, model: Model) -> bool:
    """Whether a figure on kinder is the published one, within the tolerance; True where none is published."""
    return model.published is None or abs(found.value / model.published - 1) <= TOLERANCE
