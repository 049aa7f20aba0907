"""Statistics of melodies worked out by hand, and copies found by comparing everything with everything."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.evaluation.originality import Copy, longest_copies
from melody_tutorial.evaluation.statistics import melody_statistics

small_tune = st.lists(st.sampled_from([-2, -1, 60, 62, 64]), max_size=14).map(np.array)
small_tunes = st.lists(small_tune, min_size=1, max_size=4)

TWINKLE = np.array([60, -2, 60, -2, 67, -2, 67, -2, 69, -2, 69, -2, 67, -2, -2, -2])


def test_twinkle_in_figures():
    figures = melody_statistics([TWINKLE], steps_per_bar=8)
    assert (figures.melodies, figures.notes) == (1, 7)
    assert figures.in_scale == 1
    # Intervals: 0, 7, 0, 2, 0, 2.
    assert figures.small_intervals == pytest.approx(5 / 6)
    assert figures.repeats == pytest.approx(3 / 6)
    assert figures.leaps == 0
    assert (figures.longest_note, figures.longest_note_bars) == (4, 0.5)
    assert figures.notes_per_bar == 3.5
    assert figures.pitch_classes == pytest.approx([2 / 7, 0, 0, 0, 0, 0, 0, 3 / 7, 0, 2 / 7, 0, 0])
    assert figures.note_lengths == pytest.approx({2: 6 / 7, 4: 1 / 7})


def test_the_scale_is_that_of_each_melody():
    in_c, in_f_sharp = [60, 62, 64, 65, 67, 69, 71], [66, 68, 70, 71, 73, 75, 77]
    assert melody_statistics([np.array(in_c), np.array(in_f_sharp)]).in_scale == 1
    assert melody_statistics([np.array(in_c + in_f_sharp)]).in_scale < 0.7


def test_no_interval_leads_from_one_melody_to_the_next():
    figures = melody_statistics([np.array([48, 50]), np.array([83, 75])])
    assert (figures.small_intervals, figures.leaps) == (0.5, 0.5)


def test_bars_may_differ_between_melodies():
    figures = melody_statistics([np.array([60] + 11 * [-2]), np.array([60] + 15 * [-2])], [12, 16])
    assert figures.longest_note_bars == 1
    assert figures.notes_per_bar == 1


@pytest.mark.parametrize("melodies", [[], [np.array([-2, -2, -1])]])
def test_silence_has_figures_too(melodies):
    figures = melody_statistics(melodies)
    assert (figures.notes, figures.in_scale, figures.small_intervals, figures.longest_note) == (0, 0, 0, 0)
    assert figures.pitch_classes == (0.0,) * 12
    assert figures.note_lengths == {}


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
    (copy,) = longest_copies([TWINKLE], [TWINKLE])
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
