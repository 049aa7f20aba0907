"""``melody-tutorial report``."""

from pathlib import Path
from typing import Annotated

from typer import Argument


def report(run: Annotated[Path, Argument(help="Folder of a run.")]) -> None:
    """Write the page of a run: what was extracted, how training went, and every melody to see and to hear.

    \b
    Example:
      melody-tutorial report runs/mine
    """
    from melody_tutorial.pipeline import write_report

    print(f"report: {write_report(run)}")
