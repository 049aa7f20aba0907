"""What a notebook displays: pictures and players while it runs, pictures and one line when it is stored."""

import struct

import numpy as np
import pytest

from melody_tutorial.course import notebook, requirements
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.sampling import sampler
from melody_tutorial.views import canvas, piano_roll

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


def inches(png: bytes) -> float:
    return struct.unpack(">I", png[16:20])[0] / notebook.DPI


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
