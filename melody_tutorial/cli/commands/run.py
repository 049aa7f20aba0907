"""``melody-tutorial run``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import InitialOption, PresetOption, option


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
    initial: InitialOption = None,
) -> None:
    """Go the whole way: from music to new melodies, on one page.

    Does in turn what corpus, extract, train, evaluate, sample and report do.

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
