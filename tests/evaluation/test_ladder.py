"""The ladder: the figures of each rung by hand, and beside the baselines that were counted before."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.datasets import Record
from melody_tutorial.evaluation.counting import baselines
from melody_tutorial.evaluation.ladder import judge_network, measure_ladder
from melody_tutorial.evaluation.likelihood import judge, predict_figures
from melody_tutorial.evaluation.note_counts import view_notes
from tools import stored

RUNGS = [
    "uniform",
    "unigram",
    "bigram",
    "trigram",
    "note counts, Witten–Bell",
    "note counts",
    "PPM over events",
    "PPM over notes",
    "copy",
]


def tunes(number: int, seed: int) -> list[Record]:
    """Phrases of two bars of eighth notes that walk up and down, each twice."""
    rng = np.random.default_rng(seed)
    found = []
    for index in range(number):
        steps = rng.choice([-2, -1, 1, 2], 16)
        ids = np.zeros((16, 2), np.uint8)
        ids[:, 0] = np.clip(18 + np.cumsum(steps), 2, 37)
        found.append(Record(np.tile(ids.ravel(), 2), source=f"{seed} {index}"))
    return found


@pytest.fixture(scope="module")
def sides() -> tuple[list[Record], ...]:
    return tunes(40, 0), tunes(8, 2), tunes(8, 1)


@pytest.fixture(scope="module")
def rungs(sides):
    return measure_ladder(*sides)


def test_as_many_classes_as_the_data_have(sides, rungs):
    """The same tunes with all pitches: guessing is harder, looking back two events or more hardly so."""

    def high(record):
        return replace(record, ids=np.where(record.ids < 2, record.ids, record.ids + 92).astype(np.uint8))

    found = measure_ladder(*([high(record) for record in side] for side in sides), classes=130)
    assert list(found) == RUNGS
    assert found["uniform"].perplexity.value == pytest.approx(130)
    for name in ("trigram", "note counts", "PPM over notes", "copy"):
        assert rungs[name].loss.value < found[name].loss.value < rungs[name].loss.value + 0.4


def test_rungs_stand_in_order(rungs):
    assert list(rungs) == RUNGS


def test_the_glossary_and_the_measures_name_each_rung():
    names = [name.removesuffix(", Witten–Bell") for name in RUNGS]
    glossary, measures = (
        (stored.ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8") for page in ("glossary", "measures")
    )
    assert f"Lowest first: {', '.join(dict.fromkeys(names))}. |" in glossary
    assert all(re.search(rf"^\| .*{name}.* \|", measures, re.MULTILINE) for name in names)


@pytest.mark.parametrize("name", ["uniform", "unigram", "bigram", "trigram"])
def test_the_lowest_are_the_baselines(name, sides, rungs):
    counted = baselines(*([record.ids for record in side] for side in (sides[0], sides[2])))[name]
    found = rungs[name]
    assert found.loss.value == pytest.approx(counted["loss"])
    assert found.accuracy.value == pytest.approx(counted["accuracy"])
    assert found.onset_accuracy.value == pytest.approx(counted["onset_accuracy"])


def test_tunes_that_repeat_themselves_are_copied(rungs):
    assert rungs["PPM over notes"].loss.value < 0.8 * rungs["trigram"].loss.value
    assert rungs["copy"].loss.value < 1.1 * rungs["PPM over notes"].loss.value


@pytest.mark.parametrize("name", RUNGS)
def test_bits_per_note_are_the_loss_in_other_units(name, sides, rungs):
    label = view_notes(sides[2]).label
    events_per_note = len(label) / (label >= 2).sum()
    found = rungs[name]
    bits = found.timing_bits.value + found.pitch_bits.value
    assert bits == pytest.approx(found.loss.value / math.log(2) * events_per_note)


@pytest.mark.parametrize("name", RUNGS[1:])
def test_a_figure_lies_in_its_interval(name, rungs):
    found = rungs[name]
    for figure in (found.loss, found.perplexity, found.accuracy, found.timing_bits, found.pitch_bits):
        assert figure.low <= figure.value <= figure.high
    assert found.perplexity.high == pytest.approx(math.exp(found.loss.high))


def test_figures_by_hand():
    """After a note: held for sure at ½, then an onset, at ¼ of this pitch and ¼ of another."""
    p = np.zeros((2, 38))
    p[:, 0], p[:, 16], p[:, 20] = 1 / 2, 1 / 4, 1 / 4
    found = judge(p, [np.array([14, 0, 16], np.uint8)], [0])
    assert found.loss.value == pytest.approx((math.log(2) + math.log(4)) / 2)
    assert found.perplexity.value == pytest.approx(math.sqrt(8))
    assert (found.accuracy.value, found.onset_accuracy.value) == (1 / 2, 0)
    assert found.timing_bits.value == pytest.approx(2)  # 1 for the hold, 1 for the onset, one note
    assert found.pitch_bits.value == pytest.approx(1)


def test_test_melodies_choose_nothing(sides):
    """Fewer of them have the same probabilities: the figures of a part are those of the part."""
    train, validation, test = sides
    part = measure_ladder(train, validation, test[:1])
    whole = measure_ladder(train, validation, [test[0], test[0]])
    for name in RUNGS:
        assert part[name].loss.value == pytest.approx(whole[name].loss.value), name


def test_without_a_test_the_figures_are_about_validation(sides):
    """For which the best smoothing was chosen: so they are the best there are."""
    train, validation, _ = sides
    chosen, other = measure_ladder(train, validation), measure_ladder(train, train[:5], validation)
    for name in RUNGS[:-1]:
        assert chosen[name].loss.value <= other[name].loss.value + 1e-9, name


def test_intervals_are_those_of_families():
    """Ten melodies of one family are as good as one: no interval can be told."""
    rng = np.random.default_rng(0)
    melodies = [rng.integers(0, 38, 9, dtype=np.uint8) for _ in range(10)]
    p = rng.dirichlet(np.ones(38), 80)
    alone, together = judge(p, melodies, range(10)), judge(p, melodies, [3] * 10)
    assert alone.loss.value == pytest.approx(together.loss.value)
    assert alone.loss.low < alone.loss.value < alone.loss.high
    assert together.loss.low == pytest.approx(together.loss.high)


def test_a_network_is_judged_like_the_models_that_count(sides):
    checkpoint, records = random_checkpoint(), sides[2]
    found = judge_network(checkpoint, [*records, Record(np.array([5], np.uint8))])
    figures = predict_figures(checkpoint, [record.ids for record in records])
    assert found.loss.value == pytest.approx(figures["loss"])
    assert found.onset_accuracy.value == pytest.approx(figures["onset_accuracy"])
    assert found.timing_bits.value + found.pitch_bits.value == pytest.approx(
        found.loss.value / math.log(2) * (len(records) * 63) / (len(records) * 31)
    )


def test_of_many_melodies_some_are_taken(sides, monkeypatch):
    monkeypatch.setattr("melody_tutorial.evaluation.ladder.MOST_MELODIES", 20)
    train, validation, test = sides
    thinned = measure_ladder(train, validation, test)
    assert thinned["trigram"] == measure_ladder(train[::2], validation, test)["trigram"]
