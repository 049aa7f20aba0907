"""Metres are heard from the notes alone."""

from dataclasses import replace

import numpy as np
import pytest
from tunes_by_hand import JIG, REEL, eighths, random_tune

from melody_tutorial.evaluation.intervals import NOTHING
from melody_tutorial.evaluation.tunes.controls import bars_shuffled, read_backwards
from melody_tutorial.evaluation.tunes.metre_heard import (
    IN_TWO,
    LAGS,
    LEAST_TUNES,
    _autocorrelation,
    _features,
    kind_of,
    learn_metres,
)
from melody_tutorial.networks import Facts

WALTZ, SLIP_JIG = Facts((3, 4), "major", 32, 12), Facts((9, 8), "major", 32, 18)
ALL = (REEL, JIG, WALTZ, SLIP_JIG)


def tunes_of(facts, seeds):
    return [random_tune(seed, facts) for seed in seeds]


@pytest.fixture(scope="module")
def ear():
    return learn_metres([tune for facts in ALL for tune in tunes_of(facts, range(60))])


def test_the_ear_knows_metres_by_name(ear):
    assert ear.kinds == (IN_TWO, "6/8", "3/4", "9/8")
    assert kind_of((2, 4)) == kind_of((2, 2)) == kind_of((4, 4)) == IN_TWO
    assert kind_of(None) is None


@pytest.mark.parametrize("facts", ALL, ids=lambda facts: "{}_{}".format(*facts.metre))
def test_metres_are_heard_in_tunes_that_were_not_learned_from(ear, facts):
    tunes = tunes_of(facts, range(100, 120))
    told = [replace(tune, facts=Facts()) for tune in tunes]  # it is not told
    assert ear.hear(told).count(kind_of(facts.metre)) >= 19
    assert ear.hear(read_backwards(tunes)).count(kind_of(facts.metre)) >= 18
    assert ear.hear(bars_shuffled(tunes)).count(kind_of(facts.metre)) >= 16, "form is not metre"


def test_notes_at_random_times_have_no_metre(ear):
    """Each kind would be right once in four times if all were heard alike often."""
    rng = np.random.default_rng(0)
    tunes = [tune for facts in ALL for tune in tunes_of(facts, range(100, 110))]
    disordered = [replace(tune, ids=rng.permutation(tune.ids)) for tune in tunes]
    right = [
        kind_of(tune.facts.metre) == kind for tune, kind in zip(tunes, ear.hear(disordered), strict=True)
    ]
    assert np.mean(right) < 0.5


def test_the_place_of_the_first_bar_line_does_not_matter(ear):
    tunes = tunes_of(JIG, range(5))
    moved = [replace(tune, ids=np.concatenate([np.zeros(7, np.uint8), tune.ids])) for tune in tunes]
    assert ear.hear(moved) == ear.hear(tunes)
    for tune, other in zip(tunes, moved, strict=True):
        np.testing.assert_allclose(_features(other.ids), _features(tune.ids))


def test_agreement_is_a_share_of_the_tunes_of_each_metre(ear):
    tunes = [*tunes_of(REEL, range(3)), *tunes_of(JIG, range(2)), random_tune(0, Facts((6, 4), None, 32, 24))]
    found = ear.agreement(tunes, [IN_TWO, IN_TWO, "6/8", "6/8", "6/8", IN_TWO], family=[1, 1, 1, 2, 2, 3])
    assert found[IN_TWO].value == pytest.approx(2 / 3)
    assert found["6/8"] == (1, 1, 1)
    assert found["3/4"] == found["9/8"] == NOTHING


def test_a_metre_of_few_tunes_is_not_learned():
    few = [*tunes_of(REEL, range(LEAST_TUNES)), *tunes_of(JIG, range(LEAST_TUNES - 1))]
    assert learn_metres(few).kinds == (IN_TWO,)
    deaf = learn_metres(few[-3:])
    assert deaf.kinds == () and deaf.hear(few[:2]) == ["", ""] and deaf.agreement(few, [""] * 39) == {}


def test_autocorrelation_by_hand():
    """A one on each fourth step: the same four steps later, and two steps later each one meets a zero."""
    series = np.tile([1.0, 0, 0, 0], 40)
    found = dict(zip(LAGS.tolist(), _autocorrelation(series), strict=True))
    assert found[4] == found[48] == pytest.approx(1)
    assert found[2] == pytest.approx(-1 / 3)  # the mean of (x − ¼)(y − ¼), by the variance 3/16
    short = dict(zip(LAGS.tolist(), _autocorrelation(series[:10]), strict=True))
    assert short[10] == short[144] == 0 and short[4] != 0
    assert not _autocorrelation(np.ones(8)).any()


def test_silence_has_some_metre_and_does_no_harm(ear):
    assert ear.hear([eighths([0] * 16)])[0] in ear.kinds
