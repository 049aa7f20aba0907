"""Steps of the main job: the dataset of the default corpus, and what a training begins with."""

import json
import zipfile

import numpy as np
import pytest
from examples import TUNES

from melody_tutorial.config import MODELS, ModelSettings, TrainingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.melody import melody_to_score
from melody_tutorial.music import write_midi
from melody_tutorial.pipeline import steps
from melody_tutorial.pipeline.report import build_model
from melody_tutorial.reporter import Reporter


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Forty tunes that stand for the corpus; the manifest of the dataset that is made of them."""
    archive = tmp_path / "tunes.zip"
    with zipfile.ZipFile(archive, "w") as members:
        for tune in TUNES:
            members.writestr(tune.source, write_midi(melody_to_score(tune)))
    monkeypatch.setattr(steps, "build_archive", lambda **_: archive)
    monkeypatch.setenv("MELODY_TUTORIAL_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "datasets" / "tunebooks" / "manifest.json"


def test_it_is_built_where_it_is_missing_and_then_kept(corpus):
    found = steps.open_tunebooks().melodies("train")
    written = corpus.stat().st_mtime_ns
    again = steps.open_tunebooks().melodies("train")
    assert all(map(np.array_equal, found, again)) and corpus.stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", [{"format": 1}, {"train": {"shards": [{"name": "gone"}]}}])
def test_one_of_an_earlier_version_or_a_damaged_one_is_built_anew(corpus, damage):
    whole = steps.open_tunebooks().manifest
    corpus.write_text(json.dumps(whole | damage))
    assert steps.open_tunebooks().manifest == json.loads(json.dumps(whole))


class Lines(Reporter):
    """Keeps the lines that it is told."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)


def test_a_dataset_that_a_model_cannot_read_is_refused_before_anything_is_written(corpus, tmp_path):
    dataset = steps.open_tunebooks().folder
    with pytest.raises(UserError, match=r"--transpose squash, but the model reads those of --transpose none"):
        steps.train_run(dataset, tmp_path / "run", MODELS["mono_rnn"])
    assert not (tmp_path / "run").exists()


def test_a_training_tells_which_weights_it_begins_with(corpus, tmp_path):
    dataset, told = steps.open_tunebooks().folder, Lines()
    tiny = ModelSettings(units=(4,)), TrainingSettings(batch_size=4, window=16, num_training_steps=1)
    steps.train_run(dataset, tmp_path / "first", *tiny, reporter=told)
    steps.train_run(dataset, tmp_path / "second", *tiny, initial=tmp_path / "first", reporter=told)
    begins = [line for line in told.lines if line.startswith("begins with")]
    assert begins == ["begins with random weights", f"begins with the weights of {tmp_path / 'first'}"]
    assert build_model(tmp_path / "second")["initial"] == str(tmp_path / "first")
    assert build_model(tmp_path / "first")["initial"] is None
