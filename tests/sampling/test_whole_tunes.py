"""Tunes are drawn again until they are as asked: bars, an end of their own, a cadence."""

from dataclasses import replace

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, SamplingSettings
from melody_tutorial.networks import Facts
from melody_tutorial.sampling import sample_ids, sample_tunes
from melody_tutorial.sampling.whole_tunes import MOST_DRAWS, is_as_asked

MODEL = replace(MODELS["melody_rnn"], units=(8, 6), embedding=5)
TWO_BARS = Facts((2, 4), "major", 2, 8)
C, E, E_FLAT, F, G = 14, 18, 17, 19, 21  # classes; the tonic is C
END = MODEL.classes


def tune(last, steps, end=True):
    """Token ids of a tune whose last note is given; behind its end stands the end."""
    ids = np.zeros(40, np.uint8)
    ids[[0, steps - 4]] = G, last
    if end:
        ids[steps:] = END
    return ids


@pytest.mark.parametrize(
    ("ids", "facts", "is_right"),
    [
        (tune(C, 16), TWO_BARS, True),
        (tune(C, 14), TWO_BARS, True),  # its last bar lacks a pickup
        (tune(C, 8), TWO_BARS, False),
        (tune(C, 17), TWO_BARS, False),
        (tune(C, 17), replace(TWO_BARS, bars=None), True),
        (tune(C, 16, end=False), TWO_BARS, False),
        (tune(E, 16), TWO_BARS, True),
        (tune(F, 16), TWO_BARS, False),
        (tune(F, 16), replace(TWO_BARS, mode=None), True),
        (tune(E_FLAT, 16), TWO_BARS, False),
        (tune(E_FLAT, 16), replace(TWO_BARS, mode="dorian"), True),
        (tune(E, 16), replace(TWO_BARS, mode="dorian"), False),
        (np.where(np.arange(40) < 16, 0, END), TWO_BARS, False),  # silence
    ],
)
def test_a_tune_is_as_asked(ids, facts, is_right):
    assert is_as_asked(ids.astype(np.uint8), facts, MODEL) == is_right


@pytest.fixture(scope="module")
def checkpoint():
    """An untrained model that ends after some notes."""
    random = random_checkpoint(model=MODEL, scale=0.05)
    bias = np.full_like(random.weights["logits/bias"], -9)
    bias[[0, C, F, END]] = 1, 1, 1, -0.5
    return replace(random, weights=random.weights | {"logits/bias": bias})


SETTINGS = SamplingSettings(num_outputs=40, num_steps=60)
FACTS = [replace(TWO_BARS, bars=1)] * 40


def test_those_that_are_as_asked_stay_and_the_others_are_drawn_again(checkpoint):
    once = sample_ids(checkpoint, [], SETTINGS, facts=FACTS)
    tunes, told = sample_tunes(checkpoint, [], SETTINGS, FACTS)
    was_right, is_right = (
        np.array([is_as_asked(ids, FACTS[0], MODEL) for ids in each.ids]) for each in (once, tunes)
    )
    assert 0 < was_right.sum() < is_right.sum()
    np.testing.assert_array_equal(tunes.ids[was_right], once.ids[was_right])
    np.testing.assert_array_equal(tunes.log_likelihoods[was_right], once.log_likelihoods[was_right])
    assert not (tunes.ids == once.ids).all(axis=1)[~was_right].any()
    assert told == FACTS


def test_they_do_not_depend_on_their_number(checkpoint):
    many, _ = sample_tunes(checkpoint, [], SETTINGS, FACTS)
    few, _ = sample_tunes(checkpoint, [], replace(SETTINGS, num_outputs=7), FACTS[:7])
    np.testing.assert_array_equal(few.ids, many.ids[:7])


def test_what_cannot_end_in_time_is_drawn_once(checkpoint, monkeypatch):
    calls = []
    real = sample_tunes.__globals__["draw"]
    monkeypatch.setitem(sample_tunes.__globals__, "draw", lambda *a: calls.append(len(a[-1])) or real(*a))
    sample_tunes(checkpoint, [], SETTINGS, [replace(TWO_BARS, bars=8)] * 40)
    assert calls == [40]
    calls.clear()
    never = checkpoint.weights["logits/bias"].copy()
    never[END] = -99
    unending = replace(checkpoint, weights=checkpoint.weights | {"logits/bias": never})
    sample_tunes(unending, [], SETTINGS, FACTS)
    assert calls == [40] * MOST_DRAWS
