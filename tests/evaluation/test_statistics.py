"""Statistics of melodies, worked out by hand."""

import numpy as np
import pytest
from examples import TUNES, TWINKLE

from melody_tutorial.evaluation.intervals import NOTHING, bootstrap
from melody_tutorial.evaluation.statistics import LENGTHS, melody_statistics

A_MINOR = [
    69,
    71,
    72,
    74,
    76,
    78,
    80,
    81,
    79,
    77,
    76,
    74,
    72,
    71,
    69,
]  # up with F sharp and G sharp, down without


def quarters(pitches):
    """Notes of four steps, the last of sixteen."""
    return np.array([event for pitch in pitches for event in (pitch, -2, -2, -2)] + [-2] * 12)


def test_twinkle_in_figures():
    figures = melody_statistics([np.array(TWINKLE)], steps_per_bar=8)
    assert (figures.melodies, figures.notes) == (1, 7)
    assert figures.in_scale.value == 1
    # Intervals: 0, 7, 0, 2, 0, 2.
    assert figures.small_intervals.value == pytest.approx(5 / 6)
    assert figures.repeats.value == pytest.approx(3 / 6)
    assert figures.leaps.value == 0
    assert figures.longest_note.value == 0.5
    assert figures.notes_per_bar.value == 3.5
    classes = [share.value for share in figures.pitch_classes]
    assert classes == pytest.approx([2 / 7, 0, 0, 0, 0, 0, 0, 3 / 7, 0, 2 / 7, 0, 0])
    lengths = {name: share.value for name, share in zip(LENGTHS, figures.note_lengths, strict=True)}
    assert {name: share for name, share in lengths.items() if share} == pytest.approx(
        {"2": 6 / 7, "4": 1 / 7}
    )


def test_the_scale_is_that_of_each_melody():
    in_c = [60, 62, 64, 65, 67, 69, 71, 72]
    in_f_sharp = [pitch + 6 for pitch in in_c]
    assert melody_statistics([quarters(in_c), quarters(in_f_sharp)]).in_scale.value == 1
    assert melody_statistics([quarters(in_c + in_f_sharp)]).in_scale.value < 0.8


def test_minor_has_a_raised_sixth_and_seventh_but_no_raised_third():
    assert melody_statistics([quarters(A_MINOR)]).in_scale.value == 1
    with_c_sharp = [*A_MINOR[:4], 73, *A_MINOR[4:]]
    assert melody_statistics([quarters(with_c_sharp)]).in_scale.value == pytest.approx(15 / 16)


def test_long_notes_share_a_range():
    figures = melody_statistics([np.array([60, *[-2] * length]) for length in (7, 8, 14, 15, 40)])
    assert [share.value for share in figures.note_lengths] == [0] * 7 + [0.2, 0.4, 0.4]


def test_no_interval_leads_from_one_melody_to_the_next():
    figures = melody_statistics([np.array([48, 50]), np.array([83, 75])])
    assert (figures.small_intervals.value, figures.leaps.value) == (0.5, 0.5)


def test_bars_may_differ_between_melodies():
    figures = melody_statistics([np.array([60] + 11 * [-2]), np.array([60] + 15 * [-2])], [12, 16])
    assert figures.longest_note == (1, 1, 1)
    assert figures.notes_per_bar == (1, 1, 1)


def test_the_longest_note_is_a_mean_over_melodies_that_have_one():
    figures = melody_statistics([np.array([60] + 15 * [-2]), np.array([60, 62]), np.array([-2, -2])])
    assert figures.longest_note.value == pytest.approx((1 + 1 / 16) / 2)


def test_each_share_has_the_interval_of_a_bootstrap_over_families():
    melodies, family = [melody.events for melody in TUNES], np.arange(40) // 4
    leaps = [np.abs(np.diff(events[events >= 0])) > 7 for events in melodies]
    expected = bootstrap(np.array([each.sum() for each in leaps]), np.full(40, 39), family)
    assert melody_statistics(melodies, family=family).leaps == expected
    assert expected.low < expected.value < expected.high


@pytest.mark.parametrize("melodies", [[], [np.array([-2, -2, -1])]])
def test_silence_has_figures_too(melodies):
    figures = melody_statistics(melodies)
    assert figures.notes == figures.notes_per_bar.value == 0
    assert figures.in_scale == figures.small_intervals == figures.longest_note == NOTHING
    assert set(figures.pitch_classes) == set(figures.note_lengths) == {NOTHING}
