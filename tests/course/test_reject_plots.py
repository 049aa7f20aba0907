"""The music behind a reject is found, and its notes are shown against the grid."""

import zipfile

import numpy as np
import pytest
from midi_bytes import midi_file, off, on, track

from melody_tutorial.course.reject_plots import clashes, find_score, nearest_steps, plot_on_grid
from melody_tutorial.errors import UserError
from melody_tutorial.music.midi import read_midi
from melody_tutorial.views.images import png_bytes

# Three notes in one quarter of 96 ticks, a triplet: at 0, 1⅓ and 2⅔ sixteenths.
TRIPLET = [(tick, on(60 + n)) for n, tick in enumerate((0, 32, 64))]
# The same twice as fast: at 0, ⅔ and 1⅓ sixteenths.
FAST = [(tick // 2, message) for tick, message in TRIPLET]


def score_of(events):
    ends = [(tick + 10, off(message[1])) for tick, message in events]
    return read_midi(midi_file(track(*sorted(events + ends, key=lambda event: event[0]))))


def test_the_nearest_step_halves_up():
    ticks = [0, 11, 12, 23, 24, 36]  # 24 ticks are a sixteenth
    score = score_of([(tick, on(40 + n)) for n, tick in enumerate(ticks)])
    assert nearest_steps(score).tolist() == [0, 0, 1, 1, 1, 2]
    assert nearest_steps(score, 1).tolist() == [0, 0, 0, 0, 0, 0]


def test_a_fast_triplet_has_no_room_on_sixteenths():
    assert clashes(score_of(TRIPLET)).tolist() == [False, False, False]
    assert clashes(score_of(FAST)).tolist() == [False, True, True]
    assert not clashes(score_of(FAST), 12).any()


def test_notes_of_two_instruments_do_not_clash():
    score = read_midi(
        midi_file(track((0, on(60)), (24, off(60))), track((0, on(48, channel=1)), (24, off(48, 1))))
    )
    assert not clashes(score).any()


def test_a_score_is_found_in_an_archive(tmp_path):
    data = midi_file(track((0, on(60)), (96, off(60))))
    with zipfile.ZipFile(tmp_path / "tunes.zip", "w") as archive:
        archive.writestr("a/first.mid", b"nonsense")
        archive.writestr("a/second.mid", data)
    score = find_score([tmp_path / "tunes.zip"], "a/second.mid")
    np.testing.assert_array_equal(score.pitch, read_midi(data).pitch)
    with pytest.raises(UserError, match="there is no file"):
        find_score([tmp_path / "tunes.zip"], "third.mid")


def test_the_picture_shows_each_note_and_its_step():
    axes = plot_on_grid(score_of(FAST), (0, 2), title="a triplet")
    (dots,) = axes.lines
    assert dots.get_xdata().tolist() == [0, 0.25, 0.25]
    assert dots.get_ydata().tolist() == [60, 61, 62]
    assert axes.get_title(loc="left") == "a triplet"
    assert png_bytes(axes, 50).startswith(b"\x89PNG")
