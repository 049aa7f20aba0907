"""What is told of a training: a bar for each epoch, then a line that fits a terminal."""

from contextlib import contextmanager

import pytest

from melody_tutorial.reporter import Reporter
from melody_tutorial.training.history import COLUMNS
from melody_tutorial.training.progress import TrainingListener, epoch_header, epoch_line


class Totals:
    def figures(self):
        return {"loss": 1.5}


class Bars(Reporter):
    """Keeps the bars, as description, total and how far they came, and the lines between them."""

    def __init__(self):
        self.told = []

    @contextmanager
    def progress(self, description, total=None):
        bar = [description, total, 0]
        self.told.append(bar)

        def advance(number=1, note=""):
            assert note == "1.500 nats per event"
            bar[2] += number

        yield advance

    def say(self, text):
        self.told.append(text[:9])


def row(epoch=1, update=1, loss=0.5, seconds=1.0):
    figures = dict.fromkeys(COLUMNS, 1.0) | {"train_loss": loss, "validation_loss": loss}
    return figures | {"epoch": epoch, "update": update, "seconds": seconds}


def train(listener, first, updates, windows):
    """Call the listener as a training does."""
    with listener:
        for update in range(first + 1, updates + 1):
            listener.on_window(update, Totals())
            if update % windows == 0 or update == updates:
                listener.on_epoch(row(-(-update // windows), update), None)


def test_a_bar_for_each_epoch_says_which_and_moves_within():
    """Ten updates, four in an epoch: the last epoch is shorter."""
    bars = Bars()
    train(TrainingListener(bars, windows=4, updates=10), 0, 10, 4)
    assert bars.told == [
        *(["epoch 1 of 3", 4, 4], "epoch   1"),
        *(["epoch 2 of 3", 4, 4], "epoch   2"),
        *(["epoch 3 of 3", 2, 2], "epoch   3"),
    ]


def test_a_resumed_training_goes_on_with_its_epochs():
    bars = Bars()
    train(TrainingListener(bars, 4, 12, [row(1, 4), row(2, 8)]), 8, 12, 4)
    assert bars.told == [["epoch 3 of 3", 4, 4], "epoch   3"]


def test_a_finished_training_shows_no_bar():
    bars = Bars()
    train(TrainingListener(bars, 4, 8, [row(1, 4), row(2, 8)]), 8, 8, 4)
    assert bars.told == []


@pytest.mark.parametrize("long", [row(), row(epoch=60, loss=2.25), row(epoch=999, loss=9.9, seconds=99_999)])
def test_lines_of_epochs_stand_under_their_header_and_fit_a_terminal(long):
    *_, header = lines = epoch_header().splitlines()
    assert max(map(len, [*lines, epoch_line(long)])) <= 80
    assert len(epoch_line(long)) == len(header)
