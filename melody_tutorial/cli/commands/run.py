"""``melody-tutorial run``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import (
    MODEL_OF_WEIGHTS,
    InitialOption,
    PresetOption,
    check_alone,
    option,
)
from melody_tutorial.config import DEFAULT_MODEL, MODELS
from melody_tutorial.errors import UserError
from melody_tutorial.presets import preset as preset_of
from melody_tutorial.presets import with_model


def run(
    archive: Annotated[
        list[Path] | None,
        option(
            metavar="ARCHIVE", text="Your own music instead of the default corpus; more than once for more."
        ),
    ] = None,
    output: Annotated[
        Path | None, option(metavar="RUN", text="Folder of the run.", default="runs/ and the time")
    ] = None,
    preset: PresetOption = None,
    model: Annotated[
        str | None,
        option(metavar="NAME", text=f"Which model: {', '.join(MODELS)}.", default=DEFAULT_MODEL),
    ] = None,
    initial: InitialOption = None,
    resume: Annotated[
        bool, option("--resume", text="Go on with an interrupted run, the folder that --output names.")
    ] = False,
) -> None:
    """Go the whole way: from music to new melodies, on one page.

    Does in turn what corpus, extract, train, evaluate, sample and report do. Interrupt it whenever you
    like: --resume goes on from there.

    \b
    Example, in a minute with a tiny model:
      melody-tutorial run --preset test
    \b
    Example, with music of your own:
      melody-tutorial run --archive my-midi-files.zip --output runs/mine
    \b
    Example, with the network that the course builds:
      melody-tutorial run --model basic_rnn
    \b
    Example, after Ctrl-C:
      melody-tutorial run --output runs/mine --resume
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.cli.interrupts import resumable
    from melody_tutorial.pipeline import can_resume_job, dated_run, resume_main_job, run_main_job

    if resume:
        check_alone(archive=archive, preset=preset, model=model, **{"from": initial})
        if not output:
            raise UserError("--resume needs the folder of the run that is to go on: name it by --output")
    if initial and model:
        raise UserError(MODEL_OF_WEIGHTS)
    folder, reporter = output or dated_run(), ConsoleReporter()
    with resumable(lambda: can_resume_job(folder), "run", "--output", folder):
        if resume:
            resume_main_job(folder, reporter=reporter)
        else:
            settings = with_model(preset_of(preset), model or DEFAULT_MODEL)
            run_main_job(settings, folder, archive, initial=initial, reporter=reporter)
