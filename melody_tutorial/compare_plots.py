"""Several trainings, and statistics of several sets of melodies, side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.evaluation import Statistics
from melody_tutorial.figures import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SOFT,
    in_percent,
    label_ends,
    new_axes,
    styled,
)
from melody_tutorial.plotting import CHART_SIZE, PITCH_CLASSES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (ORANGE, BLUE, GREY, GREEN)  # one for each set
LENGTHS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9 … 15": 15, "16+": 10**9}


@styled
def plot_compared(sets: Mapping[str, Statistics]) -> np.ndarray:
    """Share of the notes on each pitch class, and of each length, one bar for each set; returns both Axes.

    Args:
        sets: name → statistics, up to four.
    """
    column = new_axes(8.6, 6.0, 2, 1)[:, 0]
    draw_grouped(column[0], {name: found.pitch_classes for name, found in sets.items()}, PITCH_CLASSES)
    column[0].set(title="Which pitches: share of the notes", xlabel="pitch class")
    column[0].figure.legend(frameon=False, ncols=len(sets), loc="outside upper left")
    lengths = {name: shares_by_length(found.note_lengths) for name, found in sets.items()}
    draw_grouped(column[1], lengths, list(LENGTHS))
    column[1].set(title="Which lengths: share of the notes", xlabel="length in steps; 4 are a quarter note")
    return column


def shares_by_length(note_lengths: Mapping[int, float]) -> np.ndarray:
    """Shares of the notes in the ranges of ``LENGTHS``, from length in steps → share."""
    shares = np.zeros(len(LENGTHS))
    places = np.searchsorted(list(LENGTHS.values()), list(note_lengths))
    np.add.at(shares, places, list(note_lengths.values()))
    return shares


def draw_grouped(axes: "Axes", groups: Mapping[str, Sequence[float]], labels: Sequence[str]) -> None:
    """Bars in groups, one group for each label, one bar in it for each name, in percent."""
    places, width = np.arange(len(labels)), 0.8 / len(groups)
    for number, (name, shares) in enumerate(groups.items()):
        shift = (number - (len(groups) - 1) / 2) * width
        axes.bar(places + shift, shares, 0.92 * width, color=COLOURS[number], label=name)
    axes.set_xticks(places, labels)
    axes.grid(axis="y")
    in_percent(axes)


@styled
def plot_histories(
    histories: Mapping[str, Sequence[Mapping[str, float]]],
    levels: Mapping[str, float],
    column: str = "eval_loss",
) -> "Axes":
    """One figure of several trainings by epoch, beside levels to compare with.

    Args:
        histories: name → rows as in ``history.csv``; up to four.
        levels: name → loss, drawn as horizontal lines.
        column: which figure of the rows.
    """
    axes = new_axes(*CHART_SIZE)[0, 0]
    labels = [(loss, f"{name} {loss:.2f}", SOFT) for name, loss in levels.items()]
    for loss in levels.values():
        axes.axhline(loss, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    for (name, rows), colour in zip(histories.items(), (BLUE, ORANGE, GREEN, INK), strict=False):
        losses = [row[column] for row in rows]
        axes.plot([row["epoch"] for row in rows], losses, color=colour, marker="o", markersize=3.5)
        labels.append((losses[-1], f"{name} {losses[-1]:.2f}", colour))
    axes.grid(axis="y")
    axes.xaxis.get_major_locator().set_params(integer=True)
    label_ends(axes, labels)
    axes.set(title="Held-out loss: lower is better", xlabel="epoch", ylabel="nats per event")
    return axes
