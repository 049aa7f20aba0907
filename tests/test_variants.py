"""Variants: each changes what it says and nothing else, so that what is found of them means something."""

import numpy as np
import pytest
from examples import TUNES, random_melody

from benchmarks.variants import (
    ORDER,
    backwards,
    changed,
    doubled,
    ornamented,
    rebarred,
    transposed,
    tunes_by_chance,
    without_pickup,
)
from melody_tutorial.melodies import Melody

TUNE = TUNES[0]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def lines(melody):
    return tuple(column.tolist() for column in melody.notes())


def test_another_key_moves_all_notes_alike(rng):
    onset, end, pitch = TUNE.notes()
    moved = transposed(TUNE, rng).notes()
    (semitones,) = set((moved[2] - pitch).tolist())
    assert (moved[0].tolist(), moved[1].tolist()) == (onset.tolist(), end.tolist())
    assert 0 < abs(semitones) <= 6


def test_double_note_values_last_twice_as_long(rng):
    onset, end, pitch = TUNE.notes()
    assert lines(doubled(TUNE, rng)) == ((2 * onset).tolist(), (2 * end).tolist(), pitch.tolist())


def test_a_tenth_of_the_notes_get_an_ornament_and_no_note_is_lost(rng):
    slow = random_melody(1, notes=40)
    onset, _, pitch = slow.notes()
    found_onset, _, found_pitch = ornamented(slow, rng).notes()
    assert 40 + 4 <= len(found_onset) <= 40 + 8  # an ornament within a note cuts it in three
    assert set(onset.tolist()) < set(found_onset.tolist())
    assert set(found_pitch.tolist()) <= set(pitch.tolist())


def test_one_note_of_every_two_bars_is_another(rng):
    onset, _, pitch = TUNE.notes()
    found = changed(TUNE, rng)
    assert found.notes()[0].tolist() == onset.tolist()
    other = onset[found.notes()[2] != pitch] // 32
    assert other.tolist() == np.unique(onset // 32).tolist()


def test_bar_lines_move_and_notes_do_not(rng):
    found = rebarred(TUNE, rng)
    silence = len(found.events) - len(TUNE.events)
    assert 0 < silence < 16 and found.steps_per_bar in (8, 32)
    assert found.events[silence:].tolist() == TUNE.events.tolist()


def test_a_pickup_is_left_out_and_a_full_bar_is_not(rng):
    bar = [60, -2, -2, -2] * 4
    assert without_pickup(Melody(np.array([-2] * 12 + [67, -2, -2, -2] + bar)), rng).events.tolist() == bar
    assert without_pickup(Melody(np.array(bar)), rng).events.tolist() == bar


def test_backwards_twice_is_forwards():
    ending = Melody(np.array([60, -2, 62, 64, -2, -2], dtype=np.int8))
    assert lines(backwards(ending)) == ([0, 3, 4], [3, 4, 6], [64, 62, 60])
    assert lines(backwards(backwards(ending))) == lines(ending)


def test_tunes_made_by_chance_take_the_steps_of_their_models(rng):
    models = [Melody(np.array([60, 62, 64, 65, 67, 65, 64, 62] * 8, dtype=np.int8)) for _ in range(2)]
    tunes = tunes_by_chance(models, 5, rng)
    assert len(tunes) == 5
    for events in tunes:
        pitch = events[events >= 0].astype(int)
        assert len(pitch) > ORDER
        assert set((np.diff(pitch) % 30).tolist()) <= {1, 2, 28, 29}  # a pitch out of range comes in again
