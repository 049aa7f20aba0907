"""``melody-tutorial corpus``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import argument, option


def corpus(
    name: Annotated[str, argument("NAME")] = "tunebooks",
    list_all: Annotated[bool, option("--list", text="Show which corpora there are, and build none.")] = False,
    output: Annotated[
        Path | None, option(metavar="FOLDER", text="Folder for corpora.", default="data/corpora")
    ] = None,
) -> None:
    """Build an archive of MIDI files from tune books.

    The tunes lie in the installed package music21; without a name, three books of folk tunes are taken.

    \b
    Arguments:
      NAME  Name of the corpus, as --list shows it.  [default: tunebooks]

    \b
    Example:
      melody-tutorial corpus tunebooks --output data/corpora
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.datasets import list_corpora
    from melody_tutorial.pipeline import build_archive

    reporter = ConsoleReporter()
    if not list_all:
        build_archive(name, output, reporter=reporter)
        return
    for each in list_corpora():
        reporter.say(f"{each.name}: {each.tunes:,} tunes, {each.description}")
        reporter.say(f"  licence: {each.licence}")
        if each.notice:
            reporter.say(f"  notice: {each.notice}")
