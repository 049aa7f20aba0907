"""Relatives: melodies that share much of their music, whatever their key, note values, ornaments, bar lines.

Grams find candidates, an alignment confirms them: compare Uitdenbogerd and Zobel (1999), "Melodic matching
techniques for large music databases". No melody is compared with all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from melody_tutorial.datasets.alignment import MATCH, align
from melody_tutorial.datasets.grams import (
    GramTable,
    gram_table,
    line_of_pulses,
    line_without_repeats,
    starts_of_runs,
)
from melody_tutorial.datasets.passages import Notes, notes_of

INTERVALS = 7  # in a gram
NEIGHBOURS = 16  # how many of the following melodies that have the same gram a melody is paired with
EVENTS = 1 << 19  # grams in common that are counted at a time, which bounds the memory
LEAST_SHARED, LEAST_OVERLAP = 3, 0.05  # grams in common, and their share, that make two melodies candidates
FEW = 10  # grams that a melody is taken to have besides its own: of few grams, some are soon in common
# Chosen with half of the tune books and chorales; benchmarks/relatives.py reports the other half.
ENOUGH_OVERLAP = 0.25  # the share of grams in common that makes relatives with no alignment
ENOUGH_ALIGNED = 4.5  # the strength of an alignment that does with no gram


@dataclass(frozen=True)
class Pairs:
    """Pairs of melodies that have music in common.

    Attributes:
        melodies: the two melodies of each pair, the lower number first; int64, shape (pairs, 2).
        transposition: semitones that bring the second to the pitch of the first; int64.
        overlap: grams in common at that transposition, as a share of the distinct grams of the melody that
            has fewer, and ``FEW`` more; 0 … 1.
    """

    melodies: np.ndarray
    transposition: np.ndarray
    overlap: np.ndarray

    def __len__(self) -> int:
        return len(self.overlap)

    def chosen(self, which: np.ndarray) -> "Pairs":
        """Some of the pairs, by a mask or by their numbers."""
        return Pairs(self.melodies[which], self.transposition[which], self.overlap[which])


def find_relatives(melodies: Sequence[np.ndarray]) -> Pairs:
    """Find the pairs of melodies that are related.

    A quarter of their grams in common is enough, and so is a strong alignment; where both fall short they are
    added up, each as a share of what is enough.

    Args:
        melodies: events of each, shape (steps,).
    """
    notes = notes_of(melodies)
    pairs = find_candidates(notes, len(melodies))
    evidence = pairs.overlap / ENOUGH_OVERLAP
    doubtful = np.flatnonzero(evidence < 1)
    evidence[doubtful] += alignment_strength(notes, pairs.chosen(doubtful)) / ENOUGH_ALIGNED
    return pairs.chosen(evidence >= 1)


def find_candidates(notes: Notes, melodies: int) -> Pairs:
    """Find pairs of melodies that share some grams, an alignment of which may be worth its time.

    The grams are those of the notes without repeats, of the pulses, and of every second pulse, from whichever
    on. Among more than ``NEIGHBOURS`` melodies with the same gram only near ones are paired, so that the cost
    grows with the number of notes; very many copies of one tune are found by way of each other.
    """
    pulses = line_of_pulses(notes, melodies)
    lines = [(line_without_repeats(notes), INTERVALS, 1), (pulses, INTERVALS, 1), (pulses, INTERVALS, 2)]
    table = gram_table(lines, melodies)
    starts = starts_of_runs(table.gram)
    counts = np.diff(np.append(starts, len(table)))
    following = np.minimum(np.repeat(starts + counts, counts) - np.arange(len(table)) - 1, NEIGHBOURS)
    sizes = np.bincount(table.melody, minlength=melodies)
    found = [(np.zeros((0, 2), np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for low, high in pairwise(_blocks(np.bincount(table.melody, following, melodies))):
        rows = np.flatnonzero((table.melody >= low) & (table.melody < high))
        found.append(_count(table, rows, following[rows], sizes))
    return Pairs(*map(np.concatenate, zip(*found, strict=True)))


def alignment_strength(notes: Notes, pairs: Pairs) -> np.ndarray:
    """How strongly each pair is related by its best common passage; 0 or more, shape (pairs,).

    The notes that both have in it, less half a note for each left out, are worth w notes, and w / n of the n
    notes of the shorter melody. The strength is that share times √w: a long passage is evidence where a short
    one is chance.
    """
    lengths = np.bincount(notes.melody, minlength=pairs.melodies.max(initial=-1) + 1)
    starts = np.cumsum(lengths) - lengths
    scores = align(notes.pitch, starts, lengths, pairs.melodies, pairs.transposition)
    return (scores / MATCH) ** 1.5 / lengths[pairs.melodies].min(axis=1)


def _blocks(events: np.ndarray) -> list[int]:
    """Borders between melodies such that those of a block have about ``EVENTS`` events together."""
    return [*starts_of_runs(np.cumsum(events) // EVENTS).tolist(), len(events)]


def _count(
    table: GramTable, rows: np.ndarray, following: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs that share grams, each at the transposition at which it shares most of them, and the share.

    Args:
        table: of all melodies.
        rows: of the first melody of each pair.
        following: how many rows after each to pair it with.
        sizes: number of grams of each melody.
    """
    left = np.repeat(rows, following)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(following) - following, following)
    pair = table.melody[left].astype(np.int64) * len(sizes) + table.melody[right]
    keys = np.sort(pair << 8 | table.pitch[left] - table.pitch[right] + 128)
    starts = starts_of_runs(keys)
    shared = np.diff(np.append(starts, len(keys)))
    some = shared >= LEAST_SHARED
    keys, shared = keys[starts[some]], shared[some]
    first, second = np.divmod(keys >> 8, len(sizes))
    overlap = shared / (np.minimum(sizes[first], sizes[second]) + FEW)
    order = np.lexsort((-overlap, keys >> 8))
    order = order[starts_of_runs(keys[order] >> 8)]
    order = order[overlap[order] >= LEAST_OVERLAP]
    return np.stack([first, second], axis=1)[order], (keys[order] & 255) - 128, overlap[order]
