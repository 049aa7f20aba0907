"""The training loop: it learns, keeps the best, stops early, and resumes to the same weights."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from melody_tutorial.config import MODELS, ModelSettings, TrainingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation.likelihood import judge, predict
from melody_tutorial.networks.checkpoint import CHECKPOINT, load_checkpoint
from melody_tutorial.networks.tunes import Tune
from melody_tutorial.training.history import COLUMNS, read_history, write_history
from melody_tutorial.training.loop import num_updates, train
from melody_tutorial.training.runs import STATE_FILE, check_new

SMALL = ModelSettings(units=(16,), dropout=0.2)
SETTINGS = TrainingSettings(batch_size=4, window=16, epochs=3, learning_rate=0.01, seed=5)


def scales(number: int, seed: int) -> list[np.ndarray]:
    """Melodies that run up and down a scale: each next event follows from those before it."""
    rng = np.random.default_rng(seed)
    up_down = np.array([14, 0, 16, 0, 18, 0, 19, 0, 21, 0, 19, 0, 18, 0, 16, 0], np.uint8)
    return [np.tile(up_down, 5)[rng.integers(8) :][: rng.integers(40, 60)] for _ in range(number)]


TRAIN, HELD_OUT = scales(40, seed=0), scales(8, seed=1)


def weights_of(folder) -> str:
    """SHA-256 of the weights that a run kept."""
    return load_checkpoint(folder / CHECKPOINT).sha256


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A whole run, and its history."""
    folder = tmp_path_factory.mktemp("run")
    return folder, train(TRAIN, HELD_OUT, folder, SMALL, SETTINGS)


def test_the_network_learns_and_keeps_its_best_weights(run):
    folder, history = run
    assert history[-1]["validation_loss"] < 0.7 * np.log(38)
    assert history[-1]["validation_loss"] < history[0]["validation_loss"]
    best = min(history, key=lambda row: row["validation_loss"])
    checkpoint = load_checkpoint(folder / CHECKPOINT)
    assert checkpoint.figures == best
    assert checkpoint.first_event_counts.sum() == len(TRAIN)


def test_history_is_a_table_with_one_row_for_each_epoch(run):
    folder, history = run
    rows = read_history(folder)
    assert [tuple(row) for row in rows] == [COLUMNS] * SETTINGS.epochs
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows[-1]["update"] == num_updates(TRAIN, SMALL, SETTINGS)
    assert rows[-1]["validation_loss"] == pytest.approx(history[-1]["validation_loss"], rel=1e-5)


def test_same_seed_same_weights_file(run, tmp_path):
    folder, _ = run
    train(TRAIN, HELD_OUT, tmp_path, SMALL, SETTINGS)
    assert weights_of(tmp_path) == weights_of(folder)


def killed_and_resumed(folder, model: ModelSettings) -> list:
    """The history of a run that ends after its first epoch, and goes on from there."""

    def kill(row, model):
        if row["epoch"] == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(TRAIN, HELD_OUT, folder, model, SETTINGS, on_epoch=kill)
    return train(TRAIN, HELD_OUT, folder, model, SETTINGS, resume=True)


def test_a_run_killed_after_an_epoch_resumes_to_the_same_weights(run, tmp_path):
    folder, history = run
    resumed = killed_and_resumed(tmp_path, SMALL)
    assert [row["validation_loss"] for row in resumed] == [row["validation_loss"] for row in history]
    assert weights_of(tmp_path) == weights_of(folder)


def test_a_run_of_minimal_grus_learns_and_resumes_to_the_same_weights(tmp_path):
    model = replace(SMALL, cell="mingru", units=(16, 16))
    history = train(TRAIN, HELD_OUT, tmp_path / "whole", model, SETTINGS)
    assert history[-1]["validation_loss"] < 0.7 * np.log(38)
    killed_and_resumed(tmp_path / "cut", model)
    assert weights_of(tmp_path / "cut") == weights_of(tmp_path / "whole")


@pytest.mark.parametrize("name", MODELS)
def test_every_model_trains_resumes_tunes_and_predicts(name, tmp_path):
    """To the same weights; and what training calls its loss, of labels, is no less than that of events."""
    model = replace(MODELS[name], units=(6,), attention=min(4, MODELS[name].attention))
    tunes, held_out = [Tune(ids, is_whole=True) for ids in TRAIN], [Tune(ids) for ids in HELD_OUT]
    settings = replace(SETTINGS, batch_size=5, window=5, epochs=2)

    def kill(row, model):
        raise KeyboardInterrupt

    history = train(tunes, held_out, tmp_path / "whole", model, settings)
    with pytest.raises(KeyboardInterrupt):
        train(tunes, held_out, tmp_path / "killed", model, settings, on_epoch=kill)
    resumed = train(tunes, held_out, tmp_path / "killed", model, settings, resume=True)
    assert [row["validation_loss"] for row in resumed] == [row["validation_loss"] for row in history]
    assert weights_of(tmp_path / "killed") == weights_of(tmp_path / "whole")
    assert history[-1]["update"] == num_updates(tunes, model, settings)
    checkpoint = load_checkpoint(tmp_path / "whole")
    assert checkpoint.model == model and len(checkpoint.first_event_counts) == model.classes
    tuned = train(tunes, held_out, tmp_path / "tuned", model, replace(settings, epochs=1), initial=checkpoint)
    assert tuned[0]["train_loss"] < 0.97 * history[0]["train_loss"]
    loss = judge(predict(checkpoint, held_out), HELD_OUT, range(len(HELD_OUT))).loss.value
    best = min(row["validation_loss"] for row in history)
    if model.labels == "events":
        assert loss == pytest.approx(best, rel=1e-5)
    else:
        assert loss < best


def test_onsets_that_repeat_count_as_onsets_too(tmp_path):
    """Of scales whose two bars are alike, no label from the third on is a pitch."""
    counted = []
    model = replace(MODELS["lookback_rnn"], units=(4,))
    settings = replace(SETTINGS, batch_size=5, window=5, epochs=1)
    train(TRAIN, HELD_OUT, tmp_path, model, settings, on_window=lambda _, totals: counted.append(totals))
    assert counted[-1].events == sum(len(melody) - 1 for melody in TRAIN)
    assert counted[-1].onsets == sum((melody[1:] >= 2).sum() for melody in TRAIN)


def test_a_run_killed_before_its_last_row_was_written_gets_it_back(run, tmp_path, monkeypatch):
    folder, _ = run

    def kill(output, rows):
        if len(rows) == SETTINGS.epochs:
            raise KeyboardInterrupt
        write_history(output, rows)

    monkeypatch.setattr("melody_tutorial.training.loop.write_history", kill)
    with pytest.raises(KeyboardInterrupt):
        train(TRAIN, HELD_OUT, tmp_path, SMALL, SETTINGS)
    monkeypatch.undo()
    train(TRAIN, HELD_OUT, tmp_path, SMALL, SETTINGS, resume=True)
    figures = [[row["validation_loss"] for row in read_history(path)] for path in (folder, tmp_path)]
    assert figures[0] == figures[1]


def test_a_trained_run_without_its_history_is_not_begun_anew(run, tmp_path):
    """So a process leaves it that was killed after the first state, before the first row."""
    folder, _ = run
    shutil.copy(folder / STATE_FILE, tmp_path)
    (tmp_path / "run.json").write_text('{"manifest_sha256": "abc"}')
    with pytest.raises(UserError, match=r"holds a run already.*--resume"):
        check_new(tmp_path)


@pytest.mark.parametrize("text", ['{"scripts": {}}', "[]"])
def test_the_run_json_of_another_program_is_left_alone(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    (tmp_path / "dataset").mkdir()
    with pytest.raises(UserError, match=r"run\.json is none of this program's"):
        check_new(tmp_path)


def test_training_stops_when_the_validation_loss_no_longer_falls(tmp_path):
    """A rate so high that nothing is learned: the patience runs out before the epochs do."""
    settings = TrainingSettings(batch_size=4, window=16, epochs=30, learning_rate=30.0, patience=2)
    history = train(TRAIN, HELD_OUT, tmp_path, SMALL, settings)
    best = min(range(len(history)), key=lambda n: history[n]["validation_loss"])
    assert len(history) == best + 1 + 2 < 30


def test_number_of_updates_can_be_given_and_ends_inside_an_epoch(tmp_path):
    settings = TrainingSettings(batch_size=4, window=16, num_training_steps=5)
    seen = []
    history = train(TRAIN, HELD_OUT, tmp_path, SMALL, settings, on_window=lambda n, totals: seen.append(n))
    assert seen == [1, 2, 3, 4, 5] and history[-1]["update"] == 5


def test_loss_counts_every_event_but_the_first_of_each_melody(tmp_path):
    counted = []
    settings = TrainingSettings(batch_size=4, window=16, epochs=1)
    train(TRAIN, HELD_OUT, tmp_path, SMALL, settings, on_window=lambda n, totals: counted.append(totals))
    assert counted[-1].events == sum(len(melody) - 1 for melody in TRAIN)
    assert counted[-1].onsets == sum((melody[1:] >= 2).sum() for melody in TRAIN)


@pytest.mark.parametrize(("sides", "named"), [(([], HELD_OUT), "training"), ((TRAIN, []), "validation")])
def test_an_empty_side_is_refused(tmp_path, sides, named):
    with pytest.raises(UserError, match=named):
        train(*sides, tmp_path, SMALL, SETTINGS)


def test_fine_tuning_starts_from_the_given_weights(run, tmp_path):
    """With a rate of nearly nothing the network stays what it was: its figures are the checkpoint's."""
    initial = load_checkpoint(run[0] / CHECKPOINT)
    still = replace(SETTINGS, epochs=1, learning_rate=1e-9)
    (row,) = train(TRAIN, HELD_OUT, tmp_path / "tuned", SMALL, still, initial=initial)
    assert row["validation_loss"] == pytest.approx(initial.figures["validation_loss"], abs=1e-4)
    (anew,) = train(TRAIN, HELD_OUT, tmp_path / "anew", SMALL, still)
    assert anew["validation_loss"] > row["validation_loss"] + 0.5


def test_fine_tuning_can_be_resumed(run, tmp_path):
    initial = load_checkpoint(run[0] / CHECKPOINT)
    whole = train(TRAIN, HELD_OUT, tmp_path / "whole", SMALL, SETTINGS, initial=initial)

    def kill(row, model):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(TRAIN, HELD_OUT, tmp_path / "cut", SMALL, SETTINGS, initial=initial, on_epoch=kill)
    resumed = train(TRAIN, HELD_OUT, tmp_path / "cut", SMALL, SETTINGS, resume=True)
    assert [row["validation_loss"] for row in resumed] == [row["validation_loss"] for row in whole]


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (ModelSettings(units=(17,)), "--units is 17, the weights to start from have 16"),
        (ModelSettings(units=(16, 16)), "--units is 16,16,"),
        (ModelSettings(units=(16,), cell="gru"), "--cell is gru, the weights to start from have lstm"),
    ],
)
def test_weights_of_another_shape_are_refused(run, tmp_path, model, named):
    initial = load_checkpoint(run[0] / CHECKPOINT)
    with pytest.raises(UserError, match=named):
        train(TRAIN, HELD_OUT, tmp_path / "new", model, SETTINGS, initial=initial)
    assert not (tmp_path / "new").exists()


def test_dropout_may_differ_from_that_of_the_weights(run, tmp_path):
    initial = load_checkpoint(run[0] / CHECKPOINT)
    model = replace(SMALL, dropout=0.5)
    train(TRAIN, HELD_OUT, tmp_path, model, replace(SETTINGS, epochs=1), initial=initial)
    assert load_checkpoint(tmp_path / CHECKPOINT).model.dropout == 0.5


def test_a_resumed_run_takes_no_other_weights(run):
    folder, _ = run
    initial = load_checkpoint(folder / CHECKPOINT)
    with pytest.raises(UserError, match="leave --from or --resume out"):
        train(TRAIN, HELD_OUT, folder, SMALL, SETTINGS, resume=True, initial=initial)


def test_a_run_is_not_overwritten(run):
    folder, _ = run
    with pytest.raises(UserError, match="--resume"):
        train(TRAIN, HELD_OUT, folder, SMALL, SETTINGS)


def test_resuming_nothing_or_with_other_settings_is_refused(run, tmp_path):
    folder, _ = run
    with pytest.raises(UserError, match="nothing to resume"):
        train(TRAIN, HELD_OUT, tmp_path, SMALL, SETTINGS, resume=True)
    other = ModelSettings(units=(17,), dropout=0.2)
    with pytest.raises(UserError, match="units"):
        train(TRAIN, HELD_OUT, folder, other, SETTINGS, resume=True)


def test_a_training_that_breaks_down_is_no_success(tmp_path):
    """Its losses were no numbers, it kept no checkpoint, and ended as if all were well."""
    with pytest.raises(
        UserError, match="broke down in epoch 1: its loss is no number; lower --learning-rate"
    ):
        train(TRAIN, HELD_OUT, tmp_path, SMALL, replace(SETTINGS, learning_rate=1e38))
    assert not (tmp_path / CHECKPOINT).exists()


def test_a_damaged_state_is_refused_by_name(run, tmp_path):
    folder, _ = run
    data = (folder / "training_state.npz").read_bytes()
    (tmp_path / "training_state.npz").write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match=r"training_state\.npz cannot be read"):
        train(TRAIN, HELD_OUT, tmp_path, SMALL, SETTINGS, resume=True)
