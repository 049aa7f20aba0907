"""Varied copies: a planted passage is found whatever was done to it, and nothing where none was planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.variants import doubled, ornamented, transposed
from melody_tutorial.evaluation import varied_copies
from melody_tutorial.evaluation.exact_copies import Copy, longest_copies
from melody_tutorial.evaluation.varied_copies import MATCH, SKIP, _trace, longest_varied_copies
from melody_tutorial.melodies import Melody

C_MAJOR = np.array([48 + 12 * octave + step for octave in range(3) for step in (0, 2, 4, 5, 7, 9, 11)])


def tune(seed: int, notes: int = 80) -> np.ndarray:
    """Notes of two or four steps that walk about the scale of C: like music enough to agree by chance."""
    rng = np.random.default_rng(seed)
    walk = np.abs(np.cumsum(rng.choice([-2, -1, -1, 0, 1, 1, 2, 4, -4], notes)) + 8) % 21
    return write(C_MAJOR[walk], rng.choice([2, 2, 4], notes))


def write(pitches, lengths) -> np.ndarray:
    """Notes as events."""
    events = np.full(np.sum(lengths), -2)
    events[np.cumsum(lengths) - lengths] = pitches
    return events


TRAINING = [tune(seed) for seed in range(200)]
STRANGER = tune(1000)
PLACE = 60  # step of the stranger at which a passage is planted


def passage(notes: int = 20) -> tuple[np.ndarray, int]:
    """The first notes of the training melody 123, and the step after them."""
    end = int(np.flatnonzero(TRAINING[123] >= 0)[notes])
    return TRAINING[123][:end], end


def plant(events: np.ndarray) -> np.ndarray:
    """The stranger with a passage in it."""
    return np.concatenate([STRANGER[:PLACE], events, STRANGER[PLACE:]])


def vary(events: np.ndarray) -> np.ndarray:
    """In another key, in doubled note values, a tenth of the notes ornamented."""
    melody, rng = Melody(events), np.random.default_rng(5)
    for change in (transposed, doubled, ornamented):
        melody = change(melody, rng)
    return melody.events


def test_a_planted_passage_is_found_in_another_key_doubled_and_ornamented():
    events, end = passage()
    varied = vary(events)
    (copy,) = longest_varied_copies([plant(varied)], TRAINING)
    assert copy.source == 123
    assert 18 <= copy.notes <= 22
    assert copy.start <= PLACE + 4 and copy.end >= PLACE + len(varied) - 8
    assert copy.source_start == 0 and copy.source_end >= end - 4
    (exact,) = longest_copies([plant(varied)], TRAINING)
    assert exact is None or exact.notes < 8


def test_what_was_not_planted_or_stands_backwards_is_not_found():
    events, _ = passage()
    backwards = vary(events[::-1])
    for melody in (STRANGER, plant(backwards)):
        (copy,) = longest_varied_copies([melody], TRAINING)
        assert copy.notes < 16


def test_a_long_passage_goes_before_more_runs_that_are_scattered(monkeypatch):
    """One melody has all eights of our notes, in another order; the other a third of the notes, in a row."""
    monkeypatch.setattr(varied_copies, "CANDIDATES", 1)
    ours = STRANGER[STRANGER >= 0]
    scattered = ours.reshape(-1, 8)[::-1].ravel()
    whole = np.concatenate([TRAINING[0][TRAINING[0] >= 0], ours[:30]])
    pieces = [write(pitches, np.full(len(pitches), 2)) for pitches in (scattered, whole)]
    (copy,) = longest_varied_copies([STRANGER], pieces)
    assert (copy.source, copy.start) == (1, 0)


def test_a_passage_and_its_counterpart_reach_from_the_first_note_to_the_end_of_the_last():
    ours = write([50, 60, 62, 64, 65, 67, 69, 71, 72, 74, 74, 74, 49], [2, *[1] * 10, 3, 2])
    theirs = write([71, 55, 57, 59, 60, 62, 64, 40, 66, 67, 69, 69, 71], [2, 2, *[2] * 5, 1, 1, 2, 2, 4, 2])
    expected = Copy(notes=9, start=2, end=15, source=1, source_start=2, source_end=24)
    assert longest_varied_copies([ours], [STRANGER[:2], theirs]) == [expected]


def test_a_melody_without_six_notes_in_common_has_no_passage():
    assert longest_varied_copies([write([60, 62, 64], [1, 1, 1])], TRAINING) == [None]
    assert longest_varied_copies([], TRAINING) == []
    assert longest_varied_copies([STRANGER], []) == [None]


def plain_score(left, right) -> int:
    """Best score of Smith and Waterman's table, cell by cell."""
    table = np.zeros((len(left) + 1, len(right) + 1), dtype=int)
    for i, upper in enumerate(left):
        for j, lower in enumerate(right):
            pair = table[i, j] + MATCH if upper == lower else 0
            table[i + 1, j + 1] = max(0, pair, table[i, j + 1] - SKIP, table[i + 1, j] - SKIP)
    return table.max()


pitches = st.lists(st.integers(60, 62), min_size=1, max_size=20).map(np.array)


@given(pitches, pitches)
def test_a_path_pairs_equal_notes_in_order_and_is_the_best(left, right):
    path = _trace(left, right)
    if not len(path):
        assert plain_score(left, right) == 0
        return
    np.testing.assert_array_equal(left[path[:, 0]], right[path[:, 1]])
    assert (np.diff(path, axis=0) > 0).all()
    left_out = (path[-1] - path[0] + 1 - len(path)).sum()
    assert MATCH * len(path) - SKIP * left_out == plain_score(left, right)


@pytest.mark.parametrize("number", [3, 77])
def test_a_whole_training_melody_is_found_in_any_key(number):
    (copy,) = longest_varied_copies([np.where(TRAINING[number] >= 0, TRAINING[number] + 3, -2)], TRAINING)
    runs = 1 + np.count_nonzero(np.diff(TRAINING[number][TRAINING[number] >= 0]))
    assert (copy.source, copy.notes, copy.start, copy.end) == (number, runs, 0, len(TRAINING[number]))
