"""Keys: their names in words, and ABC's ``K:`` fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.datasets.corpus import read_tunes
from melody_tutorial.melodies.keys import FIFTHS, MODES, NOT_CLEAR, SHARPS, Key, field_of_key, key_of_field
from melody_tutorial.music.abc import convert_tunes, tune_keys
from melody_tutorial.music.midi import read_midi

# What a K: field says → the key in words, None where it names none.
FIELDS = {
    "G": "G major",
    "Bb": "B flat major",
    "F#": "F sharp major",
    "C♯": "D flat major",  # the same sound, with fewer signs
    "Gmaj": "G major",
    "D Major": "D major",
    "C ionian": "C major",
    "Am": "A minor",
    "A m": "A minor",
    "EM": "E minor",  # as abc2midi reads it; the two tunes that have it end on E, with one sharp
    "E Minor": "E minor",
    "F#min": "F sharp minor",
    "Daeo": "D minor",
    "Ador": "A dorian",
    "B DORIAN": "B dorian",
    "Dmix": "D mixolydian",
    "A Mixolydian": "A mixolydian",
    "Glyd": "G lydian",
    "B phrygian": "B phrygian",
    "Eloc": "E locrian",
    "D clef=bass": "D major",
    "Gm bass": "G minor",
    "C treble-8 transpose=-2": "C major",
    "D =c": "D mixolydian",
    "Em ^c": "E dorian",
    "Dmix=c": "D mixolydian",
    "D exp ^f^c": "D major",
    "D exp ^f": "D mixolydian",
    "Am ^g": "A minor",  # no mode has these notes: the one that is named
    "D Phr ^f": "D phrygian",
    "G _e": "G, mode not clear",
    "": None,
    "none": None,
    "HP": None,
    "Hp": None,
    "clef=alto": None,
    "Bn": None,
    "Gxyz": None,
    "H": None,
    "g": None,
    "C % comment": None,  # whoever takes the field cuts comments off
    "D =h": None,
}


@pytest.mark.parametrize(("field", "name"), FIELDS.items())
def test_a_field_names_a_key(field, name):
    key = key_of_field(field)
    assert (key and str(key)) == name
    assert key is None or key.found == "field"


@pytest.mark.parametrize("mode", SHARPS)
def test_a_key_is_written_as_a_field_and_read_again(mode):
    for tonic in range(12):
        key = Key(tonic, mode)
        assert key_of_field(field_of_key(key)) == key
        assert key.sharps() % 12 == sharps(key) and -5 <= key.sharps() <= 6


@pytest.mark.parametrize(
    ("key", "field"),
    [
        (Key(2, "major"), "D"),
        (Key(4, "minor"), "Em"),
        (Key(9, "dorian"), "Ador"),
        (Key(7, "mixolydian"), "Gmix"),
        (Key(10, "major"), "Bb"),
        (Key(6, "minor"), "F#m"),
    ],
)
def test_a_field_is_what_players_write(key, field):
    assert field_of_key(key) == field


@given(st.one_of(st.text(max_size=12), st.text("ABCDEFGabcdefg#b^_= mMixdorp", max_size=12)))
def test_any_field_gives_a_key_or_none(field):
    key = key_of_field(field)
    assert key is None or (key.tonic in range(12) and key.mode in (*SHARPS, NOT_CLEAR))


def sharps(key: Key) -> int:
    """Sharps of the key's signature modulo 12: −1 and 11 are the same notes."""
    return (7 * key.tonic + SHARPS[key.mode]) % 12


def test_every_field_of_the_tune_books_has_the_signature_that_abc2midi_gives_it():
    """Another reader of the same field: it tells the sharps, if not which of their keys is meant."""
    fields = sorted({field for tune in read_tunes() for field in tune_keys(tune.text)})
    assert len(fields) > 50
    converted = convert_tunes([f"X:1\nM:4/4\nL:1/4\nK:{field}\nC4|\n" for field in fields])
    unnamed = []
    for field, conversion in zip(fields, converted, strict=True):
        key, score = key_of_field(field), read_midi(conversion.midi)
        if key is None:
            unnamed.append(field)
        else:
            assert score.key_fifths[0] % 12 == sharps(key), field
            assert score.key_minor[0] == (key.mode == "minor"), field
    assert unnamed == ["Bn", "Hp"]  # a misprint, and the pipes, whose scale names no tonic


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (Key(0, "major"), "C major"),
        (Key(10, "major"), "B flat major"),
        (Key(8, "minor"), "G sharp minor"),
        (Key(3, "dorian"), "E flat dorian"),
        (Key(6, "mixolydian"), "F sharp mixolydian"),
        (Key(7, NOT_CLEAR), "G, mode not clear"),
    ],
)
def test_a_key_has_a_name_in_words(key, name):
    assert str(key) == name


@pytest.mark.parametrize("mode", [*SHARPS, NOT_CLEAR])
def test_the_names_of_twelve_tonics_are_those_of_their_pitch_classes(mode):
    for tonic in range(12):
        name = str(Key(tonic, mode)).replace(",", "").split()
        sign = {"sharp": 1, "flat": -1}.get(name[1], 0)
        assert (7 * (FIFTHS.index(name[0]) - 1) + sign) % 12 == tonic


def test_moving_a_key_moves_its_tonic_and_leaves_its_mode():
    assert Key(11, "dorian", "field").moved(3) == Key(2, "dorian")
    assert Key(11, "dorian", "field").moved(-13).found == "field"
    assert all(Key(5, mode).moved(12) == Key(5, mode) for mode in MODES)


def test_how_a_key_was_found_does_not_make_it_another():
    assert Key(0, "major", "field") == Key(0, "major", "notes") != Key(0, "minor", "notes")


@pytest.mark.parametrize(
    ("key", "notes"),
    [
        (Key(0, "major"), {0, 2, 4, 5, 7, 9, 11}),
        (Key(9, "minor"), {9, 11, 0, 2, 4, 5, 6, 7, 8}),  # F and F sharp, G and G sharp
        (Key(2, "dorian"), {0, 2, 4, 5, 7, 9, 11}),
        (Key(7, "mixolydian"), {0, 2, 4, 5, 7, 9, 11}),
        (Key(5, "lydian"), {0, 2, 4, 5, 7, 9, 11}),
        (Key(10, "major"), {10, 0, 2, 3, 5, 7, 9}),
    ],
)
def test_the_scale_of_a_key(key, notes):
    assert key.scale() == notes
