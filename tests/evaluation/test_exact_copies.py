"""Copies, found by comparing everything with everything."""

from itertools import pairwise

import numpy as np
from examples import TWINKLE
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.evaluation.exact_copies import Copy, longest_copies

small_tune = st.lists(st.sampled_from([-2, -1, 60, 62, 64]), max_size=14).map(np.array)
small_tunes = st.lists(small_tune, min_size=1, max_size=4)


def test_a_copy_is_found_in_another_key():
    phrase = np.array([60, -2, 64, 67, -2, -2, 65, 62, -2])
    melody = np.concatenate([[72, 71, 72], phrase, [48, 50]])
    training = [
        np.array([60, 61, 60]),
        np.concatenate([[-2, -2, -2, -2, 70], np.where(phrase >= 0, phrase + 5, -2)]),
    ]
    expected = Copy(notes=5, start=3, end=12, source=1, source_start=5, source_end=14)
    assert longest_copies([melody], training) == [expected]


def test_another_rhythm_is_no_copy():
    assert longest_copies([np.array([60, 62, 64])], [np.array([60, -2, 62, -2, 64])]) == [None]


def test_a_whole_melody_may_be_a_copy():
    (copy,) = longest_copies([np.array(TWINKLE)], [np.array(TWINKLE)])
    assert (copy.notes, copy.start, copy.end, copy.source) == (7, 0, 16, 0)


def test_of_equal_copies_the_first_is_named():
    (copy,) = longest_copies(
        [np.array([60, 62, 64])], [np.array([60]), np.array([1, 9, 11, 13, 15]), np.array([60, 62, 64])]
    )
    assert (copy.source, copy.source_start) == (1, 1)


def plain_steps(events):
    onsets = [step for step, event in enumerate(events) if event >= 0]
    return [(b - a, events[b] - events[a]) for a, b in pairwise(onsets)], onsets


def plain_longest(melody, training):
    """Notes of the longest common passage, by comparing every pair of places; 0: none."""
    (ours, _), best = plain_steps(melody), 0
    for other in training:
        theirs, _ = plain_steps(other)
        for i in range(len(ours)):
            for j in range(len(theirs)):
                length = 0
                while (
                    i + length < len(ours)
                    and j + length < len(theirs)
                    and ours[i + length] == theirs[j + length]
                ):
                    length += 1
                best = max(best, length + 1 if length else 0)
    return best


@given(small_tunes, small_tunes)
def test_copies_are_those_of_a_plain_search(melodies, training):
    copies = longest_copies(melodies, training)
    for melody, copy in zip(melodies, copies, strict=True):
        assert (copy.notes if copy else 0) == plain_longest(melody, training)
        if copy:  # and what it points at is the same music
            here, there = (
                melody[copy.start : copy.end],
                training[copy.source][copy.source_start : copy.source_end],
            )
            assert plain_steps(here)[0] == plain_steps(there)[0]
            assert len(plain_steps(here)[1]) == copy.notes
