"""Samples beside real melodies: equal sets, all that a model has learned from, and what it copied."""

import json
from dataclasses import replace

import numpy as np
import pytest
from examples import TUNES, random_melody

from melody_tutorial.config import ModelSettings, TrainingSettings
from melody_tutorial.datasets import build_dataset, open_dataset
from melody_tutorial.datasets.records import Record
from melody_tutorial.datasets.split import read_split
from melody_tutorial.evaluation import originality
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies import encode_events
from melody_tutorial.networks import load_checkpoint
from melody_tutorial.pipeline.comparison import (
    compare_samples,
    earlier_melodies,
    show_copies,
    without_relatives,
)
from melody_tutorial.pipeline.examination import is_split_of, what_was_heard
from melody_tutorial.training.runs import begin_run


def record(melody) -> Record:
    return Record(encode_events(melody.events), melody.source)


def dataset(folder, seeds):
    build_dataset([random_melody(seed) for seed in seeds], Funnel(), folder)
    return open_dataset(folder)


def sources(records) -> set[str]:
    return {one.source for one in records}


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Three runs, each with its dataset; each starts from the one before, the first from basic_rnn."""
    monkeypatch.setenv("MELODY_TUTORIAL_DATA", str(tmp_path / "data"))
    weights, initial = load_checkpoint("basic_rnn"), "basic_rnn"
    for number in range(3):
        folder = tmp_path / f"run{number}"
        dataset(folder / "dataset", range(100 * number, 100 * number + 12))
        begin_run(folder, folder / "dataset", ModelSettings(), TrainingSettings(), initial, weights)
        initial = folder
    return tmp_path


def test_a_model_is_compared_on_equal_sets(tmp_path):
    data = dataset(tmp_path, range(60))  # of 160 steps: ten bars
    found = compare_samples(load_checkpoint("basic_rnn"), data, [], samples=4, seed=0)
    assert [found[name]["melodies"] for name in ("composed", "real", "chance")] == [4, 4, 4]
    assert found["settings"]["bars"] == 10
    assert found["real"]["notes_per_bar"] == found["chance"]["notes_per_bar"]
    assert found["real"]["surprise"].low > found["composed"]["surprise"].high, "random tunes are no tunes"
    assert found["copies"]["exact"]["notes"] >= found["composed"]["exact"].value
    assert json.loads(json.dumps(found))["real"]["leaps"] == list(found["real"]["leaps"])


def test_everything_that_a_model_met_before_is_searched(runs):
    records, unknown = earlier_melodies(runs / "run2", open_dataset(runs / "run2" / "dataset"))
    assert unknown == ["basic_rnn"], "the tune books are not at hand"
    before = [open_dataset(runs / name / "dataset").records("train") for name in ("run0", "run1")]
    assert sources(records) == sources(before[0]) | sources(before[1])
    books = dataset(runs / "data" / "datasets" / "tunebooks", range(500, 512))
    records, unknown = earlier_melodies(runs / "run1", open_dataset(runs / "run1" / "dataset"))
    assert sources(records) == sources(before[0]) | sources(books.records("train"))
    assert unknown == []
    assert earlier_melodies("basic_rnn", books) == ([], [])


def test_measured_on_another_dataset_a_run_has_still_learned_from_its_own(runs):
    records, _ = earlier_melodies(runs / "run0", open_dataset(runs / "run1" / "dataset"))
    assert sources(records) == sources(open_dataset(runs / "run0" / "dataset").records("train"))


def test_a_model_whose_past_is_gone_is_named(runs):
    (runs / "run0").rename(runs / "elsewhere")
    _, unknown = earlier_melodies(runs / "run2", open_dataset(runs / "run2" / "dataset"))
    assert unknown == [str((runs / "run0").resolve())]


def test_relatives_of_earlier_melodies_are_left_out_of_the_real_ones():
    real = [record(melody) for melody in TUNES[:6]]
    moved = replace(TUNES[2], events=np.where(TUNES[2].events >= 0, TUNES[2].events + 1, -2), source="moved")
    earlier = [record(melody) for melody in [*TUNES[20:], moved]]
    assert sources(without_relatives(real, earlier)) == sources(real) - {TUNES[2].source}
    assert without_relatives(real, []) == real
    assert without_relatives(real[2:3], earlier) == real[2:3], "none would be left"


def test_the_longest_passage_is_shown_beside_its_source():
    training = [record(melody) for melody in TUNES[:5]]
    events = TUNES[3].events
    planted = np.concatenate([TUNES[10].events[:20], np.where(events >= 0, events + 2, events)[20:100]])
    shared = originality([TUNES[11].events, planted], [melody.events for melody in TUNES[:5]])
    shown = show_copies(shared, [TUNES[11].events, planted], training)
    assert set(shown) == {"exact", "varied"}
    for copy in shown.values():
        assert copy["source_name"] == TUNES[3].source
        assert copy["notes"] >= 17
    ours, theirs = (np.array(shown["exact"][side]) for side in ("composed", "source"))
    assert set(ours[ours >= 0] - theirs[theirs >= 0]) == {2}


def test_relatives_among_the_real_melodies_count_as_one_family(tmp_path, monkeypatch):
    """The intervals of real melodies are those of a bootstrap over families, as the dataset has them."""
    data = dataset(tmp_path, range(60))
    apart = compare_samples(load_checkpoint("basic_rnn"), data, [], samples=4, seed=0)
    records = [replace(one, family=7) for one in data.records("test")]
    monkeypatch.setattr(type(data), "records", lambda self, side: records)
    together = compare_samples(load_checkpoint("basic_rnn"), data, [], samples=4, seed=0)
    leaps = together["real"]["leaps"]
    assert leaps.low == leaps.high == leaps.value == apart["real"]["leaps"].value
    assert apart["real"]["leaps"].low < leaps.value
    assert together["composed"]["leaps"] == apart["composed"]["leaps"]


def test_what_a_model_has_learned_from_is_not_called_unseen():
    test, learned = ([record(melody) for melody in TUNES[start : start + 6]] for start in (0, 3))
    assert what_was_heard(test, learned, [], 38).startswith("3 of them relatives of melodies that the model")
    assert what_was_heard(test, learned[3:], [], 38) == "unseen in training"
    assert "what it learned from is not at hand" in what_was_heard(test, [], ["basic_rnn"], 38)


def test_a_model_is_known_by_the_frozen_split_that_it_learned_from(tmp_path):
    data, frozen = dataset(tmp_path, range(12)), {"frozen": "tunebooks", "sha256": "09"}
    model = load_checkpoint("basic_rnn")
    assert not is_split_of(replace(model, figures={"split": data.manifest["split"]}), data), (
        "drawn, perhaps of others"
    )
    data.manifest["split"] = frozen
    assert is_split_of(replace(model, figures={"split": dict(frozen)}), data)
    assert not is_split_of(replace(model, figures={"split": frozen | {"sha256": "10"}}), data)
    assert not is_split_of(replace(model, figures={}), data)


def test_the_model_that_ships_learned_from_the_frozen_split_that_ships():
    assert load_checkpoint("basic_rnn").figures["split"] == {
        "frozen": "tunebooks",
        "sha256": read_split().sha256,
    }
