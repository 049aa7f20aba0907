"""Families: melodies that share much of their music; and the drawing of sides that keep them together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from melody_tutorial.config import check_ratios
from melody_tutorial.datasets.relatives import find_relatives
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import counted
from melody_tutorial.melodies import Melody


@dataclass(frozen=True)
class Families:
    """Which tune and which family each melody belongs to.

    Attributes:
        first: index of the first melody that is the same but for its key, for each melody.
        tune: number of the tune of each melody; all melodies of one source file are one tune.
        family: number of the family of each melody, 0 … families − 1.
    """

    first: np.ndarray
    tune: np.ndarray
    family: np.ndarray


def first_of_duplicates(melodies: Sequence[Melody]) -> np.ndarray:
    """Index of the first melody that is the same but for its key; shape (melodies,).

    Two melodies are the same when, from the first note on, every event agrees after a transposition: the same
    intervals, lengths and silences.
    """
    first: dict[bytes, int] = {}
    return np.array(
        [first.setdefault(_in_any_key(melody.events), index) for index, melody in enumerate(melodies)],
        dtype=int,
    )


def find_families(melodies: Sequence[Melody]) -> Families:
    """Gather what is related: duplicates, melodies of one file, and those that ``find_relatives`` finds.

    A family is what is related, directly or by way of others.
    """
    names = [melody.source or index for index, melody in enumerate(melodies)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    tune = np.array([numbers[name] for name in names], dtype=int)
    first = first_of_duplicates(melodies)
    (distinct,) = np.nonzero(first == np.arange(len(melodies)))
    related = distinct[find_relatives([melodies[index].events for index in distinct]).melodies]
    links = np.concatenate([np.stack([tune, tune[first]], axis=1), tune[related]])
    return Families(first, tune, connected_components(len(numbers), links)[tune])


def draw_sides(family: np.ndarray, eval_ratio: float, test_ratio: float, seed: int) -> np.ndarray:
    """Deal whole families at random to the three sides, as near to the ratios as the families allow.

    Args:
        family: number of the family of each melody.
        eval_ratio, test_ratio: shares of the melodies for validation and for test; the rest is for training,
            and each side gets one family at least.
        seed: of the random choice.

    Returns:
        The side of each melody: ``train``, ``validation`` or ``test``.

    Raises:
        UserError: a side would be empty.
    """
    numbers, index, sizes = np.unique(family, return_inverse=True, return_counts=True)
    check_ratios(eval_ratio, test_ratio)
    if len(numbers) < 3:
        raise UserError(
            f"{counted(len(family), 'melodies')} of {counted(len(numbers), 'unrelated tunes')}, split by "
            f"--eval-ratio {eval_ratio:g} and --test-ratio {test_ratio:g}, would leave a side empty: "
            "give files that hold at least three different tunes"
        )
    sides = np.full(len(numbers), "train", dtype="<U10")
    left = np.random.default_rng(seed).permutation(len(numbers))
    for side, ratio, others in (("test", test_ratio, 2), ("validation", eval_ratio, 1)):
        chosen = _choose(sizes, left, ratio * len(family), len(left) - others)
        sides[chosen] = side
        left = left[~np.isin(left, chosen)]
    return sides[index]


def connected_components(count: int, links: np.ndarray) -> np.ndarray:
    """Number of the connected component of each of ``count`` things (union-find, path halving)."""
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for left, right in links.tolist():
        low, high = sorted((root(left), root(right)))
        parent[high] = low  # the lowest number leads, whatever the order of the links
    return np.unique([root(node) for node in range(count)], return_inverse=True)[1]


def _in_any_key(events: np.ndarray) -> bytes:
    """The events from the first note on, pitches counted from it: equal for transposed copies."""
    notes = np.flatnonzero(events >= 0)
    if not len(notes):
        return b""
    relative = events[notes[0] :].astype(np.int16)
    relative[relative >= 0] += 200 - relative[0]  # clear of the −2 and −1 of no-event and note-off
    return relative.tobytes()


def _choose(sizes: np.ndarray, order: np.ndarray, wanted: float, most: int) -> list[int]:
    """Families, from one to ``most``, that hold as near to ``wanted`` melodies as their order allows.

    They are taken in their order while they fit; then the smallest of the others, if that comes nearer.
    """
    chosen, held = [], 0
    for number in order.tolist():
        if held + sizes[number] <= wanted and len(chosen) < most:
            chosen.append(number)
            held += int(sizes[number])
    rest = order[~np.isin(order, chosen)]
    smallest = rest[np.argmin(sizes[rest])]
    nearer = abs(held + sizes[smallest] - wanted) < abs(held - wanted)
    if not chosen or (nearer and len(chosen) < most):
        chosen.append(smallest)
    return chosen


def family_sizes(families: Families) -> dict[str, Any]:
    """How many tunes and families there are, and how many families have how many tunes."""
    tunes_of = np.bincount(np.unique(np.stack([families.family, families.tune]), axis=1)[0])
    sizes = {str(size): count for size, count in sorted(Counter(tunes_of.tolist()).items())}
    return {
        "tunes": int(tunes_of.sum()),
        "families": len(tunes_of),
        "largest": int(tunes_of.max()),
        "tunes_with_relatives": int(tunes_of[tunes_of > 1].sum()),
        "families_by_size": sizes,
    }
