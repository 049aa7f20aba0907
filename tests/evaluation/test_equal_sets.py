"""Equal sets: as many melodies on both sides, of one length; and pitches by chance."""

from dataclasses import replace

import numpy as np
import pytest

from melody_tutorial.datasets.records import Record
from melody_tutorial.evaluation.equal_sets import Frame, equal_sets, find_frame, with_random_pitches


def record(steps: int, steps_per_bar: int = 16, source: str = "") -> Record:
    return Record((np.arange(steps) % 38).astype(np.uint8), source, steps_per_bar=steps_per_bar)


@pytest.mark.parametrize(
    ("real", "frame"),
    [
        ([record(500), record(400), record(96, 12)], Frame(16, 16)),
        ([record(96, 12), record(100, 12), record(119, 12), record(500)], Frame(8, 12)),
        ([record(7)], Frame(1, 16)),
    ],
)
def test_the_frame_is_what_half_of_the_real_melodies_have(real, frame):
    assert find_frame(real) == frame


def test_both_sides_get_one_length_and_one_number():
    real = [record(300, source="a"), record(255, source="short"), record(256, source="b"), record(300, 12)]
    composed = [np.full(256 + 10 * number, number, np.uint8) for number in range(5)]
    sets = equal_sets(composed, real, Frame(16, 16))
    assert [one.source for one in sets.real] == ["a", "b"]
    assert len(sets.composed) == 2 and len({int(ids[0]) for ids in sets.composed}) == 2
    assert {len(ids) for ids in [*sets.composed, *(one.ids for one in sets.real)]} == {256}
    assert replace(sets.real[0], ids=None) == replace(real[0], ids=None), "all else is kept"
    assert not equal_sets(composed, real[1:2], Frame(16, 16)).composed


def test_a_primer_is_left_out_on_both_sides():
    sets = equal_sets([np.arange(24)], [record(30)], Frame(1, 16), primer_steps=8)
    assert sets.composed[0].tolist() == sets.real[0].ids.tolist() == list(range(8, 24))


def test_the_draw_follows_its_seed():
    composed, real = [np.full(16, number) for number in range(50)], [record(16)] * 5
    draws = [equal_sets(composed, real, Frame(1, 16), seed=seed).composed for seed in (1, 1, 2)]
    first, again, other = ([int(ids[0]) for ids in drawn] for drawn in draws)
    assert first == again != other


def test_random_pitches_keep_the_rhythm_and_fill_the_range():
    events = np.tile([60, -2, 72, -1, 65, -2, -2, 61], 200)
    (changed,) = with_random_pitches([events])
    np.testing.assert_array_equal(np.where(changed < 0, changed, 0), np.where(events < 0, events, 0))
    pitches, counts = np.unique(changed[changed >= 0], return_counts=True)
    assert pitches.tolist() == list(range(60, 73))
    assert counts.min() > 0.5 * counts.mean()
    assert events[0] == 60, "what came in is left alone"
    np.testing.assert_array_equal(changed, with_random_pitches([events], seed=0)[0])


def test_silence_has_no_pitches_to_change():
    assert with_random_pitches([np.array([-2, -1])])[0].tolist() == [-2, -1]
