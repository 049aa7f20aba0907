"""Pictures of recurrent layers at work: gates, gradients, a cliff of the loss, first updates, recall."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.melodies import Melody
from melody_tutorial.views.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LINE,
    ORANGE,
    draw_curves,
    in_percent,
    label_ends,
    new_axes,
    styled,
)
from melody_tutorial.views.piano_roll import plot_melody

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (ORANGE, BLUE, GREEN, INK, GREY)
WIDTH = 9  # inches, a page
SMALLEST = 1e-12  # gradients below are drawn here


@styled
def plot_traces(melody: Melody, traces: Mapping[str, np.ndarray]) -> np.ndarray:
    """A piano roll, and below it values step by step with the same bar lines; returns all Axes.

    Args:
        traces: name → values, (steps,); the axis holds 0 … 1, or −1 … 1 where a value is negative.
    """
    column = new_axes(WIDTH, 2.4 + 0.8 * len(traces), 1 + len(traces), 1)[:, 0]
    column[0].get_gridspec().set_height_ratios([2.6] + [1] * len(traces))
    plot_melody(melody, axes=column[0])
    for axes, (name, values) in zip(column[1:], traces.items(), strict=True):
        low, high = min(0.0, np.floor(values.min())), max(1.0, np.ceil(values.max()))
        axes.vlines(
            np.arange(0, len(melody.events) + 1, melody.steps_per_bar), low, high, LINE, linewidth=0.8
        )
        axes.stairs(values, baseline=0, fill=True, color=BLUE, alpha=0.75)
        axes.set(xlim=column[0].get_xlim(), ylim=(low, high), xticks=[], yticks=[low, high])
        axes.set_title(name, fontsize=9, fontweight="normal")
    return column


@styled
def plot_lag_gradients(norms: Mapping[str, np.ndarray], axes: "Axes | None" = None) -> "Axes":
    """Gradient norms by lag, each as a share of its own at lag 0, on a logarithmic axis.

    Args:
        norms: name → norm at lag 0, 1, …, as from ``recall.gradient_by_lag``.
    """
    axes = axes or new_axes(WIDTH - 1, 3.8)[0, 0]
    for colour, (name, values) in zip(COLOURS, norms.items(), strict=False):
        axes.semilogy(np.maximum(values / values[0], SMALLEST), color=colour, label=name)
    axes.axhline(1, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.legend(frameon=False)
    axes.grid(axis="y")
    axes.set(title="How much of the gradient is left", xlabel="lag in steps", ylabel="share of lag 0")
    return axes


@styled
def plot_cliff(
    values: np.ndarray,
    losses: np.ndarray,
    updates: Mapping[str, tuple[float, float]],
    axes: "Axes | None" = None,
) -> "Axes":
    """A loss over the values of one weight, and updates by gradient descent as arrows along it.

    Args:
        updates: name → (value before, value after); an arrow that leaves the picture ends at its edge.
    """
    axes = axes or new_axes(WIDTH - 1, 3.4)[0, 0]
    axes.plot(values, losses, color=BLUE)
    low, high = values[0], values[-1]
    for number, (colour, (name, (before, after))) in enumerate(
        zip((ORANGE, GREEN), updates.items(), strict=False)
    ):
        height = losses.max() * (0.8 - 0.22 * number)
        end = min(max(after, low), high)
        style = {"arrowstyle": "-|>", "color": colour, "linewidth": 2}
        axes.annotate("", xy=(end, height), xytext=(before, height), arrowprops=style)
        inside = low <= after <= high
        where = {"ha": "right" if inside else "left", "va": "center" if inside else "bottom"}
        text = f"{name}: to {after:.4g} " if inside else f" {name}: to {after:.4g}"
        axes.text(end, height * (1 if inside else 1.03), text, color=colour, fontsize=9, **where)
    axes.grid(axis="y")
    axes.set(xlim=(low, high), title="A cliff in the loss", xlabel="the weight", ylabel="loss")
    return axes


@styled
def plot_first_updates(
    rows: Sequence[Mapping[str, float]], levels: Mapping[str, Mapping[str, float]]
) -> np.ndarray:
    """Loss at the left, accuracies at the right, over the first updates of a training; returns both Axes.

    Args:
        rows: ``update`` and the figures of ``plain_network.figures_of``.
        levels: name → {"loss": nats per event}, as from ``baselines``, drawn at the left.
    """
    left, right = pair = new_axes(WIDTH, 3.4, 1, 2)[0]
    rows = [row | {"epoch": row["update"]} for row in rows]
    losses = {name: figures["loss"] for name, figures in levels.items()}
    draw_curves(left, rows, {"loss": ("validation", BLUE)}, losses, "{:.2f}")
    shares = {"accuracy": ("all events", BLUE), "onset_accuracy": ("at onsets", GREEN)}
    draw_curves(right, rows, shares, {}, "{:.0%}")
    left.set(title="Loss", xlabel="update", ylabel="nats per event")
    right.set(title="Accuracy", xlabel="update")
    in_percent(right)
    return pair


@styled
def plot_recall(lags: Sequence[int], rates: Mapping[str, np.ndarray], axes: "Axes | None" = None) -> "Axes":
    """Bars of success rates, one group for each lag; arguments and result as of ``recall.success_rates``."""
    axes = axes or new_axes(WIDTH - 1, 3.2)[0, 0]
    width = 0.8 / len(rates)
    for number, (name, values) in enumerate(rates.items()):
        places = np.arange(len(lags)) + (number - (len(rates) - 1) / 2) * width
        bars = axes.bar(places, values, 0.9 * width, color=COLOURS[number], label=name)
        axes.bar_label(bars, [f"{value:.0%}" for value in values], fontsize=8)
    axes.set_xticks(range(len(lags)), [f"{lag} steps" for lag in lags])
    axes.set(ylim=(0, 1.1), yticks=[], title="Share of the networks that recall the first symbol")
    axes.spines["left"].set_visible(False)
    axes.legend(frameon=False, ncols=len(rates), loc="upper center", bbox_to_anchor=(0.5, -0.12))
    return axes


@styled
def plot_ranking(information: np.ndarray, most: float, axes: "Axes | None" = None) -> "Axes":
    """What each unit tells, from the best to the worst; ``most`` is all there is to tell, in nats."""
    axes = axes or new_axes(WIDTH - 1, 3)[0, 0]
    axes.bar(np.arange(1, len(information) + 1), np.sort(information)[::-1], 1.0, color=BLUE)
    axes.axhline(most, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    label_ends(axes, [(most, "all there is", INK)])
    axes.grid(axis="y")
    axes.set(title="What one unit alone tells about the position in the bar", xlabel="rank of the unit")
    axes.set_ylabel("nats")
    return axes


@styled
def plot_ablations(best: float, others: Sequence[float], axes: "Axes | None" = None) -> "Axes":
    """Loss added by ablating the best unit, beside that of others from the largest to the smallest."""
    axes = axes or new_axes(WIDTH - 1, 2.8)[0, 0]
    heights = [best, *sorted(others, reverse=True)]
    axes.bar(range(len(heights)), heights, 0.8, color=[ORANGE, *[BLUE] * len(others)])
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xticks([0, (1 + len(others)) / 2], ["best", f"{len(others)} random units"])
    axes.grid(axis="y")
    axes.set(title="Loss added when one unit is fixed at its mean", ylabel="nats per event")
    return axes
