"""``melody-tutorial evaluate``."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def evaluate(
    run: Annotated[Path, Argument(help="Folder of a run, or of a checkpoint.")],
    dataset: Annotated[Path | None, Argument(help="Dataset to measure on; of a run: its own.")] = None,
    samples: Annotated[int, Option(help="Melodies of 16 bars to compose for the statistics.")] = 64,
    seed: Annotated[int, Option(help="Same seed, same samples.")] = 0,
) -> None:
    """Measure a model: held-out loss beside baselines, what its melodies are like, what it copied.

    \b
    Example:
      melody-tutorial evaluate runs/mine
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.pipeline import evaluate_run

    evaluate_run(run, dataset, samples=samples, seed=seed, reporter=ConsoleReporter())
