"""ABC: what is written is what abc2midi and music21 read, and what a player would have written."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melody_tutorial.datasets.corpus import read_tunes
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.abc_notation import abc_book, melody_to_abc, save_abc
from melody_tutorial.melodies.keys import NOT_CLEAR, SHARPS, Key, key_of_field
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.melodies.rules import extract_melodies, score_to_primer
from melody_tutorial.music.abc import (
    aligned_score,
    convert_tunes,
    plain_tune,
    read_abc,
    split_tunes,
    tune_key,
    tune_title,
)
from melody_tutorial.music.midi import read_midi

HOLD, OFF = -2, -1
ONSET_DELAY = 1  # ticks by which abc2midi's notes start after their place
STEPS_OF_A_BAR = {
    (4, 4): 16,
    (2, 2): 16,
    (6, 8): 12,
    (3, 4): 12,
    (9, 8): 18,
    (2, 4): 8,
    (12, 8): 24,
    (7, 8): 14,
}
EVENTS = [*[HOLD] * 90, *[OFF] * 9, *range(21, 109)]  # a piano's; abc2midi fails beyond octaves 0 to 8
KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from([*SHARPS, NOT_CLEAR]))


def melody(*notes, metre=(4, 4), key=Key(0, "major"), qpm=120.0):  # noqa: B008 (frozen)
    """A melody of notes, each a pitch and its length in sixteenths; None is a rest."""
    events = [
        event
        for pitch, length in notes
        for event in [OFF if pitch is None else pitch] + [HOLD] * (length - 1)
    ]
    return Melody(np.array(events, np.int8), 4, STEPS_OF_A_BAR[metre], qpm, key=key, metre=metre)


def body(music):
    """The lines of music of a melody's ABC."""
    return melody_to_abc(music).split("K:")[1].splitlines()[1:]


def eighths(*pitches):
    return [(pitch, 2) for pitch in pitches]


def test_a_jig_is_written_as_a_player_would():
    pickup, bar = [(None, 8), *eighths(74, 72)], eighths(71, 67, 67, 62, 67, 67)
    jig = melody(*pickup, *bar * 8, (67, 6), metre=(6, 8), key=Key(7, "major"), qpm=174)
    assert melody_to_abc(jig, "The Same Old Bar", 3).splitlines() == [
        *("X:3", "T:The Same Old Bar", "M:6/8", "L:1/8", "Q:3/8=116", "K:G"),
        "dc|BGG DGG|BGG DGG|BGG DGG|BGG DGG|",
        "BGG DGG|BGG DGG|BGG DGG|BGG DGG|",
        "G3|]",
    ]


def sixteenths(*pitches):
    return [(pitch, 1) for pitch in pitches]


@pytest.mark.parametrize(
    ("notes", "metre", "text"),
    [
        (eighths(60, 62, 64, 65, 67, 69, 71, 72), (4, 4), "CDEF GABc|]"),
        (eighths(60, 62, 64, 65), (2, 4), "CD EF|]"),
        (eighths(60, 62, 64, 65, 67, 69), (3, 4), "CD EF GA|]"),
        (eighths(60, 62, 64, 65, 67, 69, 71, 72, 74), (9, 8), "CDE FGA Bcd|]"),
        ([(60, 4), (62, 2), (64, 1), (65, 1), *eighths(67, 69, 71, 72)], (4, 4), "C2 DE/F/ GA Bc|]"),
        ([(60, 3), (62, 1), (64, 1), (65, 3), (67, 8)], (2, 2), "C>D E<F G4|]"),
        ([(60, 1), (62, 3), *sixteenths(64, 65, 67, 69), *eighths(71, 72)], (3, 4), "C<D E/F/G/A/ Bc|]"),
        ([(60, 1), (62, 3), *sixteenths(64, 65, 67, 69, 71, 72, 74, 76)], (3, 4), "CD3 EFGA Bcde|]"),
        ([(60, 2), (62, 3), (64, 1), (65, 2)], (2, 4), "CD3/2 E/F|]"),
        ([(60, 1), (62, 1), (64, 1), (65, 1), (67, 2), (69, 2)], (2, 4), "CDEF G2A2|]"),
        ([(60, 10), (62, 2)], (6, 8), "C3- C2D|]"),
        ([(60, 2), (62, 10)], (3, 4), "CD3- D2|]"),
        ([(60, 4), (62, 14), (64, 14)], (4, 4), "C2D6-|DE3- E4|]"),
        ([(60, 14), (None, 2), (62, 5), (None, 11)], (4, 4), "C4- C3z|D2- D/z3/2 z4|]"),
        ([(60, 4), (None, 36), (62, 8)], (4, 4), "C2z6|z8|z4 D4|]"),
        (
            [(0, 4), (36, 4), (48, 4), (84, 4), (96, 4), (127, 4)],
            (3, 4),
            "C,,,,,2 C,,2 C,2|c'2 c''2 g''''2|]",
        ),
        ([], (4, 4), "|]"),
        ([(None, 6)], (4, 4), "z3|]"),
    ],
)
def test_beams_lengths_and_octaves(notes, metre, text):
    assert body(melody(*notes, metre=metre)) == [text]


@pytest.mark.parametrize(
    ("key", "notes", "text"),
    [
        (Key(2, "major"), eighths(66, 67, 66, 62), "FGFD|]"),
        (Key(2, "major"), eighths(65, 67, 65, 66), "=FGF^F|]"),
        (Key(7, "minor"), eighths(66, 67, 70, 75), "^FGBe|]"),  # the leading note is raised
        (Key(9, "minor"), eighths(68, 69, 66, 68), "^GA^FG|]"),
        (Key(9, "dorian"), eighths(66, 65, 66), "F=F^F|]"),
        (
            Key(7, "mixolydian"),
            eighths(65, 66, 77),
            "F^F=f|]",
        ),  # some would play F sharp, in the octave above
        (Key(0, "major"), eighths(66, 65, 78, 77), "^F=F^f=f|]"),
        (Key(0, "major"), [(66, 16), (66, 16)], "^F8|^F8|]"),
        (Key(0, "major"), [(66, 24), (65, 8)], "^F8-|^F4 =F4|]"),  # the sign is given again, over the tie too
        (Key(6, "major"), eighths(60, 61, 62, 65), "^B,C^^CE|]"),
    ],
)
def test_notes_are_spelled_by_the_key_and_accidentals_hold_up_to_the_bar_line(key, notes, text):
    assert body(melody(*notes, key=key)) == [text]


def heard(tunes):
    """What abc2midi makes of tunes: the score, its notes in steps, and the bars of an odd length."""
    for conversion in convert_tunes([plain_tune(tune) for tune in tunes]):
        score, messages = read_midi(conversion.midi), "\n".join(conversion.messages)
        assert "Error" not in messages
        step = score.ticks_per_quarter // 4
        order = np.argsort(score.onset)
        onset, end = (score.onset - ONSET_DELAY)[order] / step, score.end[order] / step
        yield score, (onset, end, score.pitch[order]), list(map(int, re.findall(r"Bar (\d+) has", messages)))


@st.composite
def melodies(draw):
    events = draw(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=90))
    metre = draw(st.sampled_from(sorted(STEPS_OF_A_BAR)))
    return Melody(
        np.array(events, np.int8), 4, STEPS_OF_A_BAR[metre], key=draw(st.none() | KEYS), metre=metre
    )


@settings(max_examples=12)
@given(st.lists(melodies(), min_size=12, max_size=12))
def test_abc2midi_reads_any_melody_as_it_is(drawn):
    drawn = [melody for melody in drawn if len(melody.notes()[0])]
    for music, (score, notes, odd_bars) in zip(drawn, heard(map(melody_to_abc, drawn)), strict=True):
        first = music.notes()[0][0]
        silence = first if first < music.steps_per_bar else 0
        onset, end, pitch = music.notes()
        np.testing.assert_array_equal(notes, (onset - silence, end - silence, pitch))
        assert (score.signature_numerator[0], score.signature_denominator[0]) == music.metre
        bars = -(-len(music.events) // music.steps_per_bar)
        assert set(odd_bars) <= {0, 1, bars - 1, bars}, "all but the first and the last bar are whole"


@pytest.fixture(scope="module")
def tunes():
    """Melodies of every fourteenth tune of the books, with the keys that these name."""
    texts = [tune.text for tune in read_tunes()][::14]
    scores = [score for score in read_abc("\n".join(texts).encode()) if hasattr(score, "pitch")]
    melodies, _ = extract_melodies(scores, [str(number) for number in range(len(scores))])
    assert len(melodies) > 200 and all(melody.key for melody in melodies)
    return melodies


def test_tunes_of_the_books_come_back_with_their_bar_lines(tunes):
    """Read as the corpus is; where a tune begins with a pickup, its first bar is made whole again."""
    texts = [melody_to_abc(melody) for melody in tunes]
    assert sum("|" in text.split("\n")[6][:8] for text in texts) > 50, "many begin with a pickup"
    for melody, conversion in zip(tunes, convert_tunes(texts), strict=True):
        again, _ = score_to_primer(aligned_score(conversion).score)
        assert [column.tolist() for column in again.notes()] == [c.tolist() for c in melody.notes()]
        assert (again.metre, again.steps_per_bar) == (melody.metre, melody.steps_per_bar)
        assert again.qpm == pytest.approx(melody.qpm, abs=1)


def test_the_key_comes_back(tunes):
    for melody in tunes:
        assert key_of_field(tune_key(melody_to_abc(melody))) == melody.key


def test_music21_reads_the_same_notes(tunes):
    from music21 import converter

    for melody in tunes[::40]:
        part = converter.parse(melody_to_abc(melody), format="abc").parts[0].stripTies()
        onset, end, pitch = melody.notes()
        read = [(note.pitch.midi, float(note.offset), note.quarterLength) for note in part.flatten().notes]
        first = onset[0] if onset[0] < melody.steps_per_bar else 0
        expected = zip(pitch, (onset - first) / 4, (end - onset) / 4, strict=True)
        assert read == [(int(p), float(o), float(length)) for p, o, length in expected]


def test_a_key_that_is_not_known_is_that_of_the_notes():
    scale = eighths(62, 64, 66, 67, 69, 71, 73)
    tune = melody(*scale, (74, 2), (74, 8), (62, 8), key=None)
    assert "\nK:D\n" in melody_to_abc(tune)
    assert "\nK:C\n" in melody_to_abc(melody(key=None))


def test_a_time_signature_that_is_not_known_is_that_of_the_bars():
    tune = replace(melody(*eighths(60, 62, 64, 65, 67, 69), metre=(6, 8)), metre=None)
    assert "M:3/4\nL:1/8\nQ:1/4=120\n" in melody_to_abc(tune)


def test_a_grid_of_eighths_or_of_thirty_seconds():
    events = np.array([60, 62, HOLD, 64], np.int8)
    assert body(Melody(events, 2, 8, key=Key(0, "major"))) == ["CD2E|]"]
    assert body(Melody(events, 8, 32, key=Key(0, "major"))) == ["C/DE/|]"]


def test_thirds_of_a_quarter_note_are_refused_in_words():
    with pytest.raises(UserError, match="3 steps in a quarter note: allowed are 1, 2, 4, 8"):
        melody_to_abc(Melody(np.array([60, 62, 64], np.int8), 3, 12))


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("The Kesh", "T:The Kesh"),
        ("two\nlines\r\n", "T:two lines"),
        (r"100 % \o", r"T:100 \% \\o"),
        ("Größe", "T:Größe"),
    ],
)
def test_a_title_stays_on_its_line(title, line):
    assert melody_to_abc(melody((60, 4)), title).split("\n")[1] == line


def test_a_book_holds_its_tunes():
    tunes = [melody_to_abc(melody((60 + k, 16)), f"Tune {k}", k) for k in (1, 2, 3)]
    split = split_tunes(abc_book(tunes))
    assert [tune.strip() for tune in split] == [tune.strip() for tune in tunes]
    assert [tune_title(tune) for tune in split] == ["Tune 1", "Tune 2", "Tune 3"]
    assert [score.pitch.tolist() for score in read_abc(abc_book(tunes).encode())] == [[61], [62], [63]]


def test_a_file_is_read_again(tmp_path):
    path = save_abc(melody((60, 8), (67, 8)), tmp_path / "a.abc", "Two notes")
    (score,) = read_abc(path.read_bytes())
    assert score.pitch.tolist() == [60, 67]
    assert path.read_text(encoding="utf-8").startswith("%abc-2.1\nX:1\nT:Two notes\n")
    with pytest.raises(UserError, match="save_abc writes a Melody, and this is a Score"):
        save_abc(score, tmp_path / "b.abc")
