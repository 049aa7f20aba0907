"""The main job: from an archive to a report, in steps that can be repeated, resumed and interrupted."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest
from damage import damaged

from melody_tutorial import config, files, presets
from melody_tutorial.datasets import open_dataset
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import predict_figures
from melody_tutorial.files import UNFINISHED, locked, sha256, write_json
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music.midi import write_midi
from melody_tutorial.networks.checkpoint import load_checkpoint
from melody_tutorial.pipeline import main_job, steps
from melody_tutorial.pipeline.examination import evaluate_run
from melody_tutorial.reporter import Reporter
from melody_tutorial.training import runs
from melody_tutorial.training.history import read_history

PRESET = presets.Preset(
    dataset=config.DatasetSettings(eval_ratio=0.2),
    model=config.ModelSettings(units=(8,)),
    training=config.TrainingSettings(batch_size=4, window=16, epochs=2),
    sampling=config.SamplingSettings(num_outputs=2, num_steps=64),
)
WHAT = "loss with its 95 % interval, timing and pitch in bits per note"


class Recorder(Reporter):
    """Keeps the lines and the titles of the tables that it is told; presses Ctrl-C at a line."""

    def __init__(self, interrupt_at=None):
        self.lines, self.titles, self.interrupt_at = [], [], interrupt_at

    def say(self, text):
        self.lines.append(text)
        if self.interrupt_at and text.startswith(self.interrupt_at):
            raise KeyboardInterrupt

    def table(self, title, header, rows):
        self.titles.append(title)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Twenty unlike melodies of eight bars, and a file that is no MIDI."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("music") / "tunes.zip"
    with zipfile.ZipFile(path, "w") as members:
        for number in range(20):
            events = np.full(16 * 8, -2, np.int8)
            events[::2] = rng.choice([60, 62, 64, 65, 67, 69, 71], 64)
            members.writestr(f"tune {number}.mid", write_midi(melody_to_score(Melody(events))))
        members.writestr("noise.mid", b"no MIDI")
    return path


@pytest.fixture(scope="module")
def finished(archive, tmp_path_factory):
    """The run of a main job, and what it told."""
    recorder = Recorder()
    folder = tmp_path_factory.mktemp("runs") / "first"
    return main_job.run_main_job(PRESET, folder, [archive], reporter=recorder), recorder


def test_the_main_job_leaves_everything_in_the_run(finished):
    run, recorder = finished
    melodies = {f"melody_0{number}.{kind}" for number in (1, 2) for kind in ("mid", "wav", "png")}
    assert {path.name for path in (run / "melodies").iterdir()} == melodies | {"provenance.json"}
    assert len(read_history(run)) == 2
    assert (run / "report.html").stat().st_size > 10_000
    assert json.loads((run / "baselines.json").read_text())["bigram"]["loss"][0] > 0
    assert str(run / "report.html") in recorder.lines[-1]


def test_the_main_job_tells_what_was_left_out_and_what_is_to_be_beaten(finished):
    _, recorder = finished
    assert "Left out" in recorder.titles
    assert f"To beat, on validation melodies: {WHAT}" in recorder.titles
    assert sum(line.startswith("epoch") for line in recorder.lines) == 2


def test_the_figures_of_the_run_are_those_of_its_best_epoch(finished):
    """Measured by NumPy from the saved weights, and by TensorFlow while training."""
    run, _ = finished
    statistics = json.loads((run / "statistics.json").read_text())
    best = min(row["validation_loss"] for row in read_history(run))
    dataset, checkpoint = open_dataset(run / "dataset"), load_checkpoint(run / "checkpoint")
    losses = {side: predict_figures(checkpoint, dataset.melodies(side))["loss"] for side in dataset.sides}
    assert losses["validation"] == pytest.approx(best, abs=1e-4)
    assert statistics["figures"]["this model"]["loss"][0] == pytest.approx(losses["test"])
    assert losses["test"] != losses["validation"]
    assert statistics["copies"]["exact"]["source_name"].startswith("tune ")


def test_training_does_without_the_test_side(finished, tmp_path):
    """Its files may be gone; evaluation then says so."""
    dataset = tmp_path / "dataset"
    subprocess.run(["cp", "-r", finished[0] / "dataset", dataset], check=True)
    for shard in dataset.glob("test-*"):
        shard.unlink()
    history = steps.train_run(dataset, tmp_path / "run", PRESET.model, PRESET.training)
    assert [row["validation_loss"] for row in history] == pytest.approx(
        [row["validation_loss"] for row in read_history(finished[0])], abs=1e-4
    )
    with pytest.raises(UserError, match=r"test-00000-of-00001-.* missing"):
        evaluate_run(tmp_path / "run", dataset)


def test_a_run_can_be_moved_with_its_dataset(finished, tmp_path):
    run, _ = finished
    moved = tmp_path / "elsewhere"
    subprocess.run(["cp", "-r", run, moved], check=True)
    assert runs.dataset_of(moved).resolve() == (moved / "dataset").resolve()
    assert evaluate_run(moved, samples=2)["composed"]["melodies"] == 2


def test_a_run_is_never_overwritten(finished, archive):
    run, _ = finished
    before = (run / "run.json").read_bytes()
    with pytest.raises(UserError, match="holds a run already"):
        main_job.run_main_job(PRESET, run, [archive])
    with pytest.raises(UserError, match="holds a run already"):
        steps.train_run(run / "dataset", run, PRESET.model, PRESET.training)
    assert (run / "run.json").read_bytes() == before


def test_resuming_takes_the_dataset_that_the_run_began_with(finished, archive, tmp_path):
    run, _ = finished
    steps.extract_dataset([archive], tmp_path / "other", PRESET.extraction, config.DatasetSettings(0.4))
    with pytest.raises(UserError, match="another dataset"):
        steps.train_run(tmp_path / "other", run, PRESET.model, PRESET.training, resume=True)
    with pytest.raises(UserError, match="no run"):
        steps.train_run(run / "dataset", tmp_path / "new", PRESET.model, PRESET.training, resume=True)


def test_a_run_tells_what_its_weights_started_from(finished, archive, tmp_path):
    first, _ = finished
    second = main_job.run_main_job(PRESET, tmp_path / "second", [archive], initial=first)
    told = runs.read_run(second)["initial"]
    weights = load_checkpoint(first)
    assert told == {"from": str(first.resolve()), "weights_sha256": weights.sha256}
    assert read_history(second)[0]["train_loss"] < read_history(first)[0]["train_loss"]
    assert "initial" not in runs.read_run(first)


def test_weights_of_another_shape_leave_no_run_behind(finished, tmp_path):
    first, _ = finished
    model = config.ModelSettings(units=(9,))
    with pytest.raises(UserError, match="--units is 9, the weights to start from have 8"):
        steps.train_run(runs.dataset_of(first), tmp_path / "new", model, PRESET.training, initial=first)
    assert not (tmp_path / "new").exists()


def test_events_for_tensorboard(finished, tmp_path):
    run, _ = finished
    steps.train_run(run / "dataset", tmp_path / "run", PRESET.model, PRESET.training, tensorboard=True)
    events = b"".join(path.read_bytes() for path in (tmp_path / "run" / "tensorboard").iterdir())
    assert b"validation_loss" in events and b"scalars" in events


def interrupted_run(folder, archive, at, alone=lambda archive: [archive]):
    """A main job that is interrupted when it tells a line that begins with ``at``."""
    with pytest.raises(KeyboardInterrupt):
        main_job.run_main_job(PRESET, folder, alone(archive), reporter=Recorder(interrupt_at=at))
    return folder


def resumed_run(folder):
    """What a resumed main job told."""
    recorder = Recorder()
    assert main_job.resume_main_job(folder, reporter=recorder) == folder
    return recorder


def told_without_seconds(run):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in read_history(run)]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class TestResume:
    def test_after_the_first_epoch_ends_with_the_same_weights_history_and_melodies(
        self, finished, archive, tmp_path, monkeypatch
    ):
        """The environment names another preset by then; what the run began with counts."""
        whole, _ = finished
        run = interrupted_run(tmp_path / "run", archive, at="epoch   1")
        assert [row["epoch"] for row in read_history(run)] == [1]
        monkeypatch.setenv("MELODY_TUTORIAL_PRESET", "full")
        told = resumed_run(run)
        assert told.lines[0] == f"{run} goes on at the step train"
        assert [line[:9] for line in told.lines if line.startswith("epoch")] == ["epoch   2"]
        assert told_without_seconds(run) == told_without_seconds(whole)
        weights = [load_checkpoint(each).sha256 for each in (run, whole)]
        assert weights[0] == weights[1]
        assert contents(run / "melodies") == contents(whole / "melodies")
        assert {path.name for path in run.iterdir()} == {path.name for path in whole.iterdir()}

    def test_at_a_later_step_does_nothing_again_that_was_finished(self, finished, archive, tmp_path):
        """What the line tells is done then, but not noted yet: that step alone is done again."""
        whole, _ = finished
        told = resumed_run(run := interrupted_run(tmp_path / "run", archive, at="figures: "))
        assert told.lines[0] == f"{run} goes on at the step evaluate"
        assert told.titles == [f"On test melodies: {WHAT}", "What the melodies are like, with 95 % intervals"]
        assert contents(run / "melodies") == contents(whole / "melodies")

    @pytest.mark.parametrize("number", range(5))
    def test_does_no_step_twice_that_was_finished(self, number, archive, tmp_path, monkeypatch):
        names, done = list(main_job.STEPS), []

        def step(name):
            def do(run, job, reporter):
                done.append(name)
                if name == names[number] and done.count(name) == 1:
                    raise KeyboardInterrupt

            return do

        monkeypatch.setattr(main_job, "STEPS", {name: step(name) for name in names})
        with pytest.raises(KeyboardInterrupt):
            main_job.run_main_job(PRESET, tmp_path / "run", [archive])
        main_job.resume_main_job(tmp_path / "run")
        assert done == [*names[: number + 1], *names[number:]]

    def test_of_a_complete_run_says_so_and_changes_nothing(self, finished):
        run, _ = finished
        before = contents_and_times(run)
        assert resumed_run(run).lines == [
            f"{run} is complete, nothing is left to do; open {run / 'report.html'} in a browser"
        ]
        assert contents_and_times(run) == before

    @pytest.mark.parametrize("preset", presets.PRESETS.values(), ids=presets.PRESETS)
    def test_goes_on_with_all_that_the_job_began_with(self, preset, tmp_path):
        job = main_job.Job(preset, ("/music/a → b.zip",), "shipped", ("extract",))
        write_json(tmp_path / "main_job.json", asdict(job))
        assert main_job.read_job(tmp_path) == job

    def test_of_what_was_never_begun_is_refused(self, finished, tmp_path):
        with pytest.raises(UserError, match=r"nothing to go on with.*train --resume"):
            main_job.resume_main_job(tmp_path / "nowhere")
        (tmp_path / "main_job.json").write_text('{"job": "plumber"}')
        for use in (main_job.resume_main_job, lambda run: main_job.run_main_job(PRESET, run)):
            with pytest.raises(UserError, match=r"main_job\.json cannot be read .*another --output"):
                use(tmp_path)
        assert (tmp_path / "main_job.json").read_text() == '{"job": "plumber"}'

    @pytest.mark.parametrize(
        "changes",
        [
            {"finished": ["extract", "plumb"]},
            {"finished": ["extract", "evaluate"]},
            {"finished": "extract"},
            {"archives": "tunes.zip"},
            {"archives": [1]},
            {"initial": 3},
            {"preset": []},
            {"preset": asdict(PRESET) | {"max_tunes": "all"}},
            {"preset": asdict(PRESET) | {"model": {"units": [0]}}},
        ],
        ids=str,
    )
    def test_of_what_no_job_has_written_is_refused(self, changes, tmp_path):
        write_json(tmp_path / "main_job.json", asdict(main_job.Job(PRESET)) | changes)
        with pytest.raises(
            UserError, match=r"^\S+main_job\.json cannot be read \(.+\): begin anew, with anoth"
        ):
            main_job.resume_main_job(tmp_path)

    def test_of_an_altered_job_is_refused(self, tmp_path):
        path = write_json(tmp_path / "main_job.json", asdict(main_job.Job(PRESET)))
        job = main_job.read_job(tmp_path)
        for altered in damaged(path.read_bytes()):
            path.write_bytes(altered)
            with contextlib.suppress(UserError):
                assert main_job.read_job(tmp_path) == job

    def test_is_not_the_only_way_until_the_run_has_trained(self, archive, tmp_path):
        """Until then nothing is lost that took long: the same command may begin anew."""
        for _ in range(2):
            interrupted_run(tmp_path / "run", archive, at="dataset: ")
        (tmp_path / "run" / "training_state.npz").touch()
        with pytest.raises(UserError, match="holds a run already: go on with it by --resume"):
            main_job.run_main_job(PRESET, tmp_path / "run", [archive])

    def test_a_mistake_at_the_start_leaves_nothing_behind(self, tmp_path):
        (tmp_path / "noise.mid").write_bytes(b"no MIDI")
        for archive in (tmp_path / "noise.mid", tmp_path / "nowhere.zip"):
            with pytest.raises(UserError):
                main_job.run_main_job(PRESET, tmp_path / "run", [archive])
            assert not (tmp_path / "run").exists()

    def test_a_resumed_training_keeps_its_settings_but_may_go_on_longer(self, finished, tmp_path):
        whole, _ = finished
        run, longer = tmp_path / "run", replace(PRESET.training, epochs=3)
        steps.train_run(whole / "dataset", run, PRESET.model, PRESET.training)
        assert len(steps.train_run(whole / "dataset", run, resume=True)) == 2
        assert len(steps.train_run(whole / "dataset", run, settings=longer, resume=True)) == 3
        assert runs.training_of(run) == longer, "so that an interrupted one goes on with it"
        with pytest.raises(UserError, match="batch_size = 4, now it is 5"):
            steps.train_run(whole / "dataset", run, settings=replace(longer, batch_size=5), resume=True)


class TestOneProcessAtATime:
    """Whoever comes second to the folder of a run is sent away, and changes nothing of it."""

    @pytest.fixture
    def second(self, archive):
        """A function that tries, in a thread with no part in the lock, all that writes to a run's folder."""

        def come(run):
            others = presets.Preset(model=config.ModelSettings(units=(9,)))
            dataset = run.parent / "dataset"
            comers = [
                lambda: main_job.run_main_job(others, run, [archive]),
                lambda: main_job.resume_main_job(run),
                lambda: steps.train_run(dataset, run, others.model, others.training),
                lambda: steps.train_run(dataset, run, resume=True),
            ]
            with ThreadPoolExecutor(1) as thread:
                return [str(thread.submit(comer).exception()) for comer in comers]

        return come

    def test_from_the_first_line_of_a_main_job_to_its_last(self, archive, second, tmp_path):
        run, told, seen = tmp_path / "run", [], []
        extract = [archive], tmp_path / "dataset", PRESET.extraction, PRESET.dataset
        steps.extract_dataset(*extract)

        class Watcher(Reporter):
            def say(self, text):
                before = contents(run)
                told.append(second(run))
                seen.append(contents(run) == before)

        main_job.run_main_job(PRESET, run, [archive], reporter=Watcher())
        assert len(told) > 5 and all(seen)
        for sentences in told:
            busy = [f"another process is writing to {run} right now" in each for each in sentences]
            nothing_to_resume = "no run" in sentences[3] or "nothing to resume" in sentences[3]
            taken = "holds a run already"
            assert busy[1] and (busy[0] or taken in sentences[0]) and (busy[2] or taken in sentences[2])
            assert busy[3] or nothing_to_resume

    def test_two_that_resume(self, archive, second, tmp_path):
        run = interrupted_run(tmp_path / "run", archive, at="epoch   1")
        (tmp_path / "dataset").symlink_to(run / "dataset")
        with locked(run):
            assert all("another process" in each for each in np.array(second(run))[[1, 3]])
        assert resumed_run(run).lines[0] == f"{run} goes on at the step train"

    def test_what_a_kill_left_half_written_is_swept(self, archive, tmp_path):
        run = interrupted_run(tmp_path / "run", archive, at="epoch   1")
        for folder in (run, run / "checkpoint"):
            (folder / f"{UNFINISHED}left").mkdir()
            (folder / f"{UNFINISHED}left" / "weights.npz").touch()
        resumed_run(run)
        assert not list(run.rglob(f"{UNFINISHED}*"))


def contents_and_times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_nothing_found_writes_no_dataset(tmp_path):
    recorder = Recorder()
    (tmp_path / "noise.mid").write_bytes(b"no MIDI")
    with pytest.raises(UserError, match=r"no melody was found .* options of melody-tutorial extract"):
        extraction, dataset = PRESET.extraction, PRESET.dataset
        steps.extract_dataset([tmp_path], tmp_path / "out", extraction, dataset, reporter=recorder)
    assert recorder.titles == ["Left out"]
    assert recorder.lines == ["1 file → 0 scores → 0 pieces → 0 tracks → 0 melodies"]
    assert not (tmp_path / "out").exists()


def test_one_archive_may_stand_alone(archive, tmp_path):
    """Not each letter of its name: "/" would be read whole."""
    given = [archive], archive, str(archive)
    for number, archives in enumerate(given):
        settings = PRESET.extraction, PRESET.dataset
        steps.extract_dataset(archives, tmp_path / f"{number}", *settings)
        assert contents(tmp_path / f"{number}") == contents(tmp_path / "0")
    run = interrupted_run(tmp_path / "run", archive, at="dataset: ", alone=str)
    assert main_job.read_job(run).archives == (str(archive),)


def test_the_archive_of_a_corpus_is_summed_up_once(tmp_path, monkeypatch):
    corpus, summed = steps.build_archive(output=tmp_path, max_tunes=40), []
    monkeypatch.setattr(files, "sha256", lambda path: summed.append(path) or sha256(path))
    manifest = steps.extract_dataset(str(corpus), tmp_path / "dataset")
    assert summed == [corpus]
    assert manifest["split"]["frozen"] and "graces" in manifest["funnel"]["changes"]  # told by its facts


def test_one_melody_is_too_few_whatever_the_command(archive, tmp_path):
    recorder, one = Recorder(), replace(PRESET, max_tunes=2)  # noise.mid comes first
    with pytest.raises(
        UserError, match=r"^1 melody of 1 unrelated tune, .* give files that hold at least three"
    ):
        main_job.run_main_job(one, tmp_path / "run", [archive], reporter=recorder)
    assert recorder.lines == [
        "2 files → 1 score → 1 piece → 1 track → 1 melody → 1 distinct melody",
    ]


class TestReplacedDataset:
    """An output folder that holds a dataset: the new one takes its place."""

    @pytest.fixture
    def extract(self, tmp_path):
        def extract(*archives):
            recorder = Recorder()
            settings = PRESET.extraction, PRESET.dataset
            steps.extract_dataset(archives, tmp_path / "dataset", *settings, reporter=recorder)
            return [line for line in recorder.lines if line.startswith("replaced: ")]

        return extract

    @pytest.fixture
    def others(self, tmp_path, archive):
        """A folder with half the music of the archive, under other names."""
        with zipfile.ZipFile(archive) as members:
            for number in range(10):
                path = tmp_path / "others" / f"song {number}.mid"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(members.read(f"tune {number}.mid"))
        return tmp_path / "others"

    def test_of_other_music_is_named(self, extract, archive, others):
        assert extract(archive) == []
        (line,) = extract(others)
        assert line.startswith("replaced: the dataset made from 21 files, such as tune ")
        (line,) = extract(archive)
        assert line.startswith("replaced: the dataset made from 10 files, such as song ")

    def test_of_the_same_music_is_not(self, extract, archive):
        assert extract(archive) == extract(archive) == []

    def test_that_is_damaged_is_replaced_all_the_same(self, extract, archive, tmp_path):
        extract(archive)
        next((tmp_path / "dataset").glob("test*")).write_bytes(b"cut short")
        assert extract(archive) == []
        assert extract(archive) == []


def test_an_interrupted_extraction_leaves_nothing(tmp_path):
    """A real Ctrl-C: the whole process group gets the signal while two processes read a large archive."""
    melody = melody_to_score(Melody(np.tile(np.array([60, 62, 64, 65, 67, 69, 71, 72], np.int8), 32)))
    member, large = write_midi(melody), tmp_path / "large.zip"
    with zipfile.ZipFile(large, "w") as members:
        for number in range(40_000):
            members.writestr(f"{number}.mid", member)
    words = ["extract", str(large), "--output", str(tmp_path / "out"), "--processes", "2"]
    code = f"from melody_tutorial.cli import app; print('on', flush=True); exit(app.execute({words}))"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, **pipes)
    assert child.stdout.readline() == "on\n"
    time.sleep(0.5)
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == 130, errors
    assert "Traceback" not in errors and errors.splitlines()[-1].startswith("interrupted")
    assert not (tmp_path / "out").exists()
