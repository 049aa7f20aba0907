"""What a notebook displays: pictures and players while it runs, pictures and one line when it is stored."""

import io
import re
import struct
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from melody_tutorial.course import notebook, requirements
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.sampling import sampler
from melody_tutorial.views import canvas, piano_roll, playback

TWINKLE = np.array([60, -2, 60, -2, 67, -2, 67, -2, 69, -2, 69, -2, 67, -2, -2, -2], np.int8)


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, in order: bundles, or objects."""
    displayed = []
    monkeypatch.setattr(notebook, "display_now", lambda *things, **options: displayed.extend(things))
    monkeypatch.delenv("MELODY_TUTORIAL_STATIC", raising=False)
    return displayed


@pytest.fixture
def stored(shown, monkeypatch):
    """The same, as in a stored notebook."""
    monkeypatch.setenv("MELODY_TUTORIAL_STATIC", "1")
    return shown


def sounds_in(bundle) -> list[np.ndarray]:
    """Samples of each player, as a browser would decode them."""
    found = re.findall(r'src="data:audio/mpeg;base64,([^"]*)"', bundle["text/html"])
    sounds = [soundfile.read(io.BytesIO(b64decode(data))) for data in found]
    assert all(rate == playback.PLAYER_RATE for _, rate in sounds)
    return [samples for samples, _ in sounds]


def inches(png: bytes) -> float:
    return struct.unpack(">I", png[16:20])[0] / notebook.DPI


class TestPlay:
    def test_shows_a_piano_roll_and_a_player(self, shown):
        notebook.play(Melody(TWINKLE), "Twinkle")
        picture, player = shown
        assert picture["image/png"].startswith(b"\x89PNG")
        assert picture["text/plain"] == "Twinkle: 7 notes, 1 bar"
        (sound,) = sounds_in(player)
        assert len(sound) / playback.PLAYER_RATE == pytest.approx(16 / 8, abs=0.2)  # eight steps a second
        assert abs(sound).max() > 0.7

    def test_leaves_a_line_in_a_stored_notebook(self, stored):
        notebook.play(TWINKLE)
        picture, player = stored
        assert picture["image/png"].startswith(b"\x89PNG")
        assert player == {
            "text/markdown": "*♪ Run this cell to hear it.*",
            "text/plain": "♪ Run this cell to hear it.",
        }

    def test_long_melodies_fit_the_page(self, stored):
        notebook.play(np.tile(TWINKLE, 32))
        assert inches(stored[0]["image/png"]) <= notebook.PAGE_INCHES

    def test_scores_are_played_too(self, shown):
        notebook.play(melody_to_score(Melody(TWINKLE)), "as a score")
        picture, player = shown
        assert picture["text/plain"] == "as a score: 7 notes, 2 seconds"
        assert len(sounds_in(player)) == 1

    def test_says_why_nothing_is_heard(self, shown):
        notebook.play([-2, -2, -1, -2])
        assert shown[1]["text/plain"] == "Where no note is drawn there is nothing to hear."

    def test_labels_are_text(self, shown):
        notebook.play_many({"<b>loud & clear</b>": TWINKLE})
        assert "&lt;b&gt;loud &amp; clear" in shown[1]["text/html"]


class TestSize:
    """Colab saves what it shows: a notebook that has run is to stay small."""

    @pytest.mark.parametrize(
        "steps",
        [[60, -2, -2, -2], [60, -2, 83, -2], list(range(48, 84))],
        ids=["quarters", "leaps", "sixteenths"],
    )
    def test_a_second_of_music_takes_less_than_8_kb(self, shown, steps):
        notebook.play(np.resize(steps, 480).astype(np.int8))
        assert len(shown[1]["text/html"]) < 8000 * 60

    def test_so_it_is_with_several_voices(self, shown):
        voices = melody_to_score(Melody(np.resize(range(40, 90), 480).astype(np.int8)))
        chords = replace(voices, end=voices.end + 8 * voices.ticks_per_quarter)
        notebook.play(chords)
        assert len(shown[1]["text/html"]) < 8000 * 64

    def test_the_longest_player_takes_less_than_a_megabyte(self, shown):
        notebook.play(melody_to_score(Melody(np.resize(range(48, 84), 4000).astype(np.int8))))
        (sound,) = sounds_in(shown[1])
        assert len(sound) / playback.PLAYER_RATE == pytest.approx(playback.MOST_SECONDS, abs=1)
        assert len(shown[1]["text/html"]) < 1_000_000


class TestPlayMany:
    def test_shows_one_picture_and_a_labelled_player_for_each(self, shown):
        notebook.play_many({"first": TWINKLE, "second": TWINKLE + 0})
        picture, players = shown
        assert picture["text/plain"] == "first: 7 notes, 1 bar\nsecond: 7 notes, 1 bar"
        assert len(sounds_in(players)) == 2
        assert players["text/html"].index("first") < players["text/html"].index("second")

    @pytest.mark.parametrize("number", [1, 2, 3, 5])
    def test_fits_the_page(self, stored, number):
        notebook.play_many([TWINKLE] * number)
        assert inches(stored[0]["image/png"]) <= notebook.PAGE_INCHES + 0.01
        assert stored[0]["text/plain"].startswith("melody 1: ")


CONTROLS = {"temperature": (0.2, 2.0, 0.1, 1.0), "top_k": (1, 38, 1, 5), "key": ["C", "G"]}


class TestExplore:
    def test_draws_the_start_values_in_a_stored_notebook(self, stored):
        calls = []
        notebook.explore(lambda **values: calls.append(values), **CONTROLS)
        assert calls == [{"temperature": 1.0, "top_k": 5, "key": "C"}]
        assert stored[-1]["text/plain"] == "Run this cell to change temperature, top k and key."

    def test_calls_again_when_a_control_moves(self, shown):
        calls = []
        notebook.explore(lambda **values: calls.append(values), **CONTROLS)
        slider, whole, menu, _ = shown[0].children
        assert (slider.min, slider.max, slider.step, slider.description) == (0.2, 2.0, 0.1, "temperature")
        slider.value, whole.value, menu.value = 0.5, 3, "G"
        assert calls[0] == {"temperature": 1.0, "top_k": 5, "key": "C"}
        assert calls[-1] == {"temperature": 0.5, "top_k": 3, "key": "G"}


class TestShow:
    def test_axes_arrays_of_axes_and_figures(self, shown):
        axes = piano_roll.plot_melody(Melody(TWINKLE), "Twinkle")
        grid = canvas.new_axes(6, 2, columns=2)
        for cell, name in zip(grid.flat, ["left", "right"], strict=True):
            piano_roll.plot_melody(Melody(TWINKLE), name, axes=cell)
        notebook.show(axes, grid, axes.figure)
        assert [picture["text/plain"] for picture in shown] == ["Twinkle", "left", "Twinkle"]
        assert all(picture["image/png"].startswith(b"\x89PNG") for picture in shown)

    def test_wide_figures_are_made_to_fit(self, shown):
        notebook.show(canvas.new_axes(20, 2))
        assert inches(shown[0]["image/png"]) <= notebook.PAGE_INCHES


class TestShowSource:
    def test_is_the_code_with_its_file(self, shown):
        notebook.show_source(sampler.sample_ids)
        (bundle,) = shown
        assert bundle["text/markdown"].startswith(
            "From `melody_tutorial/sampling/sampler.py`:\n\n```python\ndef sample_ids("
        )
        assert bundle["text/plain"].startswith("# melody_tutorial/sampling/sampler.py\ndef sample_ids(")

    def test_methods_begin_at_the_left(self, shown):
        notebook.show_source(Melody.notes)
        assert "\ndef notes(self)" in shown[0]["text/plain"]

    def test_decorators_are_seen_through(self, shown):
        notebook.show_source(piano_roll.plot_melody)
        assert "def plot_melody(" in shown[0]["text/plain"]


class TestSetUp:
    def test_says_the_preset(self, capsys, monkeypatch):
        monkeypatch.setenv("MELODY_TUTORIAL_PRESET", "test")
        assert notebook.set_up().max_tunes == 300
        assert capsys.readouterr().out == "Ready: preset test.\n"

    def test_says_what_is_missing(self, monkeypatch):
        wanted = [("numpy", ">=2.0"), ("symusic", ">=99"), ("no-such-library", ">=1")]
        monkeypatch.setattr(requirements, "dependencies", lambda: wanted)
        with pytest.raises(UserError, match="%pip install 'symusic>=99' 'no-such-library>=1'"):
            notebook.set_up()
