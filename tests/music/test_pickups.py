"""Pickups: after padding, bar lines fall on multiples of the bar."""

import numpy as np
import pytest

from melody_tutorial.music import abc
from melody_tutorial.music.midi import MidiError, read_midi
from melody_tutorial.music.pickups import align_bars, common_phase


def aligned(fields: str, music: str):
    (conversion,) = abc.convert_tunes([f"X:1\n{fields}\nK:C\n{music}"])
    return align_bars(read_midi(conversion.midi))


def eighths(score) -> list[int]:
    """Onsets, in eighth notes; abc2midi's come one tick late."""
    return ((score.onset - 1) * 2 // score.ticks_per_quarter).tolist()


# Metre, music, first onset in eighths after padding, and the onsets of the bars' first notes.
TUNES = {
    "4/4, no pickup": ("4/4", "c2de fgab|c4 d4|e8|", 0, [0, 8, 16]),
    "4/4, pickup of an eighth": ("4/4", "G|c2de fgab|c4 d4|e7|", 7, [8, 16, 24]),
    "4/4, pickup of a quarter in two": ("4/4", "GA|c2de fgab|c4 d4|e6|", 6, [8, 16, 24]),
    "C|, pickup": ("C|", "G2|c2de fgab|c4 d4|e6|", 6, [8, 16, 24]),
    "3/4, no pickup": ("3/4", "c2 d2 e2|f4 g2|a6|", 0, [0, 6, 12]),
    "3/4, pickup of a quarter": ("3/4", "G2|c2 d2 e2|f4 g2|a4|", 4, [6, 12, 18]),
    "6/8, no pickup": ("6/8", "cde fga|c3 d3|e6|", 0, [0, 6, 12]),
    "6/8, pickup of an eighth": ("6/8", "G|cde fga|c3 d3|e5|", 5, [6, 12, 18]),
    "6/8, pickup of a rest and a note": ("6/8", "zG|cde fga|c3 d3|e4|", 5, [6, 12, 18]),
    "2/4, repeated with its pickup": ("2/4", "G|cdef|g3:|", 3, [4, 8, 12, 16]),
    "9/8, pickup": ("9/8", "G|cde fga bag|c3 d3 e3|f8|", 8, [9, 18, 27]),
}


@pytest.mark.parametrize(("metre", "music", "first", "bars"), TUNES.values(), ids=TUNES)
def test_bar_lines_fall_on_multiples_of_the_bar(metre, music, first, bars):
    found = aligned(f"M:{metre}\nL:1/8", music)
    onsets = eighths(found.score)
    assert onsets[0] == first
    assert set(bars) <= set(onsets)
    assert found.padded == (first > 0)
    assert not found.drifting
    assert found.score.signature_tick.tolist() == [0]


def test_lengths_and_pitches_stay():
    music = "G|c2de fgab|c4 d4|e7|"
    (conversion,) = abc.convert_tunes([f"X:1\nM:4/4\nL:1/8\nK:C\n{music}"])
    before = read_midi(conversion.midi)
    after = align_bars(before).score
    np.testing.assert_array_equal(after.end - after.onset, before.end - before.onset)
    np.testing.assert_array_equal(after.pitch, before.pitch)
    np.testing.assert_array_equal(np.diff(after.onset), np.diff(before.onset))


def test_a_pickup_after_a_change_of_metre_gets_a_bar_of_its_own():
    found = aligned("M:4/4\nL:1/8", "G|cdef gabc|c7|\nM:6/8\nA|cde fga|c3 d3|e5|")
    quarter = found.score.ticks_per_quarter
    # 7 eighths of rest and the pickup, a bar, and seven eighths; then 5 eighths of rest and the next pickup.
    assert (found.score.signature_tick * 2 // quarter).tolist() == [0, 23]
    assert {23 + 5, 23 + 6, 23 + 12, 23 + 18} <= set(eighths(found.score))
    assert found.score.signature_numerator.tolist() == [4, 6]


def test_a_tempo_in_the_middle_moves_with_its_notes():
    found = aligned("M:4/4\nL:1/8\nQ:1/4=100", "G|cdef gabc|\nQ:1/4=60\ncdef gabc|c4 d4|")
    onsets = eighths(found.score)
    second = int(found.score.tempo_tick[1]) * 2 // found.score.ticks_per_quarter
    assert second == 16
    assert onsets[0] == 7 and second in onsets


def test_a_key_in_the_middle_moves_with_its_notes():
    found = aligned("M:4/4\nL:1/8", "G|cdef gabc|[K:G]cdef gabc|c7|")
    assert (found.score.key_tick * 2 // found.score.ticks_per_quarter).tolist() == [0, 16]
    assert found.score.key_fifths.tolist() == [0, 1]
    assert eighths(found.score)[:2] == [7, 8]


def test_bars_of_wrong_length_are_told():
    steady = "cdef gabc|" * 8
    assert not aligned("M:4/4\nL:1/8", steady).drifting
    assert aligned("M:4/4\nL:1/8", "cdef gabc|cdef gab|" * 4).drifting


def test_the_first_start_counts_only_where_it_is_alone():
    assert common_phase(np.array([], int)) == 0
    assert common_phase(np.array([3])) == 3
    assert common_phase(np.array([0, 5])) == 5
    assert common_phase(np.array([0, 5, 0, 5, 5])) == 5


def test_changes_of_time_have_a_budget():
    """The bar starts are looked through for each change: 100,000 of both took minutes."""
    music = "\n".join(["[M:3/4]C4|[M:2/4]C4|" * 4] * 130)
    (conversion,) = abc.convert_tunes([f"X:1\nM:4/4\nL:1/8\nK:C\n{music}"])
    with pytest.raises(MidiError, match="changes of time signature or tempo; a tune may have 1,000") as error:
        align_bars(read_midi(conversion.midi))
    assert error.value.reason == "costly"
