"""What is told of a training while it runs: a line for each epoch, a bar within it, TensorBoard's events."""

import math
import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from melody_tutorial.reporter import Reporter
from melody_tutorial.training.history import Row

COLUMNS = {"nats per event": 14, "perplexity": 10, "accuracy": 13, "at onsets": 13, "time": 7}  # and widths


class TrainingListener:
    """The two functions that ``training.train`` calls; as a context, it shows a bar for each epoch.

    Args:
        reporter: shows it.
        windows: weight updates of a whole epoch.
        updates: weight updates of the whole training.
        history: rows of the epochs that are finished already.
        events: folder for TensorBoard's events; None writes none.
    """

    def __init__(
        self,
        reporter: Reporter,
        windows: int,
        updates: int,
        history: Sequence[Row] = (),
        events: Path | None = None,
    ):
        self.reporter, self.events = reporter, events
        self.windows, self.updates = windows, updates
        self.epoch, self.done = (int(history[-1]["epoch"]), int(history[-1]["update"])) if history else (0, 0)
        self.bar = ExitStack()

    def __enter__(self) -> Self:
        self.begin_epoch()
        return self

    def __exit__(self, *error) -> None:
        self.bar.close()

    def begin_epoch(self) -> None:
        """Show the bar of the next epoch, if one is left."""
        if (left := self.updates - self.done) > 0:
            last = self.epoch + math.ceil(left / self.windows)
            progress = self.reporter.progress(f"epoch {self.epoch + 1} of {last}", min(left, self.windows))
            self.advance = self.bar.enter_context(progress)

    def on_window(self, update: int, totals) -> None:
        """Move the bar to an update, with the epoch's training loss so far."""
        self.advance(update - self.done, f"{totals.figures()['loss']:.3f} nats per event")
        self.done = update

    def on_epoch(self, row: Row, model) -> None:
        """Tell the figures of a finished epoch in place of its bar."""
        self.bar.close()
        self.reporter.say(epoch_line(row))
        if self.events:
            write_events(self.events, row)
        self.epoch = int(row["epoch"])
        self.begin_epoch()


def epoch_header() -> str:
    """Two lines that stand above those of the epochs, and say what they show."""
    return f"training melodies | validation melodies, with their perplexity\n{in_columns('', COLUMNS)}"


def epoch_line(row: Row) -> str:
    """The figures of an epoch in a line of at most 80 signs; the perplexity is e^loss in validation."""
    loss, accuracy, onset_accuracy = (
        f"{row[f'train_{figure}']:.3f} | {row[f'validation_{figure}']:.3f}"
        for figure in ("loss", "accuracy", "onset_accuracy")
    )
    perplexity, seconds = f"{math.exp(row['validation_loss']):.2f}", f"{row['seconds']:.0f} s"
    return in_columns(f"epoch {row['epoch']:3.0f}", (loss, perplexity, accuracy, onset_accuracy, seconds))


def in_columns(name: str, cells: Iterable[str]) -> str:
    """A name and cells, each at the right of its column."""
    columns = zip(cells, COLUMNS.values(), strict=True)
    return "  ".join([f"{name:9}", *(f"{cell:>{width}}" for cell, width in columns)])


def write_events(folder: Path, row: Row) -> None:
    """Append an epoch's figures to TensorBoard's events.

    ``tf.summary.scalar`` needs the package tensorboard, which TensorFlow no longer brings along;
    ``tf.summary.write`` does not.
    """
    import tensorflow as tf

    plugin = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
    metadata = tf.compat.v1.SummaryMetadata(plugin_data=plugin)
    # As bytes: TensorFlow takes no text that holds undecodable bytes of a file name.
    with tf.summary.create_file_writer(os.fsencode(folder)).as_default():
        for name, value in row.items():
            tf.summary.write(name, tf.constant(value, tf.float32), int(row["epoch"]), metadata)
