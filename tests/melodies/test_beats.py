"""Beats: what players know of a time signature."""

from fractions import Fraction

import pytest

from melody_tutorial.melodies.beats import OTHER_QPM, USUAL_QPM, beam, beat, usual_qpm

EIGHTH, SIXTEENTH = Fraction(1, 8), Fraction(1, 16)


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
