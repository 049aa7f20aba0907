"""MIDI files that the player saves, read back by the package."""

import numpy as np
import pytest
from browser import in_page, open_page, write_page
from examples import TWINKLE, random_melody

from melody_tutorial.melodies.keys import Key
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music import read_midi, write_midi
from melody_tutorial.web.player import tune_data

COLUMNS = ("onset", "end", "pitch", "velocity", "tempo_qpm", "signature_numerator", "signature_denominator")


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    file = write_page(tmp_path_factory.mktemp("page"))
    with open_page(browser, file) as opened:
        yield opened


def saved(page, data: dict, qpm: float | None = None) -> bytes:
    code = "return [...midiBytes(readTune(argument.data), argument.qpm ?? undefined)];"
    return bytes(in_page(page, ["midi.js", "tune.js"], code, {"data": data, "qpm": qpm}))


@pytest.mark.parametrize(
    "melody",
    [
        Melody(np.array(TWINKLE * 4, np.int8), key=Key(0, "major"), metre=(4, 4)),
        Melody(np.array(TWINKLE * 3, np.int8), steps_per_bar=12, key=Key(4, "minor"), metre=(6, 8), qpm=90),
        Melody(np.array(TWINKLE, np.int8), steps_per_bar=12, qpm=133.3),
        Melody(np.array([127, 0, -1, 0, 0, 0, 60, -2], np.int8), key=Key(10, "dorian")),
        random_melody(1, key=Key(6, "major")),
    ],
    ids=["common time", "6/8", "no metre", "highest and lowest", "random"],
)
def test_a_file_says_what_the_packages_own_says(page, melody):
    ours = read_midi(saved(page, tune_data(melody, "a title")))
    theirs = read_midi(write_midi(melody_to_score(melody), "a title"))
    assert ours.ticks_per_quarter == theirs.ticks_per_quarter
    for column in (*COLUMNS, "key_fifths", "key_minor"):
        np.testing.assert_array_equal(getattr(ours, column), getattr(theirs, column))


def test_the_tempo_that_is_set_is_saved(page):
    data = tune_data(np.array(TWINKLE, np.int8))
    assert read_midi(saved(page, data, qpm=90)).tempo_qpm == pytest.approx([90], abs=1e-3)


def test_a_score_keeps_its_times(page):
    score = melody_to_score(random_melody(2, qpm=120))
    again = read_midi(saved(page, tune_data(score)))
    np.testing.assert_array_equal(
        again.onset / again.ticks_per_quarter, score.onset / score.ticks_per_quarter
    )
    np.testing.assert_array_equal(again.pitch, score.pitch)
