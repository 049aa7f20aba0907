"""``melody-tutorial corpus``."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def corpus(
    name: Annotated[str, Argument(help="Name of the corpus, as --list shows it.")] = "tunebooks",
    list_all: Annotated[bool, Option("--list", help="Show which corpora there are, and build none.")] = False,
    output: Annotated[Path | None, Option(help="Folder for corpora. Default: data/corpora.")] = None,
) -> None:
    """Build a corpus: one zip of MIDI files from the tune books in the installed music21.

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
