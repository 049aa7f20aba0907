"""Alignment: the passage that two melodies have most in common, notes left out on either side allowed.

Smith and Waterman (1981), "Identification of common molecular subsequences". A changed note is one left out
on each side. Many pairs are aligned at a time, along the diagonals of their tables, whose cells do not depend
on each other.
"""

import numpy as np

MATCH, SKIP = 2, 1  # what a pair of equal notes wins, and what a note costs that has no partner
BATCH = 128  # pairs aligned at a time: fewer pay for calls, more for tables that leave the cache
NO_LEFT, NO_RIGHT = 1 << 13, 1 << 14  # beyond the end of a melody; equal to no pitch, nor to each other


def align(
    pitch: np.ndarray,
    start: np.ndarray,
    length: np.ndarray,
    pairs: np.ndarray,
    transposition: np.ndarray,
    skip: int = SKIP,
) -> np.ndarray:
    """Score of the best common passage of pairs of melodies.

    Args:
        pitch: of all notes of all melodies, one after the other; each melody has at most 10,000.
        start, length: where the notes of each melody start in ``pitch``, and how many they are.
        pairs: two numbers of melodies each, shape (pairs, 2).
        transposition: semitones by which the second melody of each pair is moved up.
        skip: what a note costs that has no partner.

    Returns:
        ``MATCH`` for each pair of equal notes, less ``skip`` for each note without partner between the first
        pair and the last; at least 0, shape (pairs,).
    """
    scores = np.zeros(len(pairs), dtype=np.int64)
    order = np.argsort(length[pairs].sum(axis=1), kind="stable")  # little padding within a batch
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        left, right = pairs[batch].T
        scores[batch] = _best_of_batch(
            _padded(pitch, start[left], length[left], 0, NO_LEFT),
            _padded(pitch, start[right], length[right], transposition[batch], NO_RIGHT)[::-1],
            skip,
        )
    return scores


def _padded(
    pitch: np.ndarray, start: np.ndarray, length: np.ndarray, moved: np.ndarray | int, beyond: int
) -> np.ndarray:
    """The notes of some melodies as columns of one table, shape (longest, melodies)."""
    place = np.arange(length.max(initial=0))[:, None]
    table = pitch[np.minimum(start + place, len(pitch) - 1)] + moved
    return np.where(place < length, table, beyond).astype(np.int16)


def _best_of_batch(left: np.ndarray, right: np.ndarray, skip: int) -> np.ndarray:
    """Best score of each column of ``left`` with the same of ``right``, which stands upside down.

    On a diagonal the places i in ``left`` and j in ``right`` have one sum; row i + 1 of ``here`` is the cell
    of place i. Row 0 and whatever lies beyond the ends stay 0.
    """
    rows, columns = len(left), len(right)
    before, last, here = np.zeros((3, rows + 1, left.shape[1]), dtype=np.int16)
    best = np.zeros_like(here)
    scratch = np.empty_like(here)
    for diagonal in range(rows + columns - 1):
        low, high = max(0, diagonal - columns + 1), min(rows, diagonal + 1)
        shift = columns - 1 - diagonal
        cell, skipped = here[low + 1 : high + 1], scratch[low:high]
        # All bits set where the notes are equal, none where they differ.
        np.bitwise_xor(left[low:high], right[low + shift : high + shift], out=cell)
        np.minimum(cell, 1, out=cell)
        np.subtract(cell, 1, out=cell)
        np.add(before[low:high], MATCH, out=skipped)
        np.bitwise_and(cell, skipped, out=cell)
        np.maximum(last[low:high], last[low + 1 : high + 1], out=skipped)
        np.subtract(skipped, skip, out=skipped)
        np.maximum(cell, skipped, out=cell)
        np.maximum(cell, 0, out=cell)
        np.maximum(best[low:high], cell, out=best[low:high])
        before, last, here = last, here, before
    return best.max(axis=0, initial=0)
