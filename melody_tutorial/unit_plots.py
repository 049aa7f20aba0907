"""Pictures of recurrent layers at work: gates under a piano roll, gradients by lag, recall, ablation."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.figures import BLUE, GREEN, GREY, INK, LINE, ORANGE, label_ends, new_axes, styled
from melody_tutorial.melody import Melody
from melody_tutorial.plotting import plot_melody

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
    axes.set(title="Loss added when one unit is held still", ylabel="nats per event")
    return axes
