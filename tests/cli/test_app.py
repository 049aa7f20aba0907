"""The command line: every command explains itself, and every mistake ends with one sentence and status 1."""

import errno
import os
import re
import shlex
import signal
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.main import get_command
from untrained import random_checkpoint

from melody_tutorial import config, presets
from melody_tutorial.cli import app
from melody_tutorial.cli.commands.options import HELP, InitialOption, ModelOption, offered, with_settings
from melody_tutorial.files import write_json
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music.midi import write_midi
from melody_tutorial.networks.checkpoint import load_checkpoint, save_checkpoint, shipped

COMMANDS = get_command(app.app).commands
SETTINGS = [
    config.SourceCaps,
    config.ExtractionSettings,
    config.DatasetSettings,
    config.ModelSettings,
    config.TrainingSettings,
    config.SamplingSettings,
]

DEFAULTS = {  # of options that are no settings, of numbers, choices and lists
    "run": {"output": "runs/ and the time", "preset": "cpu", "model": "melody_rnn"},
    "extract": {"processes": "one for each core", "polyphony": "discard", "min-bars": "7"},
    "train": {"units": "128,128", "cell": "lstm", "dropout": "0.2"},
    "evaluate": {"samples": "64, or 1000 whole tunes"},
    "sample": {"run": "melody_rnn", "num-outputs": "8", "formats": "mid,wav,png"},
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Each test runs in an empty folder, where relative paths lead, and without the user's settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MELODY_TUTORIAL_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("MELODY_TUTORIAL_PRESET", raising=False)
    monkeypatch.delenv(app.DEBUG, raising=False)
    return tmp_path


@pytest.fixture
def tunes(own_folder):
    """An archive of 20 unlike melodies."""
    rng = np.random.default_rng(0)
    path = own_folder / "tunes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20):
            events = np.full(16 * 8, -2, np.int8)
            events[::2] = rng.choice([60, 62, 64, 65, 67, 69, 71], 64)
            archive.writestr(f"tune {number}.mid", write_midi(melody_to_score(Melody(events))))
    return path


@pytest.fixture
def trained(own_folder):
    """A run that holds an untrained model."""
    save_checkpoint(own_folder / "trained" / "checkpoint", random_checkpoint(scale=0.5))
    return own_folder / "trained"


def run(*words):
    return app.execute([str(word) for word in words])


def failure(capsys, *words):
    """Run a command that has to fail; return its one sentence."""
    assert run(*words) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0].removeprefix("error: ")


@pytest.mark.parametrize("name", COMMANDS)
class TestHelp:
    def test_fits_a_terminal_and_has_an_example(self, name, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        assert run(name, "--help") == 0
        shown = capsys.readouterr().out
        examples = [line.strip() for line in COMMANDS[name].help.splitlines() if "melody-tutorial " in line]
        assert examples
        for example in examples:
            assert example in shown, "an example that is folded cannot be copied"
        assert max(map(len, shown.splitlines())) <= 80

    def test_shows_defaults_in_one_way_and_every_choice(self, name, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        run(name, "--help")
        shown = capsys.readouterr().out.partition("Options:")[2]
        assert "Default" not in shown and "(default" not in shown and "One of" not in shown
        records = [" ".join(record.split()) for record in shown.split("\n  --")]
        for option, value in DEFAULTS.get(name, {}).items():
            (record,) = (record for record in records if re.match(rf"(\S+, --)?{option} ", record))
            assert record.count("[default: ") == 1 and record.endswith(f"[default: {value}]")

    def test_explains_each_argument_once_whatever_the_version_of_typer(self, name, capsys, monkeypatch):
        """Typer's own list of arguments lacked their words, or showed types of Python and a backslash."""
        monkeypatch.setenv("COLUMNS", "80")
        run(name, "--help")
        usage, shown = capsys.readouterr().out.split("\n", 1)
        arguments = [each.metavar for each in COMMANDS[name].params if each.param_type_name == "argument"]
        assert re.findall(r"^    ([A-Z]+)  +\w", shown, re.MULTILINE) == arguments
        assert shown.count("Arguments:") == bool(arguments)
        assert all(argument in usage for argument in arguments)
        assert not re.search(r"[\\<>]", re.sub(r" \\$", "", shown, flags=re.MULTILINE))

    def test_fits_its_line_in_the_list_of_commands(self, name, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        run("--help")
        (line,) = re.findall(rf"^  {name} +(.+)$", capsys.readouterr().out, re.MULTILINE)
        assert COMMANDS[name].help.startswith(line), "shorten the first sentence"

    def test_examples_are_commands_that_parse(self, name):
        text = COMMANDS[name].help.replace("\\\n", " ")
        for line in re.findall(r"^\s+melody-tutorial (.+)$", text, re.MULTILINE):
            command, *words = shlex.split(line)
            COMMANDS[command].make_context(command, words)  # raises where an option is unknown


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_is_an_option_that_is_explained(settings):
    assert {field.name for field in offered(settings)} <= HELP.keys()


def test_options_that_magenta_had_keep_their_names():
    parameters = [parameter for command in COMMANDS.values() for parameter in command.params]
    names = {option for parameter in parameters for option in parameter.opts}
    wanted = """--primer-melody --primer-midi --num-outputs --num-steps --temperature --qpm --beam-size
        --branch-factor --steps-per-iteration --eval-ratio --num-training-steps"""
    assert names >= set(wanted.split())


def test_options_change_the_settings_of_the_preset():
    seen = {}

    @with_settings
    def command(training: config.TrainingSettings, model: config.ModelSettings, preset: str | None = None):
        seen.update(training=training, model=model)

    app = typer.Typer()
    app.command()(command)
    app(["--preset", "test", "--epochs", "7", "--units", "64,32"], standalone_mode=False)
    assert seen["training"] == config.TrainingSettings(batch_size=16, window=32, epochs=7)
    assert seen["model"].units == (64, 32)


def test_weights_to_start_from_bring_their_model_settings(trained):
    seen = {}

    @with_settings
    def command(model: config.ModelSettings, initial: InitialOption = None):
        seen.update(model=model)

    app = typer.Typer()
    app.command()(command)
    app(["--from", str(trained), "--dropout", "0.5"], standalone_mode=False)
    assert seen["model"] == config.ModelSettings(units=(8, 6), dropout=0.5)
    app(["--from", "basic_rnn"], standalone_mode=False)
    assert seen["model"] == load_checkpoint("basic_rnn").model


def test_a_model_begins_the_settings_which_options_change():
    seen = {}

    @with_settings
    def command(
        model: config.ModelSettings,
        training: config.TrainingSettings,
        preset: str | None = None,
        described: ModelOption = None,
    ):
        seen.update(model=model, training=training)

    app = typer.Typer()
    app.command()(command)
    app(["--model", "attention_rnn", "--units", "32", "--preset", "test"], standalone_mode=False)
    assert seen["model"] == replace(config.MODELS["attention_rnn"], units=(32,))
    assert seen["training"] == replace(presets.preset("test").training, clip_norm=3.0)
    app(["--model", "lookback_rnn", "--clip-norm", "2"], standalone_mode=False)
    assert seen["model"] == config.MODELS["lookback_rnn"] and seen["training"].clip_norm == 2.0


@pytest.mark.parametrize(
    ("transpose", "name"),
    [("squash", "basic_rnn"), ("all", "basic_rnn"), ("tonic", "melody_rnn"), ("none", "mono_rnn")],
)
def test_a_dataset_is_learned_by_a_model_that_reads_it(transpose, name, tunes, capsys):
    words = "--transpose", transpose, "--eval-ratio", 0.3, "--test-ratio", 0.3
    assert run("extract", tunes, "--output", "dataset", *words) == 0
    words = "--num-training-steps", 1, "--units", 4, "--batch-size", 2
    assert run("train", "dataset", "--output", "new", *words) == 0
    assert load_checkpoint("new").model == replace(config.MODELS[name], units=(4,))


def test_a_resumed_run_keeps_its_model_settings(own_folder):
    seen = {}

    @with_settings
    def command(dataset: Path, model: config.ModelSettings, output: Path | None = None, resume: bool = False):
        seen.update(model=model)

    (own_folder / "runs" / "tunes").mkdir(parents=True)
    theirs = config.ModelSettings(cell="gru", units=(9, 7), dropout=0.5)
    facts = {"model": asdict(theirs), "training": asdict(config.TrainingSettings(epochs=40))}
    facts |= {"dataset": "tunes", "manifest_sha256": ""}
    write_json(own_folder / "runs" / "tunes" / "run.json", facts)
    app = typer.Typer()
    app.command()(command)
    app(["tunes", "--resume"], standalone_mode=False)
    assert seen["model"] == theirs
    app(["tunes", "--output", "runs/tunes", "--resume", "--units", "5"], standalone_mode=False)
    assert seen["model"].units == (5,)  # which train then refuses, by name


@pytest.mark.parametrize("words", [[], ["--debug"], ["--"]], ids=str)
def test_no_command_shows_the_help(words, capsys, monkeypatch):
    monkeypatch.setenv(app.DEBUG, "")  # what --debug sets goes with the test
    assert run(*words) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("Usage: ") and "sample" in shown.out and shown.err == ""


def test_the_version_is_that_of_the_installation(capsys):
    assert run("--version") == 0
    assert re.fullmatch(r"melody-tutorial \d+\.\d+\.\d+\n", capsys.readouterr().out)


class TestMistakes:
    def test_command_that_is_not_there(self, capsys):
        sentence = failure(capsys, "extrct")
        assert "extrct" in sentence and "'extract'" in sentence and "(see melody-tutorial --help)" in sentence

    @pytest.mark.parametrize(
        ("command", "argument"),
        [("extract", "ARCHIVE"), ("train", "DATASET"), ("evaluate", "RUN"), ("report", "RUN")],
    )
    def test_argument_that_is_not_given(self, command, argument, capsys):
        assert failure(capsys, command) == (
            f"Missing argument '{argument}' (see melody-tutorial {command} --help)"
        )

    def test_option_that_is_not_there(self, capsys):
        assert "--num-output" in failure(capsys, "sample", "--num-output", 3)

    def test_value_that_is_missing(self, capsys):
        sentence = failure(capsys, "run", "--archive")
        assert "--archive" in sentence and "(see melody-tutorial run --help)" in sentence

    def test_value_that_is_no_number(self, capsys):
        sentence = failure(capsys, "sample", "--temperature", "hot")
        assert "--temperature" in sentence and "(see melody-tutorial sample --help)" in sentence

    def test_value_out_of_range(self, capsys):
        assert "--temperature is 0.0: allowed are" in failure(capsys, "sample", "--temperature", 0)
        assert "--top-k is 0: allowed are" in failure(capsys, "sample", "--top-k", 0)
        assert "--cell is 'elman': allowed are rnn" in failure(capsys, "train", "x", "--cell", "elman")

    def test_preset_that_is_not_there(self, capsys):
        assert "choose one of test, cpu, full" in failure(capsys, "run", "--preset", "tiny")

    def test_units_that_are_no_numbers(self, capsys):
        assert "--units is 'big'" in failure(capsys, "train", "x", "--units", "big")

    def test_archive_that_is_not_there(self, capsys):
        assert "nowhere.zip" in failure(capsys, "extract", "nowhere.zip")

    def test_archive_that_is_broken(self, own_folder, capsys):
        (own_folder / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
        assert "broken.zip" in failure(capsys, "extract", "broken.zip")
        assert not (own_folder / "data").exists()

    def test_nothing_usable_gives_the_reasons_and_no_dataset(self, own_folder, capsys):
        folder = own_folder / "music"
        folder.mkdir()
        (folder / "noise.mid").write_bytes(b"no MIDI")
        assert run("extract", folder, "--output", "dataset") == 1
        shown = capsys.readouterr()
        assert "noise.mid" in shown.out and "save it again" in shown.out
        assert len(shown.err.splitlines()) == 1
        assert not (own_folder / "dataset").exists()

    def test_output_folder_of_somebody_else(self, own_folder, tunes, capsys):
        (own_folder / "mine").mkdir()
        (own_folder / "mine" / "thesis.txt").write_text("years of work")
        assert "mine" in failure(capsys, "extract", tunes, "--output", "mine")
        assert "mine" in failure(capsys, "sample", "--output", "mine")
        assert [path.name for path in (own_folder / "mine").iterdir()] == ["thesis.txt"]

    def test_output_below_a_file(self, own_folder, tunes, capsys):
        (own_folder / "file").write_text("")
        sentence = failure(capsys, "extract", tunes, "--output", "file/dataset")
        assert "file" in sentence and "--output" in sentence

    def test_dataset_that_is_not_there(self, capsys):
        assert "melody-tutorial extract" in failure(capsys, "train", "nowhere", "--output", "runs/a")

    def test_weights_to_start_from_that_are_not_there(self, capsys):
        sentence = failure(capsys, "train", "x", "--from", "nowhere")
        assert sentence.startswith("nowhere holds no trained model: ")
        assert sentence.strip().endswith("the name of a model that ships: " + ", ".join(shipped()))

    def test_model_that_there_is_not_or_not_here(self, own_folder, trained, capsys):
        allowed = "--model is 'transformer': allowed are basic_rnn, mono_rnn, lookback_rnn, attention_rnn"
        assert failure(capsys, "train", "x", "--model", "transformer").startswith(allowed)
        words = "train", "x", "--model", "mono_rnn"
        assert "--model does not fit --from" in failure(capsys, *words, "--from", trained)
        assert "--model does not fit --resume" in failure(capsys, *words, "--resume")

    def test_weights_to_start_from_of_another_shape(self, own_folder, tunes, trained, capsys):
        words = "extract", tunes, "--output", "dataset", "--eval-ratio", 0.3, "--test-ratio", 0.3
        assert run(*words) == 0
        capsys.readouterr()
        words = "train", "dataset", "--output", "new", "--from", trained, "--units", "32"
        assert "--units is 32, the weights to start from have 8,6" in failure(capsys, *words)
        assert not (own_folder / "new").exists()

    def test_run_that_is_not_there(self, capsys):
        assert "nowhere" in failure(capsys, "sample", "--run", "nowhere")
        for dataset in ([], ["data"]):
            assert failure(capsys, "evaluate", "nowhere", *dataset).startswith(
                "nowhere holds no trained model: "
            )
        assert "nowhere" in failure(capsys, "report", "nowhere")

    def test_model_without_a_dataset_to_measure_on(self, trained, capsys):
        for model in ("basic_rnn", trained / "checkpoint"):
            sentence = failure(capsys, "evaluate", model)
            assert sentence.startswith(f"{model} is a model without the dataset that it learned from: ")
            assert f"`melody-tutorial evaluate {model} data/datasets/mine`" in sentence

    @pytest.mark.parametrize("primer", ["[60, x]", "[60, 200]", "[60, -3]", "sixty", "[[60]]", "["])
    def test_primer_that_is_no_list_of_events(self, primer, trained, capsys):
        assert "--primer-melody" in failure(capsys, "sample", "--run", trained, "--primer-melody", primer)

    def test_primer_file_that_is_broken(self, own_folder, trained, capsys):
        (own_folder / "primer.mid").write_bytes(b"MThd")
        assert "primer.mid" in failure(capsys, "sample", "--run", trained, "--primer-midi", "primer.mid")

    def test_format_that_is_not_there(self, trained, capsys):
        assert "mp3" in failure(capsys, "sample", "--run", trained, "--format", "mid,mp3")


class TestEndings:
    def test_an_interrupt_gives_one_line_and_status_130(self, tunes, own_folder, capsys, monkeypatch):
        """Ctrl-C while the second shard is written: the first is there, but under no final name."""
        from melody_tutorial.datasets import dataset

        def press_control_c(path, records):
            os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("not reached")

        monkeypatch.setattr(dataset, "write_records", press_control_c)
        assert run("extract", tunes, "--output", "dataset") == 130
        assert capsys.readouterr().err.splitlines()[-1].startswith("interrupted")
        assert not [path for path in (own_folder / "dataset").rglob("*") if path.is_file()]

    @pytest.mark.parametrize(
        ("number", "words"),
        [(errno.ENOSPC, "free some space"), (errno.EACCES, "--output"), (errno.EIO, "run the command again")],
    )
    def test_errors_of_the_system_name_file_cause_and_remedy(self, number, words):
        sentence = app.explain(OSError(number, os.strerror(number), "runs/a/history.csv"), "train")
        assert sentence.startswith("runs/a/history.csv: ")
        assert os.strerror(number) in sentence and words in sentence

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
    @pytest.mark.parametrize(
        ("command", "file", "output", "variable"),
        [
            ("run", "data/corpora", False, True),  # its --output is the folder of the run
            ("run", "data", False, True),
            ("run", "runs", True, False),
            ("corpus", "data/corpora", True, True),
            ("extract", "data/datasets/tunes", True, True),
            ("sample", "melodies", True, False),
            ("evaluate", "runs/mine/statistics.json", False, False),
            ("report", "runs/mine/report.html", False, False),
        ],
    )
    def test_of_a_folder_that_cannot_be_written_what_helps_is_said(
        self, number, command, file, output, variable
    ):
        sentence = app.explain(OSError(number, os.strerror(number), file), command)
        assert ("--output" in sentence, "MELODY_TUTORIAL_DATA" in sentence) == (output, variable)
        assert output or variable or "copy the run into a folder that can be written" in sentence
        options = {option for parameter in COMMANDS[command].params for option in parameter.opts}
        assert not output or "--output" in options

    def test_what_helps_depends_on_the_command_that_failed(self, capsys, monkeypatch):
        from melody_tutorial import pipeline

        def refuse(*_, **__):
            raise OSError(errno.EROFS, "Read-only file system", "data")

        monkeypatch.setattr(pipeline, "run_main_job", refuse)
        sentence = failure(capsys, "run")
        assert sentence.startswith("data: Read-only file system: name another folder in the environment")

    @pytest.mark.parametrize("command", ["extract", "train", "sample", "run"])
    def test_a_full_memory_is_explained_by_options_that_the_command_has(self, command):
        named = set(re.findall(r"--[a-z-]+", app.explain(MemoryError(), command)))
        assert named
        assert named <= {option for parameter in COMMANDS[command].params for option in parameter.opts}

    def test_the_end_of_a_file_is_no_interrupt(self, capsys, monkeypatch, own_folder):
        """Typer takes the end of a file for Ctrl-D."""
        from melody_tutorial import pipeline

        def end(*_, **__):
            raise EOFError("no data left in file")

        monkeypatch.setattr(pipeline, "extract_dataset", end)
        assert run("extract", "a.zip") == 1
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.startswith("error: EOFError: no data left in file: this is a fault of the program")

    def test_a_fault_of_the_program_is_no_traceback_unless_asked_for(self, capsys, monkeypatch, trained):
        from melody_tutorial import pipeline

        monkeypatch.setattr(pipeline, "compose", lambda *_, **__: {}["missing"])
        assert "KeyError" in failure(capsys, "sample", "--run", trained)
        monkeypatch.setenv(app.DEBUG, "1")
        with pytest.raises(KeyError):
            run("sample", "--run", trained)

    def test_the_process_ends_with_the_status(self, own_folder):
        code = (
            "import sys; from melody_tutorial.cli import main; sys.argv[1:] = ['extract', 'nowhere']; main()"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and done.stdout == ""
        assert len(done.stderr.splitlines()) == 1


def heavy_after(*words):
    """Run a command in a new process; return the slow libraries that it has loaded, and what it printed."""
    heavy = ["tensorflow", "note_seq", "music21", "matplotlib", "rich"]
    code = f"""
import sys
from melody_tutorial.cli import app
assert app.execute({[str(word) for word in words]}) == 0
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    *lines, heavy = done.stdout.splitlines()
    return heavy, lines


class TestExtract:
    def test_writes_a_dataset_under_the_name_of_the_archive(self, tunes, own_folder):
        assert run("extract", tunes, "--eval-ratio", 0.2) == 0
        assert (own_folder / "data" / "datasets" / "tunes" / "manifest.json").exists()

    def test_loads_nothing_heavy(self, tunes):
        heavy, lines = heavy_after("extract", tunes, "--eval-ratio", "0.2")
        assert heavy == "[]"
        assert lines[0].startswith("20 files → 20 scores → ")


class TestSample:
    def test_writes_each_melody_in_each_format(self, trained, own_folder, capsys):
        words = [
            "--run",
            trained,
            "--output",
            "out",
            "--num-outputs",
            2,
            "--num-steps",
            32,
            "--format",
            "mid,wav",
        ]
        assert run("sample", *words) == 0
        written = {path.name for path in (own_folder / "out").iterdir()}
        assert written == {
            "melody_01.mid",
            "melody_01.wav",
            "melody_02.mid",
            "melody_02.wav",
            "provenance.json",
        }
        assert "out/melody_01.mid" in capsys.readouterr().out

    def test_takes_the_model_that_ships_by_its_name(self, own_folder, capsys):
        words = "--num-outputs", 1, "--num-steps", 16, "--format", "mid"
        assert run("sample", "--output", "a", *words) == 0
        assert run("sample", "--output", "b", "--run", config.DEFAULT_MODEL, *words) == 0
        a, b = (Path(folder, "provenance.json").read_bytes() for folder in "ab")
        assert a == b

    def test_loads_nothing_heavy(self, trained):
        heavy, lines = heavy_after("sample", "--run", trained, "--num-outputs", 1, "--format", "mid")
        assert heavy == "[]"
        assert lines == ["melodies/melody_01.mid", "melodies/provenance.json"]

    def test_a_polyphonic_primer_is_reduced_with_a_warning(self, trained, own_folder, capsys):
        chord = melody_to_score(Melody(np.array([60, -2, -2, -2, 64, -2, -2, -2], np.int8)))
        both = replace(chord, onset=np.zeros_like(chord.onset))
        (own_folder / "chord.mid").write_bytes(write_midi(both))
        words = ["--run", trained, "--primer-midi", "chord.mid", "--num-outputs", 1, "--format", "mid"]
        assert run("sample", *words) == 0
        assert capsys.readouterr().err.startswith("warning: chord.mid is polyphonic")


def test_the_model_that_ships_is_measured_on_a_dataset_by_its_name(tunes, capsys):
    assert run("extract", tunes, "--eval-ratio", 0.2, "--output", "dataset") == 0
    assert run("evaluate", "basic_rnn", "dataset", "--samples", 2) == 0
    assert re.search("^ +this model +[0-9.]+ ", capsys.readouterr().out, re.MULTILINE)
    assert not Path("basic_rnn").exists() and not Path("dataset", "statistics.json").exists()
