"""Checkpoints: what was saved comes back; what was altered, cut or never a checkpoint is refused by name."""

import json

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, weight_shapes
from melody_tutorial.config import ModelSettings
from melody_tutorial.errors import UserError


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_round_trip(tmp_path, cell):
    saved = random_checkpoint(units=(5, 3), cell=cell)
    digest = save_checkpoint(tmp_path, saved)
    loaded = load_checkpoint(tmp_path)
    assert loaded.model == saved.model
    assert loaded.figures == saved.figures
    assert loaded.sha256 == digest
    assert loaded.first_event_counts.tolist() == saved.first_event_counts.tolist()
    assert loaded.weights.keys() == saved.weights.keys()
    for name, array in saved.weights.items():
        assert loaded.weights[name].dtype == np.float32
        np.testing.assert_array_equal(loaded.weights[name], array)


def test_layouts_are_those_of_keras():
    lstm = weight_shapes(ModelSettings(cell="lstm", units=(128, 64)))
    assert lstm["layer_1/kernel"] == (38, 512)
    assert lstm["layer_2/recurrent_kernel"] == (64, 256)
    assert lstm["logits/kernel"] == (64, 38)
    assert weight_shapes(ModelSettings(cell="gru", units=(10,)))["layer_1/bias"] == (2, 30)


def test_equal_weights_give_equal_bytes(tmp_path):
    first, second = random_checkpoint(), random_checkpoint()
    backwards = dict(reversed(second.weights.items()))
    second = Checkpoint(second.model, backwards, second.first_event_counts)
    assert save_checkpoint(tmp_path / "a", first) == save_checkpoint(tmp_path / "b", second)
    assert (tmp_path / "a/weights.npz").read_bytes() == (tmp_path / "b/weights.npz").read_bytes()
    assert (
        save_checkpoint(tmp_path / "c", random_checkpoint(seed=1)) != load_checkpoint(tmp_path / "a").sha256
    )


def test_saving_leaves_no_other_file(tmp_path):
    save_checkpoint(tmp_path, random_checkpoint())
    save_checkpoint(tmp_path, random_checkpoint(seed=1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "weights.npz"]


@pytest.mark.parametrize("name", ["weights.npz", "config.json"])
def test_a_missing_file_is_named(tmp_path, name):
    save_checkpoint(tmp_path, random_checkpoint())
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=f"{name} cannot be read .No such file or directory.: give a folder"):
        load_checkpoint(tmp_path)


def test_altered_or_truncated_weights_are_refused(tmp_path):
    save_checkpoint(tmp_path, random_checkpoint())
    path = tmp_path / "weights.npz"
    whole = path.read_bytes()
    altered = bytearray(whole)
    altered[len(whole) // 2] ^= 1
    for data in (bytes(altered), whole[:-1], b""):
        path.write_bytes(data)
        with pytest.raises(UserError, match=r"weights\.npz was altered or cut short"):
            load_checkpoint(tmp_path)


def edited(config, *keys, value):
    """A copy of a JSON object with the value under ``keys`` replaced."""
    copy = json.loads(json.dumps(config))
    place = copy
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return copy


def test_foreign_configs_are_refused(tmp_path):
    save_checkpoint(tmp_path, random_checkpoint())
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    foreign = [
        "not JSON",
        "[]",
        "{}",
        json.dumps(edited(config, "format", value="keras")),
        json.dumps(edited(config, "version", value=99)),
        json.dumps(edited(config, "model", "cell", value="transformer")),
        json.dumps(edited(config, "model", "heads", value=8)),
        json.dumps(edited(config, "first_event_counts", value=None)),
        json.dumps({key: value for key, value in config.items() if key != "weights"}),
    ]
    for text in foreign:
        path.write_text(text)
        with pytest.raises(UserError, match=r"config\.json is no melody_tutorial checkpoint"):
            load_checkpoint(tmp_path)


def test_settings_that_do_not_fit_the_weights_are_refused(tmp_path):
    save_checkpoint(tmp_path, random_checkpoint())
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    for units, name in (([8], "layer_2"), ([8, 7], "layer_2"), ([8, 6, 4], "layer_3")):
        path.write_text(json.dumps(edited(config, "model", "units", value=units)))
        with pytest.raises(UserError, match=name):
            load_checkpoint(tmp_path)
    path.write_text(json.dumps(edited(config, "first_event_counts", value=[0] * 38)))
    with pytest.raises(UserError, match="first_event_counts"):
        load_checkpoint(tmp_path)


def test_weights_that_are_not_finite_are_never_written(tmp_path):
    checkpoint = random_checkpoint()
    checkpoint.weights["logits/bias"][3] = np.nan
    with pytest.raises(UserError, match="logits/bias holds values that are not finite"):
        save_checkpoint(tmp_path, checkpoint)
    assert not list(tmp_path.iterdir())
