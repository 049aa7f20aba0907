"""Ctrl-C ends a long command with the command that goes on, where there is something to go on with."""

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest

from melody_tutorial import config, presets
from melody_tutorial.cli import app, interrupts
from melody_tutorial.errors import UserError
from melody_tutorial.pipeline import main_job
from melody_tutorial.training import runs


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Each test runs in an empty folder, without the user's preset, as if it were called by its name."""
    monkeypatch.setattr(sys, "argv", ["melody-tutorial"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MELODY_TUTORIAL_PRESET", raising=False)


@pytest.fixture
def interrupted(capsys):
    """A function that runs a command which Ctrl-C ends; it returns what follows the first line."""

    def run(*words):
        assert app.execute([str(word) for word in words]) == app.INTERRUPTED
        first, *rest = capsys.readouterr().err.splitlines()
        assert first == "interrupted: what was finished is kept, nothing is left half-written"
        return rest

    return run


def press_control_c(*_, **__):
    os.kill(os.getpid(), signal.SIGINT)


def begun_run(folder):
    """The folder of a run, before the end of its first epoch."""
    model, training = config.ModelSettings(), config.TrainingSettings(epochs=40)
    Path("data").mkdir(exist_ok=True)
    Path("data/manifest.json").write_bytes(b"{}")
    runs.begin_run(Path(folder), Path("data"), model, training)
    return Path(folder)


class TestTraining:
    @pytest.fixture(autouse=True)
    def control_c(self, monkeypatch):
        monkeypatch.setattr("melody_tutorial.pipeline.train_run", press_control_c)

    def test_before_the_end_of_the_first_epoch_there_is_nothing_to_resume(self, interrupted):
        begun_run("runs/a")
        typed = "train 'my data' --output runs/a --epochs 40"
        assert interrupted(*shlex.split(typed)) == [f"to begin again: melody-tutorial {typed}"]

    @pytest.mark.parametrize(
        ("typed", "way_on"),
        [
            ("data --output runs/a --epochs 40", "data --output runs/a --resume"),
            ("data --output runs/a --resume", "data --output runs/a --resume"),
            ("data --output runs/a --tensorboard", "data --output runs/a --tensorboard --resume"),
            ("'my data' --output 'runs/a b'", "'my data' --output 'runs/a b' --resume"),
            ("data/reels", "data/reels --output runs/reels --resume"),
        ],
    )
    def test_after_it_the_line_to_type_is_shown(self, typed, way_on, interrupted):
        for folder in ("runs/a", "runs/a b", "runs/reels"):
            (begun_run(folder) / runs.STATE_FILE).touch()
        assert interrupted("train", *shlex.split(typed)) == [f"to go on: melody-tutorial train {way_on}"]


class TestRun:
    @pytest.fixture
    def steps(self, monkeypatch):
        """Steps that only note their names; the second one presses Ctrl-C the first time."""
        done = []

        def step(name):
            def do(run, job, reporter):
                done.append((name, job.preset, job.archives))
                if len(done) == 2:
                    press_control_c()

            return do

        monkeypatch.setattr(main_job, "STEPS", {name: step(name) for name in ("first", "second", "third")})
        return done

    def test_the_line_to_type_goes_on_with_what_the_run_began_with(self, steps, interrupted, capsys):
        (line,) = interrupted("run", "--preset", "test", "--archive", "tunes.zip")
        (folder,) = Path("runs").iterdir()
        assert line == f"to go on: melody-tutorial run --output {folder} --resume"
        assert app.execute(shlex.split(line)[4:]) == 0
        began = presets.with_model(presets.preset("test"), "melody_rnn"), (str(Path("tunes.zip").resolve()),)
        assert steps == [(name, *began) for name in ("first", "second", "second", "third")]
        assert capsys.readouterr().out.startswith(f"{folder} goes on at the step second\n")

    def test_a_complete_one_says_so(self, steps, interrupted, capsys):
        interrupted("run", "--output", "runs/a")
        for end in ("done: everything is in runs/a;", "runs/a is complete, nothing is left to do;"):
            assert app.execute(["run", "--output", "runs/a", "--resume"]) == 0
            assert capsys.readouterr().out.splitlines()[-1].startswith(end)
        assert len(steps) == 4

    def test_before_anything_is_begun_there_is_nothing_to_resume(self, interrupted, monkeypatch):
        monkeypatch.setattr(main_job, "check_new", press_control_c)
        (line,) = interrupted("run", "--output", "runs/a")
        assert line == "to begin again: melody-tutorial run --output runs/a"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train data --output runs/a --resume --preset test", "--preset does not fit --resume"),
        ("train data --output runs/a --resume --from basic_rnn", "--from does not fit --resume"),
        ("run --output runs/a --resume --preset test", "--preset does not fit --resume"),
        ("run --output runs/a --resume --archive b.zip", "--archive does not fit --resume"),
        ("run --output runs/a --resume --from basic_rnn", "--from does not fit --resume"),
        ("run --resume", "--resume needs the folder of the run that is to go on: name it by --output"),
        ("run --output runs/a --resume", "train --resume goes on with"),
        ("train data --output runs/b --resume", "runs/b is no run"),
        (
            "train data --output runs/a --resume",
            "no epoch was finished, so there is nothing to resume: begin",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused_in_one_sentence(words, sentence, capsys):
    begun_run("runs/a")
    assert app.execute(words.split()) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and sentence in line


class TestTheProgram:
    @pytest.fixture
    def called(self, monkeypatch):
        """A function that gives the program's words when it was called in a way."""

        def words(name, on_the_path):
            monkeypatch.setattr(sys, "argv", [name, "run"])
            monkeypatch.setattr(interrupts.shutil, "which", lambda _: on_the_path)
            return interrupts.program()

        return words

    def test_is_named_as_it_was_called(self, called):
        there = "/venv/bin/melody-tutorial"
        assert called(there, there) == ["melody-tutorial"]
        assert called(".venv/bin/melody-tutorial", None) == [".venv/bin/melody-tutorial"]
        assert called(".venv/bin/melody-tutorial", there) == [".venv/bin/melody-tutorial"]
        assert called("/somewhere/cli/__main__.py", None) == [sys.executable, "-m", "melody_tutorial.cli"]
        assert called("-c", None) == ["melody-tutorial"]


def test_other_errors_pass_through():
    with pytest.raises(UserError), interrupts.resumable(lambda: True, "run"):
        raise UserError("a mistake")
