"""The training loop: epochs of windows, validation, checkpoints, early stopping, resuming."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
import numpy as np

from melody_tutorial.config import ModelSettings, TrainingSettings
from melody_tutorial.datasets import num_windows
from melody_tutorial.errors import UserError
from melody_tutorial.files import locked, sweep
from melody_tutorial.networks import (
    CHECKPOINT,
    Checkpoint,
    MelodyModel,
    Tune,
    check_fits,
    read_tunes,
    repertoire_of,
    save_checkpoint,
    without_bars,
)
from melody_tutorial.training.history import HISTORY_FILE, Row, write_history
from melody_tutorial.training.state import load_state, save_state
from melody_tutorial.training.updates import (
    Totals,
    initial_states,
    make_measure,
    make_update,
    run_windows,
    use_threads,
)
from melody_tutorial.training.windows import tf_windows

Melodies = Sequence[np.ndarray | Tune]  # uint8 ids of each melody, or with what is known about it


@dataclass
class Progress:
    """Where training stands, the weights apart.

    Attributes:
        history: one row for each finished epoch.
        best_loss: lowest validation loss so far, nats per event.
        best_epoch: the epoch that reached it, from 1; 0 before the first.
        seconds: time spent so far.
    """

    history: list[Row] = field(default_factory=list)
    best_loss: float = float("inf")
    best_epoch: int = 0
    seconds: float = 0.0

    def add(self, row: Row) -> bool:
        """Append an epoch's row; whether it is the best so far. UserError: its losses are no numbers."""
        if not math.isfinite(row["train_loss"] + row["validation_loss"]):
            raise UserError(
                f"training broke down in epoch {row['epoch']}: its loss is no number; lower --learning-rate, "
                "and train anew into another --output"
            )
        self.history.append(row)
        self.seconds = row["seconds"]
        better = row["validation_loss"] < self.best_loss
        if better:
            self.best_loss, self.best_epoch = row["validation_loss"], len(self.history)
        return better


def train(
    train_melodies: Melodies,
    validation_melodies: Melodies,
    output: str | Path,
    model_settings: ModelSettings,
    settings: TrainingSettings,
    *,
    resume: bool = False,
    initial: Checkpoint | None = None,
    on_window: Callable[[int, Totals], None] | None = None,
    on_epoch: Callable[[Row, MelodyModel], None] | None = None,
) -> list[Row]:
    """Train a network on melodies, and keep the weights that predict the validation melodies best.

    ``output`` receives ``checkpoint/`` (the best weights so far), ``history.csv`` and
    ``training_state.npz``; from the last, ``resume`` goes on with the same curve and the same weights as
    if there had been no interruption.

    Args:
        train_melodies, validation_melodies: the melodies to learn from, and those for validation; a model
            that reads more than events needs tunes.
        output: folder of the run.
        model_settings, settings: shape of the network, and how it is trained.
        resume: go on after the last finished epoch of an interrupted run.
        initial: weights to start from (fine-tuning); None: random ones.
        on_window: called after each update with its number and the epoch's totals so far.
        on_epoch: called after each epoch with its row of the history and the model.

    Returns:
        The history, one row for each epoch.

    Raises:
        UserError: a side is empty, the folder holds a run already, there is nothing to resume, or the
            network asked for cannot take over the initial weights, another process trains there, or the loss
            is no number any more.
    """
    check_sides(train_melodies, validation_melodies)
    if initial:
        check_fits(initial, model_settings)
    use_threads()
    with locked(output):
        sweep(Path(output))
        if (Path(output) / CHECKPOINT).is_dir():
            sweep(Path(output) / CHECKPOINT)
        model = MelodyModel(model_settings, settings.seed)
        readings = read_tunes(model_settings, train_melodies)
        updates = num_updates(train_melodies, model_settings, settings)
        optimizer = keras.optimizers.Adam(learning_rate(settings, updates))
        update, measure = make_update(model, optimizer, settings), make_measure(model)
        progress = start(Path(output), model, optimizer, settings, resume, initial)
        unseen = without_bars(model_settings, read_tunes(model_settings, validation_melodies))
        validation_windows = tf_windows(unseen, settings.batch_size, settings.window)

        while (done := int(optimizer.iterations)) < updates and not out_of_patience(progress, settings):
            began = time.perf_counter() - progress.seconds
            rng = np.random.default_rng([settings.seed, len(progress.history)])
            heard = without_bars(model_settings, readings, rng)
            windows = tf_windows(heard, settings.batch_size, settings.window, rng).take(updates - done)
            states = initial_states(model, settings.batch_size)
            train_totals = run_windows(update, windows, states, on_window, done)
            validation_totals = run_windows(measure, validation_windows, states)
            row = {
                "epoch": len(progress.history) + 1,
                "update": int(optimizer.iterations),
                "seconds": time.perf_counter() - began,
                "learning_rate": float(optimizer.learning_rate),
                **{f"train_{name}": value for name, value in train_totals.figures().items()},
                **{f"validation_{name}": value for name, value in validation_totals.figures().items()},
            }
            if progress.add(row):
                save_best(Path(output), model, row, train_melodies)
            save_state(output, model, optimizer, settings, asdict(progress))
            write_history(output, progress.history)
            if on_epoch:
                on_epoch(row, model)
        return progress.history


def num_updates(melodies: Melodies, model: ModelSettings, settings: TrainingSettings) -> int:
    """Weight updates of a whole training: ``num_training_steps``, or those of all epochs."""
    return settings.num_training_steps or settings.epochs * updates_in_epoch(melodies, model, settings)


def updates_in_epoch(melodies: Melodies, model: ModelSettings, settings: TrainingSettings) -> int:
    """Windows in one pass over the melodies, each with its end where the model learns that."""
    lengths = [len(ids_of(melody)) + model.has_end for melody in melodies]
    return num_windows(lengths, settings.batch_size, settings.window)


def learning_rate(settings: TrainingSettings, updates: int) -> keras.optimizers.schedules.CosineDecay:
    """A rate that rises over the first 5 % of the updates and falls along half a cosine to 1 % of its peak.

    Loshchilov & Hutter 2017 (SGDR), section 3, without restarts.
    """
    warm_up = max(1, updates // 20)
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, updates - warm_up),
        alpha=0.01,
        warmup_target=settings.learning_rate,
        warmup_steps=warm_up,
    )


def start(
    output: Path,
    model: MelodyModel,
    optimizer: keras.optimizers.Optimizer,
    settings: TrainingSettings,
    resume: bool,
    initial: Checkpoint | None,
) -> Progress:
    """The progress to start from: none, or that of the run in ``output``; the model gets its weights."""
    if resume and initial:
        raise UserError("a resumed run goes on from its own weights: leave --from or --resume out")
    if resume:
        progress = Progress(**load_state(output, model, optimizer, settings))
        write_history(
            output, progress.history
        )  # it may lack the row of the epoch after which the run was killed
        return progress
    if (output / HISTORY_FILE).exists():
        raise UserError(f"{output} holds a run already: resume it with --resume, or choose another --output")
    if initial:
        model.load_arrays(initial.weights)
    return Progress()


def out_of_patience(progress: Progress, settings: TrainingSettings) -> bool:
    """Whether the validation loss has not improved for ``patience`` epochs (early stopping)."""
    return len(progress.history) - progress.best_epoch >= settings.patience


def save_best(output: Path, model: MelodyModel, row: Row, train_melodies: Melodies) -> None:
    """Save the model as the run's checkpoint, with the figures of its epoch."""
    first = [ids_of(melody)[0] for melody in train_melodies]
    first_events = np.bincount(first, minlength=model.settings.classes)
    tunes = [melody for melody in train_melodies if isinstance(melody, Tune)]
    repertoire = repertoire_of(model.settings, tunes)
    checkpoint = Checkpoint(model.settings, model.arrays(), first_events, row, repertoire)
    save_checkpoint(output / CHECKPOINT, checkpoint)


def check_sides(train_melodies: Melodies, validation_melodies: Melodies) -> None:
    """Refuse an empty side: a loss over nothing would look perfect."""
    for side, melodies in (("training", train_melodies), ("validation", validation_melodies)):
        if not any(len(ids_of(melody)) > 1 for melody in melodies):
            raise UserError(f"the {side} side has no melody with two events: give more files to extract")


def ids_of(melody: np.ndarray | Tune) -> np.ndarray:
    """Token ids of a melody."""
    return melody.ids if isinstance(melody, Tune) else melody
