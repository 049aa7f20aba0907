"""The drawing of a network that is unrolled in time."""

import pytest

from melody_tutorial.views.diagrams import plot_backward, plot_unrolled
from melody_tutorial.views.images import png_bytes


def test_each_step_shows_its_event_its_state_and_its_prediction():
    axes = plot_unrolled(["C", "no-event", "G"], ["no-event?", "G?", "no-event?"])
    words = [text.get_text() for text in axes.texts]
    assert {"C", "G", "h_1", "h_2", "h_3", "G?"} <= set(words)
    assert words.count("W_hh") == 3  # the loop, and two steps that have one before them
    assert png_bytes(axes).startswith(b"\x89PNG")


def test_a_prediction_for_each_event():
    with pytest.raises(ValueError, match="zip"):
        plot_unrolled(["C", "G"], ["G?"])


def test_the_way_back_reaches_each_state_from_its_prediction_and_from_the_state_after_it():
    axes = plot_backward(["C", "no-event", "G"], ["no-event", "G", "no-event"])
    words = [text.get_text() for text in axes.texts]
    assert words.count("own prediction") == 3
    assert [word for word in words if word.startswith("from h_")] == ["from h_2: W_hhᵀ", "from h_3: W_hhᵀ"]
