"""Families: melodies that share much of their music, kept on one side of the split."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.datasets.relatives import find_relatives
from melody_tutorial.errors import UserError
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


def hold_out(family: np.ndarray, eval_ratio: float, seed: int) -> np.ndarray:
    """Choose whole families at random, to hold out as near to ``eval_ratio`` of the melodies as they allow.

    Args:
        family: number of the family of each melody.
        eval_ratio: share of the melodies, 0 … 1; at least one family stays on each side.
        seed: of the random choice.

    Returns:
        Numbers of the families that are held out, at least one.

    Raises:
        UserError: one side would be empty.
    """
    numbers, sizes = np.unique(family, return_counts=True)
    if len(numbers) < 2 or not 0 < eval_ratio < 1:
        raise UserError(
            f"{len(family)} melodies of {len(numbers)} unrelated tunes split by --eval-ratio {eval_ratio:g} "
            "leave training or evaluation empty: give a ratio between 0 and 1, and files that hold at "
            "least two different tunes"
        )
    wanted = eval_ratio * len(family)
    order = np.random.default_rng(seed).permutation(len(numbers))
    chosen, held = _fill(sizes, order, wanted)
    rest = order[~np.isin(order, chosen)]
    smallest = rest[np.argmin(sizes[rest])]
    nearer = abs(held + sizes[smallest] - wanted) < abs(held - wanted)
    if not chosen or (nearer and len(rest) > 1):
        chosen.append(smallest)
    return numbers[chosen]


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


def _fill(sizes: np.ndarray, order: np.ndarray, wanted: float) -> tuple[list[int], int]:
    """Families taken in that order while they fit into ``wanted`` melodies, and the melodies they hold."""
    chosen, held = [], 0
    for number in order.tolist():
        if held + sizes[number] <= wanted:
            chosen.append(number)
            held += int(sizes[number])
    return chosen, held
