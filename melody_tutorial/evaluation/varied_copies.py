"""What a melody shares with the training melodies by alignment: the longest passage, ornaments allowed.

Grams find the training melodies that may have it, and an alignment of the pitches finds it. Note values play
no part, and a note that is repeated counts once.
"""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.datasets import MATCH, Line, Notes, align, hash_runs, mix, notes_of, starts_of_runs
from melody_tutorial.evaluation.exact_copies import Copy

SKIP = 2 * MATCH  # what a note without partner costs: as much as two pairs bring, or chance would add up
INTERVALS = 5  # in a gram
CANDIDATES = 256  # training melodies, each at one transposition, that a melody is aligned with
DRIFT = 32  # notes by which the two sides of a passage may run apart, by what is left out
PLACE_BITS = 14  # a melody has fewer notes than 2¹⁴


def longest_varied_copies(
    melodies: Sequence[np.ndarray], training: Sequence[np.ndarray]
) -> list[Copy | None]:
    """The passage of each melody that is most like one of a training melody; None when no gram agrees.

    Two passages are alike when the same pitches follow each other, whatever the key and the note values; some
    notes may be left out on either side, such as ornaments and passing notes, and a changed note is left out
    on both. The best has the most notes with a partner, less two for each left out: a local alignment (Smith
    & Waterman 1981). Only the training melodies that share most grams near one offset are aligned. Of 358
    test tunes of the default corpus that misses the longest passage of 11, for 5 by more than five notes, as
    told by 3,000 alignments of each tune.

    Args:
        melodies, training: events, each of shape (steps,).

    Returns:
        Passages whose ``notes`` are those that have a partner.
    """
    notes, count = notes_of([*melodies, *training]), len(melodies) + len(training)
    first = starts_of_runs(notes.melody << 7 | notes.pitch)
    line = Line(notes.pitch[first], notes.melody[first])
    length = np.bincount(line.melody, minlength=count)
    start = np.cumsum(length) - length
    pairs, transposition = _candidates(line, len(melodies), count)
    scores = align(line.pitch, start, length, pairs, transposition, SKIP)
    copies: list[Copy | None] = [None] * len(melodies)
    for row in _best_of_each(pairs[:, 0], scores):
        ours, theirs = (slice(start[one], start[one] + length[one]) for one in pairs[row])
        path = _trace(line.pitch[ours], line.pitch[theirs] + transposition[row])
        here, there = _extents(notes, first, path + np.array([ours.start, theirs.start]))
        copies[pairs[row, 0]] = Copy(len(path), *here, int(pairs[row, 1]) - len(melodies), *there)
    return copies


def _candidates(line: Line, ours: int, melodies: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of our melodies the training melodies, and transpositions, at which most grams agree nearby.

    Grams agree nearby where one stands about as far from the beginning as the other, but for an offset that
    all have in common to ``DRIFT`` notes: those of a passage do, and chance spreads over all offsets.

    Args:
        line: of ``melodies`` melodies, the first of which are ``ours``.

    Returns:
        Pairs of melodies, shape (pairs, 2), and semitones by which the second is moved up.
    """
    left, right = _common_grams(line, ours)
    place = np.arange(len(line.pitch)) - np.searchsorted(line.melody, line.melody)
    pair = line.melody[left] * melodies + line.melody[right]
    moved = pair << 8 | line.pitch[left] - line.pitch[right] + 128
    offset = place[right] - place[left] + (1 << PLACE_BITS)
    bands = [moved << PLACE_BITS | (offset + shift) // DRIFT for shift in (0, DRIFT // 2)]
    keys, shared = (
        np.concatenate(column)
        for column in zip(*(np.unique(band, return_counts=True) for band in bands), strict=True)
    )
    moved, most = _most_of_each(keys >> PLACE_BITS, shared)
    melody = (moved >> 8) // melodies
    order = np.lexsort((-most, melody))
    rank = np.arange(len(order)) - np.searchsorted(melody, melody)
    moved = moved[order[rank < CANDIDATES]]
    return np.stack(np.divmod(moved >> 8, melodies), axis=1), (moved & 255) - 128


def _common_grams(line: Line, ours: int) -> tuple[np.ndarray, np.ndarray]:
    """Where in ``line`` a gram of ours begins, and where an equal one of the others does: all such pairs."""
    grams, first = hash_runs(mix(np.diff(line.pitch)), line.melody, INTERVALS)
    border = np.searchsorted(line.melody[first], ours)
    order = border + np.argsort(grams[border:], kind="stable")
    begin, end = (np.searchsorted(grams[order], grams[:border], side=side) for side in ("left", "right"))
    found = end - begin
    right = order[np.repeat(begin - np.cumsum(found) + found, found) + np.arange(found.sum())]
    return np.repeat(first[:border], found), first[right]


def _most_of_each(keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each distinct key, and the largest of its counts."""
    order = np.lexsort((-counts, keys))
    order = order[starts_of_runs(keys[order])]
    return keys[order], counts[order]


def _best_of_each(melody: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The row with the highest score of each melody; of equal ones the first."""
    order = np.lexsort((-scores, melody))
    return order[starts_of_runs(melody[order])]


def _trace(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Places of the paired notes in the best common passage of two rows of pitches, shape (notes, 2)."""
    table = np.zeros((len(left) + 1, len(right) + 1), dtype=np.int64)
    slope = SKIP * np.arange(len(right) + 1)
    for row, pitch in enumerate(left):
        best = np.maximum(table[row] - SKIP, 0)
        best[1:] = np.maximum(best[1:], np.where(right == pitch, table[row, :-1] + MATCH, 0))
        table[row + 1] = np.maximum.accumulate(best + slope) - slope  # notes of the right left out
    path = []
    row, column = np.unravel_index(table.argmax(), table.shape)
    while table[row, column] > 0:
        if left[row - 1] == right[column - 1] and table[row, column] == table[row - 1, column - 1] + MATCH:
            row, column = row - 1, column - 1
            path.append((row, column))
        elif table[row, column] == table[row - 1, column] - SKIP:
            row -= 1
        else:
            column -= 1
    return np.array(path[::-1])


def _extents(notes: Notes, first: np.ndarray, path: np.ndarray) -> list[tuple[int, int]]:
    """Steps from the start of the first note to the end of the last, on each side of a path.

    Args:
        first: row in ``notes`` of the first of each run of repeated notes.
        path: runs that are paired, shape (notes, 2).
    """
    last = np.append(first[1:], len(notes))[path[-1]] - 1
    ends = notes.onset[last] + notes.length[last]
    return list(zip(notes.onset[first[path[0]]].tolist(), ends.tolist(), strict=True))
