"""``melody-tutorial train``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import (
    InitialOption,
    ModelOption,
    PresetOption,
    argument,
    option,
    run_folder,
    with_settings,
)
from melody_tutorial.config import ModelSettings, TrainingSettings


@with_settings
def train(
    dataset: Annotated[Path, argument("DATASET")],
    model: ModelSettings,
    training: TrainingSettings,
    output: Annotated[
        Path | None,
        option(metavar="RUN", text="Folder of the run.", default="runs/ and the dataset's name"),
    ] = None,
    preset: PresetOption = None,
    described: ModelOption = None,
    initial: InitialOption = None,
    resume: Annotated[bool, option("--resume", text="Go on after the last finished epoch of a run.")] = False,
    tensorboard: Annotated[bool, option("--tensorboard", text="Write events for TensorBoard too.")] = False,
) -> None:
    """Train a network to predict the next event of a melody.

    Shows the loss in nats per event beside what counting alone reaches; keeps the weights that predict the
    melodies of the validation side best. Interrupt it whenever you like: --resume goes on with the same
    curve.

    \b
    Arguments:
      DATASET  Folder that extract wrote.

    \b
    Example:
      melody-tutorial train data/datasets/tunebooks --output runs/mine
    \b
    Example, a model that ships made to know your own music too:
      melody-tutorial train data/datasets/mine --output runs/mine --from basic_rnn
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.cli.interrupts import resumable
    from melody_tutorial.pipeline import train_run
    from melody_tutorial.training import can_resume

    run = run_folder(output, dataset)
    how = {"resume": resume, "initial": initial, "tensorboard": tensorboard}
    words = ["train", dataset, "--output", run, *["--tensorboard"] * tensorboard]
    with resumable(lambda: can_resume(run), *words):
        train_run(dataset, run, model, training, **how, reporter=ConsoleReporter())
    print(f"run: {run}")
