"""Alignment: the best common passage, as the plain table gives it, whatever is aligned beside it."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.datasets import alignment
from melody_tutorial.datasets.alignment import align

pitches = st.lists(st.integers(60, 64), max_size=12)


def score_of(left, right, skip=1):
    """Smith and Waterman's table, cell by cell."""
    table = np.zeros((len(left) + 1, len(right) + 1), dtype=int)
    for row, upper in enumerate(left):
        for column, lower in enumerate(right):
            table[row + 1, column + 1] = max(
                0,
                table[row, column] + 2 if upper == lower else 0,
                table[row, column + 1] - skip,
                table[row + 1, column] - skip,
            )
    return table.max()


def align_lists(melodies, pairs, transposition, skip=1):
    lengths = np.array([len(melody) for melody in melodies])
    pitch = np.array([one for melody in melodies for one in melody], dtype=np.int64)
    return align(
        pitch, np.cumsum(lengths) - lengths, lengths, np.array(pairs), np.array(transposition), skip
    ).tolist()


def test_a_note_left_out_costs_half_a_note():
    tune, passing, other = [60, 64, 67, 72], [60, 62, 64, 67, 72], [61, 63, 66, 68]
    assert align_lists([tune, passing, other], [(0, 0), (0, 1), (0, 2)], [0, 0, 0]) == [8, 7, 0]


def test_another_key_is_made_up_for():
    assert align_lists([[60, 64, 67], [65, 69, 72]], [(0, 1), (0, 1)], [-5, 0]) == [6, 0]


@given(
    st.lists(pitches, min_size=2, max_size=9),
    st.integers(-2, 2),
    st.sampled_from([1, 3, 128]),
    st.sampled_from([1, 4]),
)
def test_scores_are_those_of_the_plain_table(melodies, semitones, batch, skip):
    pairs = list(pairwise(range(len(melodies))))
    expected = [score_of(melodies[a], [pitch + semitones for pitch in melodies[b]], skip) for a, b in pairs]
    kept, alignment.BATCH = alignment.BATCH, batch
    try:
        assert align_lists(melodies, pairs, [semitones] * len(pairs), skip) == expected
    finally:
        alignment.BATCH = kept


def test_nothing_is_aligned_with_nothing():
    empty = np.zeros(0, dtype=np.int64)
    assert align(empty, empty, empty, np.zeros((0, 2), dtype=np.int64), empty).tolist() == []
