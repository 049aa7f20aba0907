"""Runs of steps, duplicates and families: the same music in another key is the same music."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from melody_tutorial.datasets.families import draw_sides, find_families, first_of_duplicates
from melody_tutorial.datasets.passages import hash_runs, notes_of, step_symbols
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.melody import Melody

# Few pitches and short tunes, so that passages of three notes come back.
small_tune = st.lists(st.sampled_from([-2, -1, 60, 62, 64]), min_size=1, max_size=14)
small_tunes = st.lists(small_tune, min_size=1, max_size=8)


def melody(events, source=""):
    return Melody(np.array(events, dtype=np.int8), source=source)


def plain_notes(events):
    """(onset, length, pitch) of each note, read event by event."""
    notes, sounding = [], False
    for step, event in enumerate(events):
        if event >= 0:
            notes.append([step, 1, event])
        elif event == -2 and sounding:
            notes[-1][1] += 1
        sounding = event >= 0 or (sounding and event == -2)
    return notes


def plain_passages(events, passage_notes):
    """Passages as tuples of (interval, time between onsets), cut from the list of notes."""
    notes = plain_notes(events)
    steps = [(b[2] - a[2], b[0] - a[0]) for a, b in pairwise(notes)]
    return [tuple(steps[i : i + passage_notes - 1]) for i in range(len(notes) - passage_notes + 1)]


def test_notes_of_two_melodies():
    notes = notes_of([np.array([-2, 60, -2, -1, -2, 62]), np.array([64, -2, -2])])
    assert notes.melody.tolist() == [0, 0, 1]
    assert notes.onset.tolist() == [1, 5, 0]
    assert notes.length.tolist() == [2, 1, 3]
    assert notes.pitch.tolist() == [60, 62, 64]


@given(small_tunes)
def test_notes_are_those_read_event_by_event(tunes):
    notes = notes_of([np.array(events) for events in tunes])
    found = zip(
        *(column.tolist() for column in (notes.melody, notes.onset, notes.length, notes.pitch)), strict=True
    )
    assert list(found) == [(index, *note) for index, tune in enumerate(tunes) for note in plain_notes(tune)]


@given(small_tunes, st.integers(1, 4))
def test_runs_of_steps_are_equal_where_their_hashes_are(tunes, steps):
    notes = notes_of([np.array(events) for events in tunes])
    hashes, first = hash_runs(step_symbols(notes), notes.melody, steps)
    plain = [passage for tune in tunes for passage in plain_passages(tune, steps + 1)]
    assert len(hashes) == len(first) == len(plain)
    same_hash = hashes[:, None] == hashes
    assert same_hash.tolist() == [[left == right for right in plain] for left in plain]


def test_a_duplicate_has_the_same_notes_and_rests_in_any_key():
    melodies = [
        melody([60, -2, 64, -1]),
        melody([67, -2, 71, -1]),  # a fifth higher
        melody([-2, 55, -2, 59, -1]),  # lower, and a step later
        melody([60, -2, 64, -2]),  # the last note is held
        melody([60, -2, 63, -1]),  # another interval
        melody([60, 64, -1, -2]),  # another rhythm
        melody([-2, -2]),
        melody([-2]),
    ]
    assert first_of_duplicates(melodies).tolist() == [0, 0, 0, 3, 4, 5, 6, 6]


def test_relatives_of_relatives_are_family():
    """Half of the second tune stands in the first, the other half in the third; the fourth is a stranger."""
    rng = np.random.default_rng(1)
    parts = rng.integers(60, 80, size=(6, 40))
    tunes = [melody(np.concatenate(parts[index : index + 2])) for index in (0, 1, 2, 4)]
    assert find_families(tunes).family.tolist() == [0, 0, 0, 1]
    assert find_families([tunes[0], tunes[2]]).family.tolist() == [0, 1]


def test_melodies_of_one_file_and_their_duplicates_are_family():
    rng = np.random.default_rng(2)
    one, other, third = (melody(rng.integers(60, 80, size=40)).events for _ in range(3))
    melodies = [
        melody(one, "a.mid"),
        melody(other, "a.mid"),
        melody(other + 3, "b.mid"),
        melody(third, "c.mid"),
    ]
    found = find_families(melodies)
    assert found.first.tolist() == [0, 1, 1, 3]
    assert found.tune.tolist() == [0, 0, 1, 2]
    assert found.family.tolist() == [0, 0, 0, 1]


@given(small_tunes)
def test_duplicates_are_family_however_short(tunes):
    found = find_families([melody(tune) for tune in tunes])
    assert (found.family == found.family[found.first]).all()


@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=60),
    st.floats(0.01, 0.49),
    st.floats(0.01, 0.49),
    st.integers(0, 9),
)
def test_whole_families_are_dealt_to_three_sides(family, eval_ratio, test_ratio, seed):
    family = np.array(family)
    assume(len(set(family.tolist())) >= 3)
    sides = draw_sides(family, eval_ratio, test_ratio, seed)
    assert set(sides.tolist()) == {"train", "validation", "test"}
    assert all(len(set(sides[family == number].tolist())) == 1 for number in family)
    largest = np.bincount(family).max()
    assert abs((sides == "test").sum() - test_ratio * len(family)) <= largest


def test_single_tunes_are_split_as_asked():
    for seed in range(5):
        sides = draw_sides(np.arange(1000), 0.1, 0.2, seed)
        assert [(sides == side).sum() for side in ("train", "validation", "test")] == [700, 100, 200]


@pytest.mark.parametrize("ratios", [(0.0, 0.1), (0.1, 0.0), (1.0, 0.1), (0.5, 0.5)])
def test_a_side_without_melodies_is_refused(ratios):
    with pytest.raises(UserError, match="--eval-ratio {:g} and --test-ratio {:g} would".format(*ratios)):
        draw_sides(np.arange(10), *ratios, 0)


def test_two_tunes_are_too_few():
    with pytest.raises(UserError, match=r"2 unrelated tunes, .* three different tunes"):
        draw_sides(np.array([0, 1, 1]), 0.1, 0.1, 0)
