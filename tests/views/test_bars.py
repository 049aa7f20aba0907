"""Pictures show what they were given; looks are judged by eye."""

import io
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from melody_tutorial.melodies import Key, Melody
from melody_tutorial.views import bars, canvas, curves, images, piano_roll

# A bar of 3/4: two notes, a rest, and a note that lasts to the end of the second bar.
WALTZ = Melody(
    np.array([60, -2, -2, -2, 64, -2, -2, -2, -1, -2, -2, -2, 67] + [-2] * 11, dtype=np.int8),
    steps_per_bar=12,
    source="waltz.mid",
)
HISTORY = [
    {
        "epoch": 1,
        "train_loss": 2.0,
        "validation_loss": 1.9,
        "validation_accuracy": 0.5,
        "validation_onset_accuracy": 0.0,
    },
    {
        "epoch": 2,
        "train_loss": 1.2,
        "validation_loss": 1.3,
        "validation_accuracy": 0.6,
        "validation_onset_accuracy": 0.25,
    },
]
BASELINES = {
    "bigram": {"loss": 1.74, "accuracy": 0.54, "onset_accuracy": 0.1},
    "trigram": {"loss": 1.5, "accuracy": 0.56, "onset_accuracy": 0.2},
}
FUNNEL = {"stages": {"files": 10, "melodies": 7}, "rejects": {"too_short": 1, "polyphonic": 3}}


def note_boxes(axes) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of each note of a piano roll; the collection before it is the shading."""
    return [tuple(path.get_extents().extents) for path in axes.collections[-1].get_paths()]


def words(axes) -> str:
    return " | ".join(text.get_text() for text in axes.texts)


def test_each_note_of_a_piano_roll_stands_at_its_time_and_pitch():
    onsets, ends, pitches = WALTZ.notes()
    for box, onset, end, pitch in zip(
        note_boxes(piano_roll.plot_melody(WALTZ)), onsets, ends, pitches, strict=True
    ):
        left, bottom, right, top = box
        assert onset <= left < right <= end
        assert pitch - 0.5 < bottom < top < pitch + 0.5


def test_bars_and_notes_are_named_and_the_source_is_the_title():
    axes = piano_roll.plot_melody(WALTZ)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2"]
    assert axes.get_xticks().tolist() == [0, 12]
    assert axes.get_xlim() == (0, 24)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["C4", "E4", "G4"]
    assert axes.get_title(loc="left") == "waltz.mid"


def test_names_leave_each_other_room_in_a_small_picture():
    chromatic = Melody(np.arange(48, 84, dtype=np.int8))
    axes = piano_roll.plot_melody(chromatic, axes=canvas.new_axes(6.4, 2.1)[0, 0])
    places = np.sort(axes.get_yticks())
    points = axes.get_window_extent().height / axes.figure.dpi * 72 / np.ptp(axes.get_ylim())
    assert np.diff(places).min() * points >= 8
    assert {48, 60, 72} <= set(places.tolist())


def test_the_primer_has_its_own_colour_and_word():
    axes = piano_roll.plot_melody(WALTZ, primer_steps=12)
    colours = [tuple(colour) for colour in axes.collections[-1].get_facecolors()]
    assert colours[0] == colours[1] != colours[2]
    assert words(axes) == "primer  |  composed"
    assert words(piano_roll.plot_melody(WALTZ)) == ""


@given(st.lists(st.integers(-2, 127), max_size=80), st.integers(1, 24), st.integers(0, 90))
def test_any_melody_can_be_drawn(events, steps_per_bar, primer_steps):
    melody = Melody(np.array(events, dtype=np.int8), steps_per_bar=steps_per_bar)
    axes = piano_roll.plot_melody(melody, "a title", primer_steps)
    assert len(note_boxes(axes)) == sum(event >= 0 for event in events)
    low, high = axes.get_ylim()
    assert all(low < bottom < top < high for _, bottom, _, top in note_boxes(axes))
    assert len(axes.get_xticks()) <= 20


def test_titles_are_text_not_formulas():
    images.png_bytes(piano_roll.plot_melody(WALTZ, "a_{$\\frac$"))


def test_loss_curves_stand_beside_the_named_baselines():
    axes = curves.plot_loss(HISTORY, BASELINES)
    heights = [line.get_ydata()[0] for line in axes.lines[:2]]
    assert heights == [1.74, 1.5]
    assert [line.get_ydata().tolist() for line in axes.lines[2:]] == [[2.0, 1.2], [1.9, 1.3]]
    assert set(words(axes).split(" | ")) == {"bigram", "trigram", "training 1.20", "validation 1.30"}


def test_curves_need_no_baselines_and_one_epoch_is_enough():
    loss, accuracy = curves.plot_history(HISTORY[:1])
    assert "validation 1.90" in words(loss)
    assert "at onsets 0%" in words(accuracy)


def test_accuracy_at_onsets_stands_apart():
    axes = curves.plot_accuracy(HISTORY, BASELINES)
    expected = {"trigram, at onsets", "trigram, all", "at onsets 25%", "all events 60%"}
    assert set(words(axes).split(" | ")) == expected


@given(st.lists(st.floats(0, 4), max_size=8), st.floats(0.01, 1))
def test_labels_are_moved_apart_no_further_than_needed(values, gap):
    places = canvas.spread(sorted(values), gap)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(places))
    if all(b - a >= gap for a, b in pairwise(sorted(values))):
        assert places == pytest.approx(sorted(values))
    if values:  # what one label gives way, the others give way too
        assert np.mean(places) == pytest.approx(np.mean(values))


def test_the_funnel_names_reasons_as_a_beginner_would_most_frequent_first():
    stages, rejects = bars.plot_funnel(FUNNEL)
    assert [tick.get_text() for tick in stages.get_yticklabels()] == ["files", "melodies"]
    assert [bar.get_width() for bar in stages.patches] == [10, 7]
    names = [tick.get_text() for tick in rejects.get_yticklabels()]
    assert names == ["two notes start together", "the melody has too few bars"]
    assert [bar.get_width() for bar in rejects.patches] == [3, 1]


def test_an_empty_funnel_and_an_unknown_reason_are_drawn_too():
    images.png_bytes(bars.plot_funnel({"stages": {}, "rejects": {}})[0])
    rejects = bars.plot_funnel({"stages": {"files": 1}, "rejects": {"$x_new$": 1}})[1]
    images.png_bytes(rejects)
    assert rejects.get_yticklabels()[0].get_text() == "$x_new$"


def test_the_three_likeliest_classes_are_labelled_over_the_keyboard():
    probabilities = np.zeros(38)
    probabilities[[0, 14, 21]] = 0.5, 0.3, 0.2  # no-event, C4, G4
    axes = bars.plot_probabilities(probabilities)
    assert words(axes) == "50% | 30% | 20%"
    assert [bar.get_height() for bar in axes.patches] == probabilities.tolist()
    named = dict(zip([t.get_text() for t in axes.get_xticklabels()], axes.get_xticks(), strict=True))
    assert list(named) == ["no-\nevent", "note-\noff", "C3", "C4", "C5"]
    bar = axes.patches[14]
    assert bar.get_x() + bar.get_width() / 2 == pytest.approx(named["C4"])


def test_of_all_pitches_the_keyboard_begins_at_the_lowest():
    axes = bars.plot_probabilities(np.full(130, 1 / 130))
    assert [t.get_text() for t in axes.get_xticklabels()][2:] == [f"C{n}" for n in range(-1, 10)]


def test_files_are_whole_and_the_same_every_time(tmp_path):
    path = images.save_png(piano_roll.plot_melody(WALTZ), tmp_path / "waltz.png")
    assert list(tmp_path.iterdir()) == [path]
    height, width, _ = imread(path).shape
    assert width > 900 and height > 200
    assert images.png_bytes(piano_roll.plot_melody(WALTZ)) == path.read_bytes()
    svg = images.svg_bytes(curves.plot_loss(HISTORY, BASELINES))
    assert svg == images.svg_bytes(curves.plot_loss(HISTORY, BASELINES))
    assert imread(io.BytesIO(path.read_bytes()), format="png").std() > 0.05


def test_the_callers_settings_are_left_alone():
    before = dict(matplotlib.rcParams)
    images.png_bytes(bars.plot_funnel(FUNNEL)[0])
    assert dict(matplotlib.rcParams) == before


def test_pictures_need_no_pyplot_and_the_import_no_matplotlib():
    code = """
import sys, numpy
from melody_tutorial.melodies import Melody
from melody_tutorial.views import plot_melody, png_bytes
assert "matplotlib" not in sys.modules
png_bytes(plot_melody(Melody(numpy.array([60, 62]))))
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_pitches_have_the_names_of_the_key():
    major = Melody(np.array([68, -2, 75, -2] * 8, np.int8), key=Key(9, "major"))
    for key, names in (
        (major.key, {"G♯4", "D♯5"}),
        (None, {"A♭4", "E♭5"}),
        (Key(8, "major"), {"A♭4", "E♭5"}),
    ):
        axes = piano_roll.plot_melody(replace(major, key=key))
        assert {label.get_text() for label in axes.get_yticklabels()} >= names


def test_numbers_of_bars_never_touch():
    long = Melody(np.array(([60, -2] * 8) * 33, np.int8))
    axes = canvas.new_axes(3.2, 2.0)[0, 0]
    piano_roll.plot_melody(long, axes=axes)
    axes.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(boxes) > 3
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
