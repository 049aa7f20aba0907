"""``melody-tutorial evaluate``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import argument, named_model, option
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
      RUN      Folder of a run or of a checkpoint, or 'shipped', the model that
               ships.
      DATASET  Dataset to measure on.  [default: the one that the run learned
               from]

    \b
    Example:
      melody-tutorial evaluate runs/mine
    \b
    Example, the model that ships, on your own music:
      melody-tutorial evaluate shipped data/datasets/mine
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.networks import checkpoint_of
    from melody_tutorial.pipeline import evaluate_run

    model = named_model(run)
    if dataset is None and (model is None or checkpoint_of(model) == model):
        raise UserError(
            f"{run} is a model without the dataset that it learned from: name one that melody-tutorial "
            f"extract wrote, such as `melody-tutorial evaluate {run} data/datasets/mine`"
        )
    evaluate_run(model, dataset, samples=samples, seed=seed, reporter=ConsoleReporter())
