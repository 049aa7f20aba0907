"""Spelling: the names of pitches in a key, and the key that a melody is written in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.melodies.key_finding import find_keys
from melody_tutorial.melodies.keys import FIFTHS, NOT_CLEAR, Key
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.melodies.spelling import NoteName, accidentals, signs_of, spell, written_key

NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def text(name):
    return name.letter + "#" * name.sharps + "b" * -name.sharps


@pytest.mark.parametrize(
    ("sharps", "scale"),
    [
        (0, "C C# D Eb E F F# G G# A Bb B"),
        (2, "C C# D D# E F F# G G# A A# B"),
        (-3, "C Db D Eb E F Gb G Ab A Bb B"),
    ],
)
def test_pitches_are_spelled_as_their_key_wants(sharps, scale):
    assert " ".join(text(spell(pitch, sharps)) for pitch in range(60, 72)) == scale


@given(pitch=st.integers(0, 127), sharps=st.integers(-7, 7))
def test_every_spelling_sounds_as_its_pitch(pitch, sharps):
    letter, signs, octave = spell(pitch, sharps)
    assert 12 * (octave + 1) + NATURAL[letter] + signs == pitch
    assert abs(signs) <= 2


@pytest.mark.parametrize(
    ("pitch", "sharps", "name"),
    [(60, 0, ("C", 0, 4)), (60, 6, ("B", 1, 3)), (59, -5, ("C", -1, 4)), (62, 6, ("C", 2, 4))],
)
def test_octaves_are_counted_from_the_letter(pitch, sharps, name):
    assert spell(pitch, sharps) == NoteName(*name)


@pytest.mark.parametrize("sharps", range(-7, 8))
def test_the_notes_of_a_signature_need_no_accidental(sharps):
    signs = signs_of(sharps)
    assert sum(signs.values()) == sharps and set(signs) == set(FIFTHS)
    scale = [spell(60 + (7 * sharps + step) % 12, sharps) for step in (0, 2, 4, 5, 7, 9, 11)]
    assert {name.letter: name.sharps for name in scale} == signs


def tune(*pitches, key=None):
    return Melody(np.array([event for pitch in pitches for event in (pitch, -2, -2, -2)], np.int8), key=key)


def test_a_melody_is_written_in_its_own_key():
    assert written_key(tune(60, 64, 67, 60, key=Key(9, "dorian"))) == Key(9, "dorian")


@pytest.mark.parametrize("key", [None, Key(5, NOT_CLEAR)])
def test_or_in_that_of_its_notes(key):
    assert written_key(tune(67, 69, 71, 72, 74, 76, 78, 79, 67, key=key)) == Key(7, "major")


def test_or_where_their_mode_is_not_clear_with_the_fewest_accidentals():
    two = tune(60, 60, 63, 60)
    (found,) = find_keys([two])
    assert found == Key(0, NOT_CLEAR)
    assert written_key(two) == Key(0, "minor")
    assert [accidentals(two, Key(0, mode)) for mode in ("major", "minor")] == [1, 0]


def test_or_in_c_major_where_there_is_none():
    assert written_key(Melody(np.full(4, -2, np.int8))) == Key(0, "major")
