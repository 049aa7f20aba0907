"""Statistics of several sets of melodies, drawn side by side."""

from itertools import pairwise

import numpy as np
import pytest

from melody_tutorial.evaluation.statistics import melody_statistics
from melody_tutorial.views.bars import LENGTHS, plot_compared, shares_by_length
from melody_tutorial.views.curves import plot_histories

C_AND_G = melody_statistics([np.array([60, -2, 67, -2, -2, -2, 67, -2])])
LONG = melody_statistics([np.array([62, *[-2] * 30])])


def test_one_bar_for_each_set_and_pitch_class():
    top, bottom = plot_compared({"in": C_AND_G, "out": LONG})
    went_in, came_out = top.containers
    assert [bar.get_height() for bar in went_in] == pytest.approx(C_AND_G.pitch_classes)
    assert [bar.get_height() for bar in came_out] == pytest.approx(LONG.pitch_classes)
    assert [text.get_text() for text in top.figure.legends[0].get_texts()] == ["in", "out"]
    assert len(bottom.containers[0]) == len(LENGTHS)


def test_bars_of_the_sets_do_not_overlap():
    top, _ = plot_compared({"in": C_AND_G, "out": LONG, "other": LONG})
    spans = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bars in top.containers for bar in bars)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_long_notes_share_a_bar_and_nothing_is_lost():
    shares = shares_by_length({1: 0.1, 8: 0.2, 9: 0.1, 15: 0.2, 16: 0.1, 40: 0.3})
    named = dict(zip(LENGTHS, shares, strict=True))
    assert named["8"] == pytest.approx(0.2)
    assert named["9 … 15"] == pytest.approx(0.3)
    assert named["16+"] == pytest.approx(0.4)
    assert shares.sum() == pytest.approx(1.0)


def test_each_training_is_a_curve_named_at_its_end_beside_the_levels():
    rows = [{"epoch": 1, "validation_loss": 1.5}, {"epoch": 2, "validation_loss": 0.5}]
    axes = plot_histories({"anew": rows, "tuned": rows[:1]}, {"trigram": 1.0})
    curves = [line for line in axes.lines if len(line.get_xdata()) and line.get_marker() == "o"]
    assert [list(line.get_ydata()) for line in curves] == [[1.5, 0.5], [1.5]]
    assert {text.get_text() for text in axes.texts} == {"trigram 1.00", "anew 0.50", "tuned 1.50"}
