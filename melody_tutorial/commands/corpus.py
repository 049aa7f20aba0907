"""``melody-tutorial corpus``."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def corpus(
    name: Annotated[str, Argument(help="Name of the corpus, as --list shows it.")] = "default",
    list_all: Annotated[bool, Option("--list", help="Show which corpora there are, and build none.")] = False,
    output: Annotated[Path | None, Option(help="Folder for it. Default: data/corpora.")] = None,
) -> None:
    """Build a corpus: one zip of MIDI files from the tune books in the installed music21.

    \b
    Example:
      melody-tutorial corpus default --output data/corpora
    """
    from melody_tutorial import console
    from melody_tutorial import corpus as corpora

    if list_all:
        rows = [(c.name, c.tunes, c.description, c.licence) for c in corpora.CORPORA.values()]
        console.print_table("Corpora", ("name", "tunes", "what", "licence"), rows)
        return
    with console.progress(f"convert the tunes of {name}") as advance:
        archive = corpora.build_corpus(name, output, advance)
    print(f"corpus: {archive}")
