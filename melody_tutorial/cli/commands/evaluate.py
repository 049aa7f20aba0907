"""``melody-tutorial evaluate``."""

from pathlib import Path
from typing import Annotated

from typer import Argument

from melody_tutorial.cli.commands.options import option


def evaluate(
    run: Annotated[Path, Argument(metavar="RUN", help="Folder of a run, or of a checkpoint.")],
    dataset: Annotated[
        Path | None, Argument(metavar="DATASET", help="Dataset to measure on; of a run: its own.")
    ] = None,
    samples: Annotated[
        int, option(metavar="N", text="Melodies of 16 bars to compose for the statistics.", default=64)
    ] = 64,
    seed: Annotated[int, option(metavar="N", text="Same seed, same samples.", default=0)] = 0,
) -> None:
    """Measure how a model predicts, and what it composes.

    Shows the held-out loss beside what counting alone reaches, statistics of new melodies beside those of
    held-out ones, and the longest passage that was copied.

    \b
    Example:
      melody-tutorial evaluate runs/mine
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.pipeline import evaluate_run

    evaluate_run(run, dataset, samples=samples, seed=seed, reporter=ConsoleReporter())
