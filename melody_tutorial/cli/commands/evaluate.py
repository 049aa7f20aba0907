"""``melody-tutorial evaluate``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import argument, option
from melody_tutorial.errors import UserError


def evaluate(
    run: Annotated[Path, argument("RUN")],
    dataset: Annotated[Path | None, argument("DATASET")] = None,
    samples: Annotated[
        int | None,
        option(
            metavar="N", text="Melodies to compose for the statistics.", default="64, or 1000 whole tunes"
        ),
    ] = None,
    seed: Annotated[int, option(metavar="N", text="Same seed, same samples.", default=0)] = 0,
) -> None:
    """Measure how a model predicts, and what it composes.

    Shows the test loss beside what counting alone reaches, and statistics of new melodies beside those
    of as many test melodies and of random pitches, with 95 % intervals: how long the passages are that
    training melodies have too, for example. Of a model that ends its tunes, whole ones are compared: metre,
    mode, form and how they end.

    \b
    Arguments:
      RUN      Folder of a run or of a checkpoint, or the name of a model that
               ships.
      DATASET  Dataset to measure on.  [default: the one that the run learned
               from]

    \b
    Example:
      melody-tutorial evaluate runs/mine
    \b
    Example, a model that ships, on your own music:
      melody-tutorial evaluate basic_rnn data/datasets/mine
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.networks import CHECKPOINT, checkpoint_of
    from melody_tutorial.pipeline import evaluate_run

    if dataset is None and checkpoint_of(run) != run / CHECKPOINT:
        raise UserError(
            f"{run} is a model without the dataset that it learned from: name one that melody-tutorial "
            f"extract wrote, such as `melody-tutorial evaluate {run} data/datasets/mine`"
        )
    evaluate_run(run, dataset, samples=samples, seed=seed, reporter=ConsoleReporter())
