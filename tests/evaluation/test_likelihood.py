"""Figures of a model on melodies: the same as event by event, whatever stands beside a melody."""

from itertools import pairwise

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.errors import UserError
from melody_tutorial.evaluation.likelihood import GROUP, predict_figures
from melody_tutorial.networks.inference import Network


def one_by_one(checkpoint, melodies):
    """The same figures the slow way: one melody, one event after the other."""
    losses, hits, onset_hits = [], [], []
    for ids in melodies:
        network = Network(checkpoint, 1)
        for event, label in pairwise(ids):
            logits = network.step(np.array([event]))[0].astype(np.float64)
            losses.append(np.log(np.exp(logits).sum()) - logits[label])
            hits.append(logits.argmax() == label)
            if label >= 2:
                onset_hits.append(hits[-1])
    return np.mean(losses), np.mean(hits), np.mean(onset_hits)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mingru"])
def test_agrees_with_event_by_event(cell):
    rng = np.random.default_rng(0)
    melodies = [rng.integers(0, 38, rng.integers(1, 12), dtype=np.uint8) for _ in range(GROUP + 5)]
    checkpoint = random_checkpoint(cell=cell)
    figures = predict_figures(checkpoint, melodies)
    assert list(figures.values()) == pytest.approx(one_by_one(checkpoint, melodies), abs=1e-5)


def test_nothing_to_measure_on_is_refused():
    """A loss over nothing would look perfect."""
    for melodies in ([], [np.array([3], np.uint8)]):
        with pytest.raises(UserError, match="no melody"):
            predict_figures(random_checkpoint(), melodies)


def test_a_class_that_the_model_does_not_know_is_refused():
    with pytest.raises(UserError, match="class 60"):
        predict_figures(random_checkpoint(), [np.array([3, 60], np.uint8)])
