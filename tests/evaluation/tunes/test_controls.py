"""Controls undo what they are for, and nothing else."""

import numpy as np
import pytest
from tunes_by_hand import JIG, REEL, eighths, random_tune

from melody_tutorial.evaluation.tunes.controls import bars_shuffled, pitches_drawn, read_backwards
from melody_tutorial.melodies import Melody, decode_events


def notes(tune):
    return [column.tolist() for column in Melody(decode_events(tune.ids)).notes()]


def test_shuffling_keeps_the_pickup_the_last_bar_and_all_others_whole():
    tune = random_tune(0, JIG)
    tune = eighths([55, *(tune.ids[::2] + 46 * (tune.ids[::2] > 0))], JIG, rest=10)
    bars, moved = tune.ids.reshape(-1, 12), np.zeros(33, bool)
    for seed in range(5):
        (shuffled,) = bars_shuffled([tune], seed)
        others = shuffled.ids.reshape(-1, 12)
        assert sorted(map(bytes, bars)) == sorted(map(bytes, others)) and shuffled.facts == tune.facts
        moved |= (bars != others).any(axis=1)
    assert moved.tolist() == [False, *[True] * 31, False]
    (again,) = bars_shuffled([tune], seed)
    np.testing.assert_array_equal(again.ids, shuffled.ids)


def test_backwards_by_hand():
    """A pickup of one eighth, five eighths of a bar of 3/4: 55 | 60, 62 for two, then 64 for two."""
    tune = eighths([55, 60, 62, 0, 64, 0], JIG, rest=10)
    (backwards,) = read_backwards([tune])
    # Bar lines at 0, 12, 24: the last note started at 18 and ended at 22; read backwards it starts at 2.
    assert notes(backwards) == [[2, 6, 10, 12], [6, 10, 12, 14], [64, 62, 60, 55]]
    assert len(backwards.ids) == 14


def test_backwards_keeps_rests():
    tune = eighths([60, 62, 64, 65], REEL)
    tune.ids[[4, 6]] = 1, 0  # the third note becomes a rest, and the fourth too
    assert notes(tune) == [[0, 2], [2, 4], [60, 62]]
    (backwards,) = read_backwards([tune])
    assert notes(backwards) == [[12, 14], [14, 16], [62, 60]]


@pytest.mark.parametrize("seed", range(3))
def test_backwards_twice_is_as_before(seed):
    tune = random_tune(seed)
    (twice,) = read_backwards(read_backwards([tune]))
    assert notes(twice) == notes(tune)


def test_random_pitches_keep_the_rhythm():
    tune = random_tune(1)
    (drawn,) = pitches_drawn([tune], seed=3)
    np.testing.assert_array_equal(tune.ids >= 2, drawn.ids >= 2)
    assert not np.array_equal(tune.ids, drawn.ids) and drawn.is_whole


def test_silence_can_be_undone_too():
    silent = eighths([0] * 16)
    for control in (bars_shuffled, pitches_drawn, read_backwards):
        (changed,) = control([silent])
        assert not changed.ids.any()
