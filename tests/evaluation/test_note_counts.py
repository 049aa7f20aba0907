"""Counting over notes: the rows of a short melody by hand, and models on melodies that follow a rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melody_tutorial.datasets import Record
from melody_tutorial.evaluation.note_counts import MOST_STEPS, note_counts, note_ppm, view_notes
from melody_tutorial.evaluation.ppm import Blend

SINGLE, EXCLUDING = Blend(update_exclusion=True), Blend(exclusion=True)

# Bars of 4 steps: a quarter note of class 14, two eighths of 16 and 18, a rest.
MELODY = [14, 0, 0, 0, 16, 0, 18, 0, 1, 0]

records = st.lists(
    st.lists(st.sampled_from([0, 0, 1, 2, 20, 37]), min_size=2, max_size=20).map(
        lambda ids: Record(np.array(ids, np.uint8), steps_per_bar=4)
    ),
    min_size=1,
    max_size=4,
)


def record(ids: list[int], steps_per_bar: int = 4) -> Record:
    return Record(np.array(ids, np.uint8), steps_per_bar=steps_per_bar)


def loss(p: np.ndarray, label: np.ndarray) -> float:
    return -np.log(p[np.arange(len(p)), label]).mean()


class TestRows:
    view = view_notes([record(MELODY)])

    def test_every_event_but_the_first_is_asked(self):
        assert self.view.label.tolist() == MELODY[1:]

    def test_state_is_the_time_since_the_onset_and_whether_it_still_sounds(self):
        assert self.view.state.tolist() == [2, 4, 6, 8, 2, 4, 2, 4, 7]

    def test_place_in_beat_and_bar(self):
        assert self.view.beat.tolist() == [1, 2, 3, 0, 1, 2, 3, 0, 1]
        assert (self.view.place - 4 * MOST_STEPS).tolist() == self.view.beat.tolist()

    def test_pitches_and_lengths_are_those_of_the_notes_before_nearest_first(self):
        assert self.view.pitch[:, :2].tolist() == [[13, 0]] * 4 + [[15, 13]] * 2 + [[17, 15]] * 3
        assert self.view.length[:, :2].tolist() == [[0, 0]] * 4 + [[4, 0]] * 2 + [[2, 4]] * 3

    def test_an_onset_does_not_know_itself(self):
        assert self.view.note.tolist() == [1, 1, 1, 1, 2, 2, 3, 3, 3]
        assert self.view.pitches[0].tolist() == [12, 14, 16]

    def test_one_bar_ago(self):
        assert self.view.bar_ago.tolist() == [-1, -1, -1, 14, 0, 0, 0, 16, 0]
        assert self.view.agreement.tolist() == [0, 0, 0, 0, 0, 1, 0, 1, 0]

    def test_melodies_do_not_know_each_other(self):
        two = view_notes([record([20, 0, 20]), record(MELODY)])
        assert two.melody.tolist() == [0] * 2 + [1] * 9
        for name in ("state", "place", "length", "pitch", "note", "bar_ago", "agreement"):
            np.testing.assert_array_equal(getattr(two, name)[2:], getattr(self.view, name))

    def test_a_melody_may_begin_with_silence(self):
        view = view_notes([record([0, 0, 14, 0])])
        assert view.state.tolist() == [2, 4, 2]
        assert view.pitch[:, 0].tolist() == [0, 0, 13]


def test_what_only_the_length_of_the_last_note_tells_is_counted():
    """After a quarter note comes 20, after an eighth 30: two events of context never see it."""
    rng = np.random.default_rng(0)
    tunes = []
    for _ in range(30):
        ids = [20]
        for long in rng.integers(0, 2, 20):
            ids += [0] * (3 if long else 1) + [20 if long else 30]
        tunes.append(record(ids))
    view = view_notes(tunes)
    p = note_counts(view, view, Blend())
    onsets = np.flatnonzero((view.label >= 2) & (view.state > 2))
    pitch_given_onset = p[onsets, view.label[onsets]] / p[onsets, 2:].sum(axis=1)
    assert pitch_given_onset.min() > 0.95


def test_a_melody_that_repeats_itself_is_predicted_by_its_own_beginning():
    """Random phrases, each of them three times: training tunes say nothing, the tune itself says all."""
    rng = np.random.default_rng(1)

    def tune() -> Record:
        return record(np.tile(rng.integers(2, 38, 12), 3).tolist())

    train, held_out = view_notes([tune() for _ in range(10)]), view_notes([tune()])
    p = note_ppm(train, held_out, SINGLE, EXCLUDING, 2)
    assert loss(p[:11], held_out.label[:11]) > 3
    assert loss(p[14:], held_out.label[14:]) < 1


@settings(max_examples=25)
@given(records, records)
def test_distributions_sum_to_one(train, held_out):
    seen, asked = view_notes(train), view_notes(held_out)
    for p in (note_counts(seen, asked, SINGLE), note_ppm(seen, asked, SINGLE, EXCLUDING, 2)):
        assert p.shape == (len(asked.label), 38) and (p > 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1)


@settings(max_examples=25)
@given(records, st.integers(2, 20))
def test_the_future_has_no_say(held_out, cut):
    """A melody cut short gets the same probabilities as far as it goes."""
    train = view_notes([record(MELODY)])
    melody = held_out[0]
    whole, part = (view_notes([one]) for one in (melody, record(melody.ids[:cut].tolist())))
    for model in (
        lambda asked: note_counts(train, asked, SINGLE),
        lambda asked: note_ppm(train, asked, SINGLE, EXCLUDING, 2),
    ):
        np.testing.assert_allclose(model(part), model(whole)[: len(part.label)], atol=1e-12)


@pytest.mark.parametrize("steps_per_bar", [3, 16])
def test_bars_of_other_lengths_are_other_places(steps_per_bar):
    place = view_notes([record(MELODY, steps_per_bar)]).place
    assert not set(place.tolist()) & set(view_notes([record(MELODY)]).place.tolist())
