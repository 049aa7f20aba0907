"""Beats: what players know of a time signature."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.melodies.beats import EIGHTH, OTHER_QPM, USUAL_QPM, beam, beat, cut_at_beats, usual_qpm
from melody_tutorial.melodies.melody import Melody

SIXTEENTH = Fraction(1, 16)


@pytest.mark.parametrize(
    ("metre", "eighths"),
    [
        ((4, 4), 2),
        ((3, 4), 2),
        ((2, 4), 2),
        ((2, 2), 4),
        ((3, 2), 4),
        ((6, 8), 3),
        ((9, 8), 3),
        ((12, 8), 3),
        ((3, 8), 3),
        ((9, 16), Fraction(3, 2)),
        ((5, 8), 2),
    ],
)
def test_a_beat_is_what_the_foot_taps(metre, eighths):
    assert beat(metre) / EIGHTH == eighths


def test_eighths_of_half_a_bar_are_under_one_beam_and_sixteenths_of_a_quarter():
    for metre in ((4, 4), (2, 2)):
        assert (beam(metre, EIGHTH), beam(metre, SIXTEENTH)) == (4 * EIGHTH, 2 * EIGHTH)
    for metre in ((3, 4), (6, 8)):
        assert beam(metre, EIGHTH) == beam(metre, SIXTEENTH) == beat(metre)


def beats_per_minute(metre):
    return usual_qpm(metre) / (4 * float(beat(metre)))


@pytest.mark.parametrize(
    ("metre", "slowest", "fastest"),
    [
        ((6, 8), 105, 127),
        ((2, 2), 95, 120),
        ((3, 4), 110, 160),
        ((9, 8), 105, 144),
        ((2, 4), 115, 145),
        ((12, 8), 120, 150),
    ],
)
def test_usual_tempos_are_within_what_is_played(metre, slowest, fastest):
    assert slowest <= beats_per_minute(metre) <= fastest


def test_a_bar_takes_as_long_however_it_is_written():
    assert usual_qpm((4, 4)) == usual_qpm((2, 2))
    assert usual_qpm((3, 4)) == 2 * usual_qpm((3, 8))


def test_other_time_signatures_have_the_tempo_of_midi():
    assert usual_qpm((7, 8)) == OTHER_QPM == 120
    assert all(60 <= qpm <= 240 for qpm in USUAL_QPM.values())


def of(metre, steps_per_quarter=4):
    """A melody without events in a time signature."""
    bar = Fraction(*metre) * 4 * steps_per_quarter
    return Melody(np.zeros(0, np.int8), steps_per_quarter, int(bar), metre=metre)


@pytest.mark.parametrize(
    ("metre", "stretch", "parts"),
    [
        ((4, 4), (0, 12), [(0, 0, 12)]),  # a dotted half
        ((4, 4), (0, 10), [(0, 0, 8), (0, 8, 10)]),
        ((4, 4), (2, 16), [(0, 2, 8), (0, 8, 16)]),  # what follows the middle of the bar begins there
        ((6, 8), (0, 10), [(0, 0, 6), (0, 6, 10)]),  # after the dotted beat, in 3/4 after two plain ones
        ((3, 4), (0, 10), [(0, 0, 8), (0, 8, 10)]),
        ((9, 8), (0, 18), [(0, 0, 12), (0, 12, 18)]),
        ((2, 4), (6, 17), [(0, 6, 8), (1, 0, 8), (2, 0, 1)]),
    ],
)
def test_a_long_note_is_cut_where_a_player_looks_for_beats(metre, stretch, parts):
    assert cut_at_beats(*stretch, of(metre)) == parts


@given(
    st.sampled_from([(4, 4), (3, 4), (6, 8), (9, 8), (7, 8), (5, 4), (24, 16), (2, 1)]),
    st.sampled_from([1, 2, 3, 4, 8]),
    st.integers(0, 200),
    st.integers(1, 200),
)
def test_parts_follow_one_another_and_are_note_values(metre, steps_per_quarter, start, length):
    melody = of(metre, steps_per_quarter)
    parts = cut_at_beats(start, start + length, melody)
    bar = melody.steps_per_bar
    begins, ends = ([bar * part[0] + part[k] for part in parts] for k in (1, 2))
    assert [*begins, start + length] == [start, *ends]
    assert all(0 <= first < last <= bar for _, first, last in parts)
    assert {(last - first) // ((last - first) & (first - last)) for _, first, last in parts} <= {1, 3}
