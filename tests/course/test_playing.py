"""Players in a notebook: live while it runs; a picture, one line and the notes when it is stored."""

import struct

import numpy as np
import pytest
from examples import TWINKLE

from melody_tutorial.course import notebook, playing
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.keys import Key
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.views.playback import from_json

MELODY = Melody(np.array(TWINKLE, np.int8), key=Key(0, "major"), metre=(4, 4), source="twinkle.mid")
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, in order: bundles with their metadata."""
    displayed = []
    record = lambda bundle, metadata, **_: displayed.append((bundle, metadata))  # noqa: E731
    monkeypatch.setattr(notebook, "display_now", record)
    monkeypatch.delenv("MELODY_TUTORIAL_STATIC", raising=False)
    return displayed


@pytest.fixture
def stored(shown, monkeypatch):
    """The same, as in a stored notebook."""
    monkeypatch.setenv("MELODY_TUTORIAL_STATIC", "1")
    return shown


@pytest.fixture
def live(shown, monkeypatch):
    """What is displayed and the data of each player, while the kernel runs."""
    pytest.importorskip("anywidget", reason="this environment is older than the package: install it again")
    make, made = playing.widget_class(), []

    def remember(**data):
        made.append(make(**data))
        return made[-1]

    monkeypatch.setattr(playing, "widget_class", lambda: remember)
    return shown, made


def inches(png: bytes) -> float:
    return struct.unpack(">I", png[16:20])[0] / notebook.DPI


class TestLive:
    def test_one_player_and_nothing_else(self, live):
        shown, made = live
        playing.play(MELODY, "Twinkle", primer_steps=4)
        ((bundle, _),), (player,) = shown, made
        assert bundle[VIEW]["model_id"] == player.model_id
        assert bundle["text/plain"] == "Twinkle: 7 notes, 1 bar"
        assert bundle["text/html"].startswith("<svg") and "<script" not in bundle["text/html"]
        (tune,) = player.tunes
        assert (tune["title"], tune["events"], tune["primer_steps"]) == ("Twinkle", TWINKLE, 4)
        assert (tune["key"], tune["metre"]) == ([0, "major"], [4, 4])

    def test_the_module_needs_no_other_file(self, live):
        playing.play(TWINKLE)
        (player,) = live[1]
        assert "export default" in player._esm and "import {" not in player._esm
        assert ".mt-player" in player._css

    def test_without_a_title_a_melody_has_its_source(self, live):
        playing.play(MELODY)
        playing.play(melody_to_score(MELODY))
        assert [player.tunes[0]["title"] for player in live[1]] == ["twinkle.mid", ""]

    def test_several_melodies_share_a_player(self, live):
        playing.play_many({"first": TWINKLE, "<b>": MELODY})
        ((bundle, _),), (player,) = live
        assert [tune["title"] for tune in player.tunes] == ["first", "<b>"]
        assert bundle["text/plain"] == "first: 7 notes, 1 bar\n<b>: 7 notes, 1 bar"
        assert bundle["text/html"].count("<svg") == 2 and "<b>" not in bundle["text/html"]

    def test_numbers_stand_for_names_that_are_not_there(self, live):
        playing.play_many([TWINKLE, TWINKLE])
        assert [tune["title"] for tune in live[1][0].tunes] == ["melody 1", "melody 2"]

    def test_a_melody_of_two_minutes_takes_little_room(self, live):
        """Colab saves what it shows: a notebook that has run is to stay small."""
        playing.play(np.resize(TWINKLE, 960).astype(np.int8))
        ((bundle, _),), (player,) = live
        assert len(str(bundle)) + len(str(player.tunes)) < 16_000


class TestStored:
    def test_keeps_a_picture_a_line_and_the_notes(self, stored):
        playing.play(MELODY, "Twinkle", primer_steps=4)
        (picture, _), (text, metadata) = stored
        assert picture["image/png"].startswith(b"\x89PNG")
        assert picture["text/plain"] == "Twinkle: 7 notes, 1 bar"
        assert text == {
            "text/markdown": "*♪ Run this cell to hear it.*",
            "text/plain": "♪ Run this cell to hear it.",
        }
        (kept,) = metadata["players"]
        assert (kept["label"], kept["primer_steps"]) == ("Twinkle", 4)
        again = from_json(kept["music"])
        assert again.events.tolist() == TWINKLE and again.key == MELODY.key and again.metre == (4, 4)

    def test_scores_too(self, stored):
        playing.play(melody_to_score(MELODY), "as a score")
        assert stored[0][0]["text/plain"] == "as a score: 7 notes, 2 seconds"
        assert len(stored[1][1]["players"]) == 1

    def test_long_melodies_fit_the_page(self, stored):
        playing.play(np.tile(TWINKLE, 32).astype(np.int8))
        assert inches(stored[0][0]["image/png"]) <= notebook.PAGE_INCHES

    @pytest.mark.parametrize("number", [1, 2, 3, 5])
    def test_several_fit_the_page(self, stored, number):
        playing.play_many([TWINKLE] * number)
        (picture, _), (_, metadata) = stored
        assert inches(picture["image/png"]) <= notebook.PAGE_INCHES + 0.01
        assert picture["text/plain"].startswith("melody 1: ") and len(metadata["players"]) == number

    def test_says_why_nothing_will_be_heard(self, stored):
        playing.play([-2, -2, -1, -2])
        assert stored[1][0]["text/plain"] == "Where no note is drawn there is nothing to hear."


def test_nothing_is_no_music_to_play():
    with pytest.raises(UserError, match="nothing to play"):
        playing.play_many([])
