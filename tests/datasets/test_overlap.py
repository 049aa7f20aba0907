"""Overlap: what held-out melodies still share with training, counted without caps, beside a control."""

import numpy as np
import pytest
from examples import TUNES, random_melody
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.variants import backwards
from melody_tutorial.datasets import overlap
from melody_tutorial.datasets.grams import gram_table, line_of_notes
from melody_tutorial.datasets.overlap import largest_overlaps, overlap_left
from melody_tutorial.datasets.passages import notes_of
from melody_tutorial.melodies import Melody

NOTHING = {"melodies": 0, "share": 0.0, "backwards": 0.0}
tune = st.lists(st.integers(60, 62), min_size=1, max_size=12)


def held_out(*numbers, of):
    return np.isin(np.arange(of), numbers)


@given(st.lists(tune, min_size=2, max_size=7), st.data(), st.sampled_from([1, 4, 1 << 19]))
def test_overlaps_are_those_of_sets_of_grams(tunes, data, cells):
    held = np.array(data.draw(st.lists(st.booleans(), min_size=len(tunes), max_size=len(tunes))))
    grams = [{tuple(np.diff(tune[at : at + 3]).tolist()) for at in range(len(tune) - 2)} for tune in tunes]
    expected = [
        max(
            (
                len(grams[one] & grams[other]) / max(1, min(len(grams[one]), len(grams[other])))
                for other in np.flatnonzero(~held)
            ),
            default=0.0,
        )
        for one in np.flatnonzero(held)
    ]
    table = gram_table([(line_of_notes(notes_of([np.array(t) for t in tunes])), 2, 1)], len(tunes))
    kept, overlap.CELLS = overlap.CELLS, cells
    try:
        assert largest_overlaps(table, table, held).tolist() == pytest.approx(expected)
    finally:
        overlap.CELLS = kept


def test_unrelated_tunes_have_nothing_in_common():
    assert overlap_left(TUNES, held_out(0, 1, 2, of=40)) == {"intervals": NOTHING, "beats": NOTHING}


def test_a_tune_on_both_sides_is_counted_in_any_key_and_in_part():
    """Half of tune 1 stands in tune 2, a tone higher."""
    half = len(TUNES[1].events) // 2
    other = random_melody(99).events[half:]
    moved = np.where(TUNES[1].events >= 0, TUNES[1].events + 2, TUNES[1].events)[:half]
    melodies = [*TUNES[:2], Melody(np.concatenate([moved, other]).astype(np.int8)), *TUNES[2:]]
    found = overlap_left(melodies, held_out(1, of=41))
    assert found == {kind: {"melodies": 1, "share": 1.0, "backwards": 0.0} for kind in ("intervals", "beats")}
    assert overlap_left(melodies, held_out(1, 5, 6, 7, of=41))["beats"]["share"] == 0.25


def test_what_lies_between_quarters_is_not_among_the_beats():
    events = np.full(160, -2, dtype=np.int8)
    events[::4] = np.random.default_rng(0).integers(60, 80, 40)
    passing = events.copy()
    passing[2::4] = np.random.default_rng(1).integers(60, 80, 40)
    found = overlap_left([Melody(events), Melody(passing)], held_out(0, of=2))
    assert (found["intervals"]["melodies"], found["beats"]["melodies"]) == (0, 1)


def test_the_control_finds_what_is_there_backwards():
    found = overlap_left([TUNES[0], backwards(TUNES[0])], held_out(0, of=2))
    assert (found["intervals"]["share"], found["intervals"]["backwards"]) == (0.0, 1.0)


def test_no_side_may_be_empty_of_grams():
    short = [Melody(np.array([60, 62], dtype=np.int8))] * 2
    assert overlap_left(short, held_out(0, of=2)) == {"intervals": NOTHING, "beats": NOTHING}
    assert overlap_left(TUNES[:2], held_out(of=2)) == {"intervals": NOTHING, "beats": NOTHING}
