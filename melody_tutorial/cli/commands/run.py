"""``melody-tutorial run``."""

from pathlib import Path
from typing import Annotated

from typer import Option

from melody_tutorial.cli.commands.options import InitialOption, PresetOption


def run(
    archive: Annotated[
        list[Path] | None, Option(help="Your own music instead of the default corpus.")
    ] = None,
    output: Annotated[Path | None, Option(help="Folder of the run. Default: runs/ and the time.")] = None,
    preset: PresetOption = None,
    initial: InitialOption = None,
) -> None:
    """Go the whole way: corpus, extract, train, evaluate, sample, report.

    \b
    Example, in a minute with a tiny model:
      melody-tutorial run --preset test
    \b
    Example, with music of your own:
      melody-tutorial run --archive my-midi-files.zip --output runs/mine
    """
    from melody_tutorial import config
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.pipeline import run_main_job

    run_main_job(config.preset(preset), output, archive, initial=initial, reporter=ConsoleReporter())
