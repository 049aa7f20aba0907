"""Drawings that explain: a recurrent network as a loop, and the same network unrolled in time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from melody_tutorial.figures import BLUE, GREY, INK, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROWS = {"x": 0.0, "h": 1.2, "y": 2.4}  # height of events, states and predictions


def plot_unrolled(events: Sequence[str], predictions: Sequence[str]) -> "Axes":
    """A recurrent layer as a loop at the left, and unrolled over ``events`` into a feed-forward network.

    Every arrow with the same letters carries the same weights.

    Args:
        events: words for the inputs x_1, x_2, …
        predictions: words for what is predicted after each.
    """
    axes = new_axes(9, 3.4)[0, 0]
    draw_column(axes, 0.0, ("x", "h", "y"), with_weights=True)
    arrow(axes, (0.3, ROWS["h"] + 0.12), (0.3, ROWS["h"] - 0.12), "W_hh", curve=-2.2)
    axes.text(1.42, ROWS["h"], "=", fontsize=20, ha="center", va="center", color=INK)
    for number, (event, prediction) in enumerate(zip(events, predictions, strict=True), 1):
        place = 1.1 + 1.35 * number
        draw_column(axes, place, (event, f"h_{number}", prediction), with_weights=number == 1)
        label = "W_hh" if number > 1 else "h_0 = 0"
        arrow(
            axes, (place - 1.02 if number > 1 else place - 0.72, ROWS["h"]), (place - 0.33, ROWS["h"]), label
        )
    axes.set(xlim=(-0.6, 1.8 + 1.35 * len(events)), ylim=(-0.45, 2.85))
    axes.set_axis_off()
    return axes


def draw_column(axes: "Axes", place: float, words: Sequence[str], with_weights: bool) -> None:
    """Event, state and prediction of one step, with the arrows between them."""
    colours = (GREY, BLUE, GREY)
    for height, word, colour in zip(ROWS.values(), words, colours, strict=True):
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 1.6}
        axes.text(place, height, word, ha="center", va="center", fontsize=10, color=INK, bbox=box)
    for low, weights in (("x", "W_xh"), ("h", "W_hy")):
        start = ROWS[low] + 0.28
        arrow(axes, (place, start), (place, start + 0.62), weights if with_weights else "")


def arrow(
    axes: "Axes", start: tuple[float, float], end: tuple[float, float], label: str, curve: float = 0.0
) -> None:
    """An arrow with the name of the weights that it carries."""
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2, "connectionstyle": f"arc3,rad={curve}"}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    upright = start[0] == end[0]
    axes.text(
        x + (0.07 if upright and not curve else 0.42 if curve else 0.0),
        y + (0.0 if upright else 0.14),
        label,
        fontsize=8.5,
        color=INK,
        ha="left" if upright else "center",
        va="center",
    )
