"""The main job: archives → dataset → trained run → figures → melodies → report, in steps that are done once.

What it began with, and which steps are finished, stands in the run's folder; so it goes on wherever it was
interrupted, as if it had not been.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from datetime import datetime
from pathlib import Path

from melody_tutorial.config import settings_of
from melody_tutorial.datasets import check_transposed
from melody_tutorial.errors import UserError
from melody_tutorial.files import locked, read_json, several, sweep, write_json
from melody_tutorial.pipeline.examination import evaluate_run
from melody_tutorial.pipeline.report import REPORT_FILE, write_report
from melody_tutorial.pipeline.steps import build_archive, compose_into, extract_dataset, train_run
from melody_tutorial.presets import Preset, fit_to
from melody_tutorial.reporter import SILENT, Reporter
from melody_tutorial.training import (
    DATASET,
    JOB_FILE,
    can_resume,
    check_new,
    initial_checkpoint,
    origin_of,
)


@dataclass(frozen=True)
class Job:
    """What a main job began with, and how far it came.

    Attributes:
        preset: all settings.
        archives: music to learn from; empty: the default corpus.
        initial: weights that training starts from, as of ``train_run``.
        finished: names of ``STEPS``.
    """

    preset: Preset
    archives: tuple[str, ...] = ()
    initial: str | None = None
    finished: tuple[str, ...] = ()


def run_main_job(
    preset: Preset,
    output: str | Path | None = None,
    archives: str | Path | Sequence[str | Path] | None = None,
    *,
    initial: str | Path | None = None,
    reporter: Reporter = SILENT,
) -> Path:
    """Go the whole way from archives to a report; return the folder of the run.

    Args:
        preset: all settings, such as ``presets.preset("test")``.
        output: folder of the run, a new one; None: ``dated_run()``.
        archives: music to learn from, one archive or folder or several; None: the default corpus, built if
            need be.
        initial: weights to start from, as of ``train_run``; the network gets their shape,
            and melodies are made to fit it.

    Raises:
        UserError: the output is taken, the archives hold no melody, or the weights cannot be used.
    """
    run = Path(output or dated_run())
    check_new(run)
    if (run / JOB_FILE).exists():
        read_job(run)  # or it is somebody else's
    if initial:
        preset = fit_to(preset, initial_checkpoint(initial).model)
    check_transposed(preset.dataset.transpose, preset.model, run)
    music = tuple(str(Path(archive).resolve()) for archive in several(archives or ()))
    job = Job(preset, music, origin_of(initial) if initial else None)
    with locked(run):
        check_new(run)  # again: another process may have trained there meanwhile
        write_json(run / JOB_FILE, asdict(job))
        try:
            return go_on(run, job, reporter)
        except UserError:
            if not read_job(run).finished:  # nothing to resume, but something to mend
                (run / JOB_FILE).unlink()
                with suppress(OSError):  # it is not empty
                    run.rmdir()
            raise


def resume_main_job(run: str | Path, *, reporter: Reporter = SILENT) -> Path:
    """Go on with a main job at the step at which it was interrupted, with what it began with.

    Raises:
        UserError: the folder holds no main job, or what it needs is gone.
    """
    run = Path(run)
    read_job(run)  # before the lock, which makes the folder
    with locked(run):
        job = read_job(run)
        if left := [name for name in STEPS if name not in job.finished]:
            reporter.say(f"{run} goes on at the step {left[0]}")
            return go_on(run, job, reporter)
    reporter.say(f"{run} is complete, nothing is left to do; open {run / REPORT_FILE} in a browser")
    return run


def can_resume_job(run: Path) -> bool:
    """Whether the folder of a run holds a main job that was begun."""
    return (run / JOB_FILE).exists()


def dated_run() -> Path:
    """Folder of a new run, named after the moment: runs/2026-11-24-093737."""
    return Path("runs") / datetime.now().strftime("%Y-%m-%d-%H%M%S")


def go_on(run: Path, job: Job, reporter: Reporter) -> Path:
    """Do the steps that are not finished, and note each one that is; what a kill left half-written goes."""
    sweep(run)
    for name, step in STEPS.items():
        if name not in job.finished:
            step(run, job, reporter)
            job = replace(job, finished=(*job.finished, name))
            write_json(run / JOB_FILE, asdict(job))
    page = run / REPORT_FILE
    reporter.say(f"done: everything is in {run}; open {page} in a browser to see and hear it")
    return run


def read_job(run: Path) -> Job:
    """The main job of a run, as its folder has it.

    Raises:
        UserError: there is none, or it cannot be read.
    """
    path = run / JOB_FILE
    try:
        facts = read_json(path)
        values = facts.pop("preset")
        groups = {each.name: each.type for each in fields(Preset) if is_dataclass(each.type)}
        preset = Preset(**values | {name: settings_of(kind, values[name]) for name, kind in groups.items()})
        check_facts(facts, preset)
        return Job(preset, tuple(facts["archives"]), facts["initial"], tuple(facts["finished"]))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{run} holds no {JOB_FILE}, so there is nothing to go on with: give the folder of a run that "
            "melody-tutorial run began; what melody-tutorial train began, train --resume goes on with"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, UserError) as error:
        raise UserError(f"{path} cannot be read ({error}): begin anew, with another --output") from None


def check_facts(facts: dict, preset: Preset) -> None:
    """Raise a ValueError unless what a job's file says could have been written by one."""
    archives, initial, finished = (facts[name] for name in ("archives", "initial", "finished"))
    if not isinstance(archives, list) or not all(
        isinstance(name, str) for name in [*archives, initial or ""]
    ):
        raise ValueError("archives and initial are not names of files")
    for name in ("max_tunes", "samples"):
        if not isinstance(number := getattr(preset, name), int | None):
            raise ValueError(f"{name} is {number!r}")
    if finished != list(STEPS)[: len(finished)]:
        raise ValueError(f"finished is {finished}, but the steps are, in this order, {', '.join(STEPS)}")


def extract(run: Path, job: Job, reporter: Reporter) -> None:
    """Archives, the default corpus if need be, → the run's dataset."""
    most = job.preset.max_tunes
    archives = job.archives or [build_archive(max_tunes=most, reporter=reporter)]
    settings = job.preset.extraction, job.preset.dataset
    extract_dataset(archives, run / DATASET, *settings, max_files=most, reporter=reporter)


def train(run: Path, job: Job, reporter: Reporter) -> None:
    """The run's dataset → its weights, from where training was interrupted."""
    if can_resume(run):
        train_run(run / DATASET, run, resume=True, reporter=reporter)
    else:
        settings = job.preset.model, job.preset.training
        train_run(run / DATASET, run, *settings, initial=job.initial, reporter=reporter)


def evaluate(run: Path, job: Job, reporter: Reporter) -> None:
    """The run's weights → figures of what they predict and compose."""
    evaluate_run(run, samples=job.preset.samples, reporter=reporter)


def compose(run: Path, job: Job, reporter: Reporter) -> None:
    """The run's weights → melodies."""
    compose_into(run, job.preset.sampling, reporter=reporter)


def report(run: Path, job: Job, reporter: Reporter) -> None:
    """All of it → a page."""
    write_report(run)


STEPS: dict[str, Callable[[Path, Job, Reporter], None]] = {
    step.__name__: step for step in (extract, train, evaluate, compose, report)
}
