"""Checkpoints: what was saved comes back; what was altered, cut or never a checkpoint is refused by name."""

import json

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.config import ModelSettings
from melody_tutorial.errors import UserError
from melody_tutorial.networks.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, weight_shapes


def weights_file(folder):
    """The one file of weights in the folder of a checkpoint."""
    (path,) = folder.glob("weights*.npz")
    return path


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mingru"])
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
    mingru = weight_shapes(ModelSettings(cell="mingru", units=(10,)))
    assert mingru["layer_1/kernel"] == (38, 20) and "layer_1/recurrent_kernel" not in mingru


def test_equal_weights_give_equal_bytes(tmp_path):
    first, second = random_checkpoint(), random_checkpoint()
    backwards = dict(reversed(second.weights.items()))
    second = Checkpoint(second.model, backwards, second.first_event_counts)
    assert save_checkpoint(tmp_path / "a", first) == save_checkpoint(tmp_path / "b", second)
    assert weights_file(tmp_path / "a").read_bytes() == weights_file(tmp_path / "b").read_bytes()
    assert (
        save_checkpoint(tmp_path / "c", random_checkpoint(seed=1)) != load_checkpoint(tmp_path / "a").sha256
    )


def test_saving_leaves_no_other_file(tmp_path):
    save_checkpoint(tmp_path, random_checkpoint())
    save_checkpoint(tmp_path, random_checkpoint(seed=1))
    digest = load_checkpoint(tmp_path).sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", f"weights-{digest[:12]}.npz"]


def test_a_checkpoint_of_an_earlier_version_is_read(tmp_path):
    """Weights had no check sum in their name once, as in the checkpoint that ships."""
    digest = save_checkpoint(tmp_path, random_checkpoint())
    weights_file(tmp_path).rename(tmp_path / "weights.npz")
    path = tmp_path / "config.json"
    path.write_text(json.dumps(edited(json.loads(path.read_text()), "weights", "file", value="weights.npz")))
    assert load_checkpoint(tmp_path).sha256 == digest


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("weights-*.npz", r"weights-\w+\.npz cannot be read .No such file or directory.: give a folder"),
        ("config.json", r"holds no trained model: give the folder of a run, or its checkpoint"),
    ],
)
def test_a_missing_file_is_named(tmp_path, pattern, sentence):
    save_checkpoint(tmp_path, random_checkpoint())
    (path,) = tmp_path.glob(pattern)
    path.unlink()
    with pytest.raises(UserError, match=sentence):
        load_checkpoint(tmp_path)


def test_altered_or_truncated_weights_are_refused(tmp_path):
    save_checkpoint(tmp_path, random_checkpoint())
    path = weights_file(tmp_path)
    whole = path.read_bytes()
    altered = bytearray(whole)
    altered[len(whole) // 2] ^= 1
    for data in (bytes(altered), whole[:-1], b""):
        path.write_bytes(data)
        with pytest.raises(UserError, match=r"weights-.*\.npz was altered or cut short"):
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
        json.dumps(edited(config, "weights", "file", value="../weights.npz")),
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


def test_the_config_of_another_program_is_left_alone(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UserError, match=r"config\.json is none of this program's"):
        save_checkpoint(tmp_path, random_checkpoint())
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_what_a_kill_left_is_swept_by_the_next_call(tmp_path):
    (tmp_path / ".building-abc").mkdir()
    (tmp_path / ".building-link").symlink_to(tmp_path)
    (tmp_path / "weights-0123456789ab.npz").write_bytes(b"not named by any config")
    save_checkpoint(tmp_path, random_checkpoint())
    assert len(list(tmp_path.iterdir())) == 2
