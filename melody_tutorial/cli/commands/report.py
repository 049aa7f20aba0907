"""``melody-tutorial report``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import argument


def report(run: Annotated[Path, argument("RUN")]) -> None:
    """Write the page of a run, with every melody to see and to hear.

    It also tells what was extracted and how training went, and opens in any browser, without a network.

    \b
    Arguments:
      RUN  Folder of a run.

    \b
    Example:
      melody-tutorial report runs/mine
    """
    from melody_tutorial.pipeline import write_report

    print(f"report: {write_report(run)}")
