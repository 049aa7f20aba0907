"""What is told of a training while it runs: a line for each epoch, a bar that moves, TensorBoard's events."""

import math
import os
from collections.abc import Callable
from pathlib import Path

from melody_tutorial.training.history import Row

FIGURES = {"loss": "loss", "accuracy": "accuracy", "at onsets": "onset_accuracy"}  # as shown: as in a row


class TrainingListener:
    """The two functions that ``training.train`` calls.

    Args:
        advance: ``advance(number, note)`` of a progress display, in weight updates.
        say: takes a line of text.
        events: folder for TensorBoard's events; None writes none.
    """

    def __init__(self, advance: Callable, say: Callable[[str], None], events: Path | None):
        self.advance, self.say, self.events = advance, say, events
        self.updates = 0

    def on_window(self, update: int, totals) -> None:
        """Move the display to an update, with the epoch's training loss so far."""
        self.advance(update - self.updates, f"{totals.figures()['loss']:.3f} nats per event")
        self.updates = update

    def on_epoch(self, row: Row, model) -> None:
        """Tell the figures of a finished epoch."""
        self.say(epoch_line(row))
        if self.events:
            write_events(self.events, row)


def epoch_line(row: Row) -> str:
    """An epoch in one line: loss and accuracies as training | held-out, perplexity e^loss of the held-out."""
    pairs = [f"{name} {row[f'train_{key}']:.3f} | {row[f'eval_{key}']:.3f}" for name, key in FIGURES.items()]
    perplexity = math.exp(row["eval_loss"])
    pairs.insert(1, f"perplexity {perplexity:.2f}")
    return f"epoch {row['epoch']:3.0f}  {'  '.join(pairs)}  {row['seconds']:.0f} s"


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
