"""Families: tunes that share much of their music, kept on one side of the split."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.datasets.passages import hash_passages, notes_of
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import counted
from melody_tutorial.melodies import Melody

NEIGHBOURS = 128  # how many of the following tunes with the same passage a tune is compared with


@dataclass(frozen=True)
class Families:
    """Which family each melody belongs to, and which tunes have which passages.

    Attributes:
        first: index of the first melody that is the same but for its key, for each melody.
        tune: number of the tune of each melody; all melodies of one source file are one tune.
        family: number of the family of each melody, 0 … families − 1.
        passage, passage_tune: each distinct passage of each tune, as its hash and the number of the tune;
            sorted by passage, then by tune. Duplicates are left out.
    """

    first: np.ndarray
    tune: np.ndarray
    family: np.ndarray
    passage: np.ndarray
    passage_tune: np.ndarray


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


def find_families(
    melodies: Sequence[Melody], passage_notes: int = 13, family_overlap: float = 0.25
) -> Families:
    """Link tunes that share passages, and gather what is linked.

    A passage is a run of ``passage_notes`` notes: their intervals, and the times between their onsets. Two
    tunes are linked when they share at least ``family_overlap`` of the distinct passages of the one that has
    fewer, or a whole melody; a family is what is linked, directly or by way of others. A passage of more than
    ``NEIGHBOURS`` tunes counts only between tunes that near, so that the cost grows with the number of notes.
    """
    names = [melody.source or index for index, melody in enumerate(melodies)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    tune = np.array([numbers[name] for name in names], dtype=int)
    first = first_of_duplicates(melodies)
    (kept,) = np.nonzero(first == np.arange(len(melodies)))
    notes = notes_of([melodies[index].events for index in kept])
    passage, first_note = hash_passages(notes, passage_notes)
    passage, passage_tune = _distinct(passage, tune[kept[notes.melody[first_note]]], len(numbers))
    links = [
        np.stack([tune, tune[first]], axis=1),
        _links(passage, passage_tune, len(numbers), family_overlap),
    ]
    family = connected_components(len(numbers), np.concatenate(links))[tune]
    return Families(first, tune, family, passage, passage_tune)


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
            f"{counted(len(family), 'melodies')} of {counted(len(numbers), 'unrelated tunes')}, split by "
            f"--eval-ratio {eval_ratio:g}, would leave training or evaluation empty: give files that hold at "
            "least two different tunes, and melody-tutorial extract a ratio between 0 and 1"
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


def shared_passages(families: Families, held_out: np.ndarray) -> dict[str, float]:
    """How many distinct passages the held-out side has, and how many of them training has too."""
    if not len(families.passage):
        return {"eval_passages": 0, "also_in_training": 0, "share": 0.0}
    tune_held = np.zeros(families.tune.max() + 1, dtype=bool)
    tune_held[families.tune] = held_out
    held = tune_held[families.passage_tune]
    starts = np.flatnonzero(np.append(True, families.passage[1:] != families.passage[:-1]))
    in_eval = np.logical_or.reduceat(held, starts)
    common = int((in_eval & np.logical_or.reduceat(~held, starts)).sum())
    number = int(in_eval.sum())
    return {"eval_passages": number, "also_in_training": common, "share": round(common / max(1, number), 4)}


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


def _distinct(passage: np.ndarray, tune: np.ndarray, tunes: int) -> tuple[np.ndarray, np.ndarray]:
    """Each distinct passage of each tune, sorted: hashes without their lowest bits, and tunes."""
    bits = np.uint64(tunes.bit_length())  # the tune takes their place, so that one fast sort does for both
    keys = np.sort(passage >> bits << bits | tune.astype(np.uint64))
    keys = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    return keys >> bits, (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)


def _links(passage: np.ndarray, tune: np.ndarray, tunes: int, family_overlap: float) -> np.ndarray:
    """Pairs of tunes that share enough of their distinct passages, shape (links, 2)."""
    sizes = np.bincount(tune, minlength=tunes)
    pairs, counts = _count_pairs(passage, tune, tunes)
    left, right = pairs // tunes, pairs % tunes
    enough = counts >= family_overlap * np.minimum(sizes[left], sizes[right])
    return np.stack([left[enough], right[enough]], axis=1)


def _count_pairs(passage: np.ndarray, tune: np.ndarray, tunes: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of tunes that share passages, as left · tunes + right, and how many they share.

    In sorted columns the tunes of one passage are neighbours: a shift by 1, 2, … pairs them.
    """
    pairs, counts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for shift in range(1, min(NEIGHBOURS, len(passage) - 1) + 1):
        same = passage[shift:] == passage[:-shift]
        if not same.any():
            break
        found, count = np.unique(tune[:-shift][same] * tunes + tune[shift:][same], return_counts=True)
        pairs.append(found)
        counts.append(count)
    merged, place = np.unique(np.concatenate(pairs), return_inverse=True)
    return merged, np.bincount(place, np.concatenate(counts), len(merged))


def _fill(sizes: np.ndarray, order: np.ndarray, wanted: float) -> tuple[list[int], int]:
    """Families taken in that order while they fit into ``wanted`` melodies, and the melodies they hold."""
    chosen, held = [], 0
    for number in order.tolist():
        if held + sizes[number] <= wanted:
            chosen.append(number)
            held += int(sizes[number])
    return chosen, held
