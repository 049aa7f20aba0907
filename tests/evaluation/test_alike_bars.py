"""Bars alike: a planted relative is found whatever was done to it, and a tune read backwards is not."""

from dataclasses import replace

import numpy as np
import pytest

from melody_tutorial.evaluation.alike_bars import DEGREES, SEMITONES, find_alike_bars
from melody_tutorial.melodies import Key, Melody

MAJOR, MINOR = np.array([0, 2, 4, 5, 7, 9, 11]), np.array([0, 2, 3, 5, 7, 8, 10])
ENOUGH = 0.7
BARS = 12


def walk(seed: int, notes: int = 8 * BARS) -> np.ndarray:
    """Degrees that walk about a scale: like music enough to agree by chance."""
    steps = np.random.default_rng(seed).choice([-2, -1, -1, 0, 1, 1, 2, 4, -4], notes)
    return np.abs(np.cumsum(steps) + 8) % 14


def tune(degrees, scale=MAJOR, tonic: int = 60, steps: int = 2) -> Melody:
    """Eight equal notes of a scale in each bar."""
    events = np.full(steps * len(degrees), -2, dtype=np.int8)
    events[::steps] = tonic + 12 * (degrees // 7) + scale[degrees % 7]
    mode = "major" if scale is MAJOR else "minor"
    return Melody(events, steps_per_bar=8 * steps, key=Key(tonic % 12, mode))


def varied(degrees: np.ndarray, share: float = 0.2) -> np.ndarray:
    """Some of the degrees changed, so that few runs of notes stay whole."""
    rng = np.random.default_rng(5)
    return np.where(rng.random(len(degrees)) < share, degrees + rng.choice([1, 2], len(degrees)), degrees)


OTHERS = [tune(walk(seed)) for seed in range(100)]
PLACE = 42
OURS = varied(walk(PLACE))


def found(melody: Melody, table=SEMITONES, **options) -> list[int]:
    return find_alike_bars([melody], OTHERS, ENOUGH, table, **options).theirs.tolist()


@pytest.mark.parametrize("table", [SEMITONES, DEGREES], ids=["pitches", "degrees"])
@pytest.mark.parametrize(
    "melody",
    [tune(OURS), tune(OURS, tonic=67), tune(OURS, steps=1), tune(OURS[16:]), tune(OURS[4:])],
    ids=["same key", "other key", "half the note values", "two bars on", "half a bar on"],
)
def test_a_varied_relative_is_found(melody, table):
    assert found(melody, table) == [PLACE]


def test_the_share_is_that_of_the_places_that_agree():
    melody = tune(np.concatenate([walk(PLACE)[:56], walk(1000, 8)]))
    agree = 56 + np.count_nonzero(walk(PLACE)[56:64] % 7 == walk(1000, 8) % 7)
    alike = find_alike_bars([OTHERS[0], melody], OTHERS, ENOUGH)
    assert alike.ours.tolist() == [0, 1] and alike.theirs.tolist() == [0, PLACE]
    assert alike.share.tolist() == [1, agree / 64]


@pytest.mark.parametrize("melody", [tune(OURS, MINOR), tune(OURS + 2)], ids=["parallel minor", "a third up"])
def test_degrees_find_what_pitches_miss(melody):
    assert found(melody, DEGREES) == [PLACE]
    assert found(melody, SEMITONES) == []


@pytest.mark.parametrize("table", [SEMITONES, DEGREES], ids=["pitches", "degrees"])
def test_strangers_and_tunes_read_backwards_are_not_found(table):
    assert found(tune(walk(1000)), table) == []
    assert found(tune(OURS), table, backwards=True) == []
    assert found(tune(OURS[::-1]), table, backwards=True) == [PLACE]


def test_other_meters_short_tunes_and_few_pitches_have_nothing_alike():
    drone = tune(np.tile([0, 1, 2, 1], 2 * BARS))
    for melody in (replace(tune(OURS), steps_per_bar=12), tune(OURS[:56]), drone):
        assert not found(melody)
    assert not len(find_alike_bars([drone], [drone], ENOUGH).ours)


def test_without_melodies_there_are_no_pairs():
    for ours, theirs in ([], OTHERS), (OTHERS[:1], []), ([], []):
        assert len(find_alike_bars(ours, theirs, ENOUGH).share) == 0
