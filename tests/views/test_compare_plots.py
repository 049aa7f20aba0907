"""Statistics of several sets of melodies, drawn side by side."""

from itertools import pairwise

import numpy as np
import pytest

from melody_tutorial.evaluation.copies import Originality
from melody_tutorial.evaluation.intervals import Interval
from melody_tutorial.evaluation.statistics import LENGTHS, melody_statistics
from melody_tutorial.views.bars import plot_compared, plot_note_lengths
from melody_tutorial.views.curves import plot_histories, plot_originality
from melody_tutorial.views.images import png_bytes

C_AND_G = melody_statistics([np.array([60, -2, 67, -2, -2, -2, 67, -2]), np.array([60, -2])])
LONG = melody_statistics([np.array([62, *[-2] * 30])])


def heights(bars):
    return [bar.get_height() for bar in bars]


def test_one_bar_for_each_set_and_pitch_class():
    top, bottom = plot_compared({"in": C_AND_G, "out": LONG})
    went_in, came_out = top.containers
    assert heights(went_in) == pytest.approx([share.value for share in C_AND_G.pitch_classes])
    assert heights(came_out) == [0, 0, 1, *[0] * 9]
    assert [text.get_text() for text in top.figure.legends[0].get_texts()] == ["in", "out"]
    assert top.get_legend() is None
    assert heights(bottom.containers[1]) == [0] * (len(LENGTHS) - 1) + [1]
    png_bytes(top)


def test_every_bar_has_its_interval():
    axes = plot_note_lengths({"in": C_AND_G, "out": LONG})
    for bars, lines, statistics in zip(axes.containers, axes.collections, (C_AND_G, LONG), strict=True):
        for bar, line, share in zip(bars, lines.get_segments(), statistics.note_lengths, strict=True):
            middle = bar.get_x() + bar.get_width() / 2
            np.testing.assert_allclose(line, [[middle, share.low], [middle, share.high]])
    assert any(low < value < high for value, low, high in C_AND_G.note_lengths)


def test_bars_of_the_sets_do_not_overlap():
    top, _ = plot_compared({"in": C_AND_G, "out": LONG, "other": LONG})
    spans = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bars in top.containers for bar in bars)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_each_training_is_a_curve_named_at_its_end_beside_the_levels():
    rows = [{"epoch": 1, "validation_loss": 1.5}, {"epoch": 2, "validation_loss": 0.5}]
    axes = plot_histories({"anew": rows, "tuned": rows[:1]}, {"trigram": 1.0})
    curves = [line for line in axes.lines if len(line.get_xdata()) and line.get_marker() == "o"]
    assert [list(line.get_ydata()) for line in curves] == [[1.5, 0.5], [1.5]]
    assert {text.get_text() for text in axes.texts} == {"trigram 1.00", "anew 0.50", "tuned 1.50"}


def test_originality_by_epoch_stands_over_the_bands_of_real_melodies():
    def found(exact, varied):
        return Originality(Interval(*exact), Interval(*varied), [], [])

    by_epoch = {1: found((8, 7, 9), (12, 11, 14)), 5: found((30, 25, 33), (31, 28, 36))}
    axes = plot_originality(by_epoch, found((10, 9, 12), (18, 15, 22)))
    exact, varied = (container.lines for container in axes.containers)
    assert exact[0].get_xydata().tolist() == [[1, 8], [5, 30]]
    assert varied[0].get_xydata().tolist() == [[1, 12], [5, 31]]
    assert [line.tolist() for line in exact[2][0].get_segments()] == [[[1, 7], [1, 9]], [[5, 25], [5, 33]]]
    heights = [band.get_path().get_extents(band.get_patch_transform()) for band in axes.patches]
    assert [tuple(box.intervaly) for box in heights] == [(9, 12), (15, 22)]
    assert {text.get_text() for text in axes.texts} == {
        "exact 30.0",
        "varied 31.0",
        "real, exact",
        "real, varied",
    }
    png_bytes(axes)
