"""Grams: the lines that a melody is read as, and the runs of intervals in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.datasets.grams import (
    Line,
    find_pulses,
    gram_table,
    line_of_beats,
    line_of_notes,
    line_of_pulses,
    line_without_repeats,
)
from melody_tutorial.datasets.passages import notes_of

small_tune = st.lists(st.sampled_from([-2, -2, -1, 60, 62, 64]), min_size=1, max_size=20)
small_tunes = st.lists(small_tune, min_size=1, max_size=6)
lines = st.lists(st.lists(st.integers(60, 63), max_size=12), min_size=1, max_size=5)


def line_of_lists(melodies):
    return Line(
        np.array([pitch for melody in melodies for pitch in melody], dtype=np.int64),
        np.repeat(np.arange(len(melodies)), [len(melody) for melody in melodies]),
    )


def as_lists(line, melodies):
    return [line.pitch[line.melody == melody].tolist() for melody in range(melodies)]


def notes_in(tunes):
    return notes_of([np.array(events) for events in tunes])


def stretched(tune, factor):
    """The same events, each so many times as long."""
    return [event for first in tune for event in (first, *[-2] * (factor - 1))]


def test_a_repeated_note_counts_once():
    notes = notes_in([[60, 60, 62, 60], [60, -1, 60, 64]])
    assert as_lists(line_without_repeats(notes), 2) == [[60, 62, 60], [60, 64]]
    assert as_lists(line_of_notes(notes), 2) == [[60, 60, 62, 60], [60, 60, 64]]


def test_ornaments_between_beats_are_not_heard_on_beats():
    plain, ornamented = [60, -2, -2, -2, 64, -2, 67, -2], [60, -2, 62, 61, 64, 65, 67, 69]
    notes = notes_in([plain, ornamented])
    assert as_lists(line_of_beats(notes, np.full(len(notes), 2)), 2) == [[60, 60, 64, 67], [60, 62, 64, 67]]
    assert as_lists(line_of_beats(notes, np.full(len(notes), 4)), 2) == [[60, 64], [60, 64]]


def heard_on_beats(tune, beat, phase):
    """The last note struck before or on each beat, until the last note of the tune ends."""
    struck = [step for step, event in enumerate(tune) if event >= 0]
    if not struck:
        return []
    end = next((step for step in range(struck[-1], len(tune)) if tune[step] == -1), len(tune))
    beats = [step for step in range(struck[0], end) if (step - phase) % beat == 0]
    return [tune[max(step for step in struck if step <= at)] for at in beats]


@given(small_tunes, st.integers(1, 4), st.integers(0, 3))
def test_beats_are_those_read_event_by_event(tunes, beat, phase):
    notes = notes_in(tunes)
    line = line_of_beats(notes, np.full(len(notes), beat), np.full(len(notes), phase))
    assert as_lists(line, len(tunes)) == [heard_on_beats(tune, beat, phase) for tune in tunes]


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_the_pulse_doubles_with_the_note_values(factor):
    reel = [60, 62, 64, 65, 67, -2, 64, 60, 62, 64, 65, 67, 69, -2, 67, 65]
    notes = notes_in([stretched(reel, factor), [-2, -2, -2, *stretched(reel, factor)]])
    pulse, phase = find_pulses(notes, 2)
    assert pulse.tolist() == [factor, factor]
    assert phase.tolist() == [0, 3 % factor]
    on_pulses = [60, 62, 64, 65, 67, 67, 64, 60, 62, 64, 65, 67, 69, 69, 67, 65]
    assert as_lists(line_of_pulses(notes, 2), 2) == [on_pulses, on_pulses]


@given(lines, st.integers(1, 3), st.integers(1, 2))
def test_a_table_holds_each_gram_of_each_melody_once(melodies, intervals, stride):
    expected = {}
    for index, melody in enumerate(melodies):
        for start in range(len(melody) - intervals * stride):
            run = melody[start : start + intervals * stride + 1 : stride]
            gram = (index, tuple(np.diff(run).tolist()))
            expected[gram] = min(expected.get(gram, 127), run[0])
    table = gram_table([(line_of_lists(melodies), intervals, stride)], len(melodies))
    rows = list(zip(table.gram.tolist(), table.melody.tolist(), table.pitch.tolist(), strict=True))
    assert rows == sorted(rows)
    assert sorted((melody, pitch) for _, melody, pitch in rows) == sorted(
        (melody, pitch) for (melody, _), pitch in expected.items()
    )
    owners = sorted(sorted(m for g, m, _ in rows if g == gram) for gram in set(table.gram.tolist()))
    assert owners == sorted(sorted(m for m, g in expected if g == gram) for gram in {g for _, g in expected})


def test_lines_share_a_table():
    notes = notes_in([[60, 62, 64], [60, -2, 62, -2, 64, -2]])
    line = line_of_notes(notes)
    assert len(gram_table([(line, 2, 1)], 2)) == 2
    assert len(gram_table([(line, 2, 1), (line, 2, 1)], 2)) == 2
    assert len(gram_table([(line, 2, 1), (line, 1, 2)], 2)) == 4
    assert len(gram_table([], 0)) == 0
