"""Originality: the means of what each melody shares, and which passage is the longest."""

import numpy as np
from examples import TUNES

from melody_tutorial.evaluation.copies import longest, originality
from melody_tutorial.evaluation.intervals import NOTHING

TRAINING = [melody.events for melody in TUNES[:20]]
STRANGERS = [melody.events for melody in TUNES[20:]]


def test_a_model_that_repeats_its_training_melodies_is_told_from_strangers():
    parrot = originality([np.where(events >= 0, events + 2, events) for events in TRAINING], TRAINING)
    strangers = originality(STRANGERS, TRAINING)
    assert parrot.exact == (40, 40, 40)
    assert parrot.varied.value > 35
    assert strangers.exact.high < 5 and strangers.varied.high < 8
    assert [copy.source for copy in parrot.exact_copies] == list(range(20))


def test_a_family_counts_once():
    melodies = [TRAINING[0]] * 10 + STRANGERS[:10]
    as_strangers = originality(melodies, TRAINING).exact
    as_families = originality(melodies, TRAINING, family=[0] * 10 + list(range(1, 11))).exact
    assert as_families.value == as_strangers.value
    assert as_families.high - as_families.low > 1.5 * (as_strangers.high - as_strangers.low)


def test_the_longest_passage_is_named_with_its_melody():
    found = originality([STRANGERS[0], TRAINING[3], STRANGERS[1]], TRAINING)
    melody, copy = longest(found.exact_copies)
    assert (melody, copy.source, copy.notes) == (1, 3, 40)
    assert longest([None, None]) is None


def test_nothing_to_look_at_is_nothing():
    assert originality([], TRAINING).exact == NOTHING
    assert originality([TRAINING[0]], []).varied == (0, 0, 0)
