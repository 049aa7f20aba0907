"""Whole tunes beside real ones: drawn with their facts, judged, and put in their place."""

import json
from dataclasses import replace

import pytest
from tunes_by_hand import JIG, REEL, random_tune
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, SamplingSettings
from melody_tutorial.datasets.records import Record
from melody_tutorial.evaluation import Interval, learn_metres
from melody_tutorial.melodies import Key
from melody_tutorial.networks import tune_of
from melody_tutorial.pipeline.comparison import compare_samples
from melody_tutorial.pipeline.tune_comparison import (
    beside,
    compare_tunes,
    composes_tunes,
    draw_tunes,
    place_of,
)
from melody_tutorial.reporter import STATISTICS, TUNE_FIGURES, Reporter

MODEL = replace(MODELS["melody_rnn"], units=(8,), embedding=6)


@pytest.fixture(scope="module")
def checkpoint():
    """Untrained; it ends a tune now and then."""
    return random_checkpoint(model=MODEL)


class Sides:
    """A dataset of reels and jigs."""

    def records(self, side):
        seeds = {"train": range(40), "test": range(100, 110)}[side]
        facts = [(seed, facts) for seed in seeds for facts in (REEL, JIG)]
        tunes = [random_tune(seed, each) for seed, each in facts]
        return [
            Record(
                tune.ids,
                f"{number}.abc",
                steps_per_bar=tune.facts.steps_per_bar,
                key=Key(0, "major"),
                family=number // 2,
                metre=tune.facts.metre,
                is_whole=number > 0,
            )
            for number, tune in enumerate(tunes)
        ]


def test_tunes_are_drawn_with_the_facts_of_others_in_turn(checkpoint):
    facts = [replace(REEL, bars=bars) for bars in (8, 16, 32, 48)]
    settings = SamplingSettings(num_outputs=10, num_steps=40, seed=2)
    tunes = draw_tunes(checkpoint, facts, settings)
    asked = [tune.facts.bars for tune in tunes]
    assert len(asked) == 10 and sorted(asked[:4]) == sorted(asked[4:8]) == [8, 16, 32, 48]
    assert asked[:4] != [8, 16, 32, 48], "in random order, so that what is left over is no particular part"
    assert {tune.is_whole for tune in tunes} == {True, False}
    for tune in tunes:
        assert len(tune.ids) < 40 if tune.is_whole else len(tune.ids) == 40
        assert tune.ids.size == 0 or tune.ids.max() < 38
    again = draw_tunes(checkpoint, facts, settings)
    assert [tune.ids.tolist() for tune in again] == [tune.ids.tolist() for tune in tunes]


def test_only_models_with_an_end_and_a_tonic_compose_tunes():
    assert composes_tunes(MODELS["melody_rnn"]) and not composes_tunes(MODELS["basic_rnn"])
    assert not composes_tunes(replace(MODELS["melody_rnn"], transpose="squash"))


@pytest.mark.parametrize(
    ("composed", "place"),
    [
        (0.5, "inside"),
        (0.4, "inside"),
        (0.46, "inside"),
        (0.54, "within 10 %"),
        (0.55, "within 10 %"),
        (0.36, "within 10 %"),
        (0.56, "outside"),
        (0, "outside"),
    ],
)
def test_a_figure_has_its_place_beside_the_real_one(composed, place):
    assert place_of(Interval(composed, 0, 1), Interval(0.495, 0.4, 0.5)) == place


def test_what_is_no_figure_has_no_place():
    side = {"leaps": Interval(0.5, 0.4, 0.6), "melodies": 7, "pitch_classes": (Interval(1, 1, 1),)}
    assert beside(side, side) == {"leaps": "inside"}


def test_real_tunes_are_inside_and_what_was_undone_is_outside():
    real = [random_tune(seed, facts) for seed in range(20) for facts in (REEL, JIG)]
    ear = learn_metres(real)
    same = compare_tunes(real, real, range(40), ear)
    assert set(same["beside"].values()) == {"inside"}
    assert same["sets"]["composed"].keys() == TUNE_FIGURES.keys() == same["beside"].keys()
    assert same["metres"]["6/8"]["composed"] == same["metres"]["6/8"]["real"]
    sections = [random_tune(seed, facts, "ABCD") for seed in range(20) for facts in (REEL, JIG)]
    other = compare_tunes(sections, real, range(40), ear)
    assert other["beside"]["aabb"] == other["beside"]["bars_8"] == "outside"
    assert other["beside"]["in_mode"] == other["beside"]["bars_complete"] == "inside"
    swapped = [replace(tune, facts={REEL: JIG, JIG: REEL}[tune.facts]) for tune in real]
    assert compare_tunes(swapped, real, range(40), ear)["beside"]["metre"] == "outside"


def test_a_model_that_ends_its_tunes_is_compared_by_whole_tunes(checkpoint):
    found = compare_samples(checkpoint, Sides(), [], samples=30, seed=0)
    assert found["settings"]["bars"] is None
    assert (found["composed"]["melodies"], found["real"]["melodies"]) == (30, 19), "one of 20 was cut"
    assert found["tunes"]["composed"] == 30 and found["tunes"]["real"] == 19
    assert found["beside"].keys() == {*STATISTICS, *TUNE_FIGURES}
    assert found["beside"]["aabb"] == found["beside"]["surprise"] == "outside", "it has learned nothing"
    real = [tune_of(record).facts.bars for record in Sides().records("test")[1:]]
    assert set(real) == {32} and found["tunes"]["sets"]["real"]["bars_asked"].value == 1
    assert json.loads(json.dumps(found))["tunes"]["sets"]["real"]["aabb"] == [1, 1, 1]


def test_where_no_real_tune_is_whole_all_are_cut(checkpoint, monkeypatch):
    records = [replace(record, is_whole=False) for record in Sides().records("test")]
    monkeypatch.setattr(Sides, "records", lambda self, side: records)
    found = compare_samples(checkpoint, Sides(), [], samples=4, seed=0)
    assert found["settings"]["bars"] == 16 and "tunes" not in found


def test_the_tables_are_told(checkpoint):
    told = {}

    class Listener(Reporter):
        def table(self, title, header, rows):
            told[title] = [header, *rows]

    Listener().statistics(compare_samples(checkpoint, Sides(), [], samples=4, seed=0))
    like, tunes, metres = told.values()
    assert like[0] == ["", "4 composed", "19 real", "random pitches", "composed beside real"]
    assert all(row[-1] in ("inside", "within 10 %", "outside") for row in like[1:])
    assert tunes[0][1:3] == ("composed", "real") and len(tunes) == 1 + len(TUNE_FIGURES)
    (aabb,) = (row for row in tunes if row[0] == "tunes of 32 bars that are AABB")
    assert aabb[2:4] == ("100.0% (no interval)", "0.0% (no interval)") and aabb[-1] == "outside"
    assert {row[0] for row in metres[1:]} == {"2/4, 2/2, 4/4", "6/8"}
