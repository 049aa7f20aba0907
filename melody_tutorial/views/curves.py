"""Curves of training: losses and accuracies, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.evaluation import Originality
from melody_tutorial.views.bars import CHART_SIZE
from melody_tutorial.views.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SOFT,
    draw_curves,
    in_percent,
    label_ends,
    new_axes,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def plot_histories(
    histories: Mapping[str, Sequence[Mapping[str, float]]],
    levels: Mapping[str, float],
    column: str = "validation_loss",
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
    axes.set(title="Validation loss: lower is better", xlabel="epoch", ylabel="nats per event")
    return axes


@styled
def plot_loss(
    history: Sequence[Mapping[str, float]],
    baselines: Mapping[str, Mapping[str, float]] | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Loss by epoch for both sides of the split, beside the losses that simple models reach.

    Args:
        history: rows of ``history.csv``, one for each epoch; at least one.
        baselines: name → {"loss": nats per event, …}, as from ``evaluation.baselines``, the best one last.
    """
    axes = axes or new_axes(*CHART_SIZE)[0, 0]
    curves = {"train_loss": ("training", ORANGE), "validation_loss": ("validation", BLUE)}
    levels = {name: figures["loss"] for name, figures in (baselines or {}).items()}
    draw_curves(axes, history, curves, levels, "{:.2f}")
    axes.set(title="Loss: lower is better", xlabel="epoch", ylabel="nats per event")
    return axes


@styled
def plot_accuracy(
    history: Sequence[Mapping[str, float]],
    baselines: Mapping[str, Mapping[str, float]] | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Validation accuracy by epoch, over all events and at onsets, beside the last baseline's.

    Arguments as of ``plot_loss``.
    """
    axes = axes or new_axes(*CHART_SIZE)[0, 0]
    curves = {"validation_onset_accuracy": ("at onsets", GREEN), "validation_accuracy": ("all events", BLUE)}
    shares = {"at onsets": "onset_accuracy", "all": "accuracy"}
    levels = {
        f"{name}, {where}": figures[key]
        for name, figures in list((baselines or {}).items())[-1:]
        for where, key in shares.items()
    }
    draw_curves(axes, history, curves, levels, "{:.0%}")
    axes.set(title="Accuracy on validation melodies: higher is better", xlabel="epoch", ylabel="")
    in_percent(axes)
    return axes


@styled
def plot_originality(by_epoch: Mapping[int, Originality], real: Originality) -> "Axes":
    """How long the passages are that samples share with the training melodies, epoch by epoch.

    Where a model learns by heart, the curves leave the bands, which are the 95 % intervals of real melodies.

    Args:
        by_epoch: epoch → originality of samples drawn after it.
        real: of as many real melodies of the same length, no relatives of the training melodies.
    """
    axes, labels = new_axes(*CHART_SIZE)[0, 0], []
    for kind, colour in (("exact", BLUE), ("varied", ORANGE)):
        people, found = getattr(real, kind), [getattr(one, kind) for one in by_epoch.values()]
        value, low, high = np.array(found).T
        axes.axhspan(people.low, people.high, color=colour, alpha=0.18, linewidth=0)
        axes.errorbar(
            list(by_epoch), value, [value - low, high - value], color=colour, marker="o", markersize=3.5
        )
        labels += [(value[-1], f"{kind} {value[-1]:.1f}", colour), (people.value, f"real, {kind}", SOFT)]
    axes.grid(axis="y")
    axes.xaxis.get_major_locator().set_params(integer=True)
    label_ends(axes, labels)
    axes.set(title="Longest passage shared with training, mean", xlabel="epoch", ylabel="notes")
    return axes


@styled
def plot_history(
    history: Sequence[Mapping[str, float]], baselines: Mapping[str, Mapping[str, float]] | None = None
) -> np.ndarray:
    """Training curves side by side, loss and accuracy; returns both Axes. Arguments as ``plot_loss``."""
    pair = new_axes(2 * CHART_SIZE[0], CHART_SIZE[1], 1, 2)[0]
    plot_loss(history, baselines, pair[0])
    plot_accuracy(history, baselines, pair[1])
    return pair
