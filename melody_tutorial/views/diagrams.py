"""Drawings that explain: a recurrent network as a loop, unrolled in time, and how its gradients go back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from melody_tutorial.views.canvas import BLUE, GREY, INK, LINE, ORANGE, new_axes

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


def plot_backward(events: Sequence[str], labels: Sequence[str]) -> "Axes":
    """The unrolled network with the way back: grey arrows compute the loss, orange arrows its gradient.

    Args:
        events: words for the inputs x_1, x_2, …
        labels: words for the event that should have been predicted after each.
    """
    axes = new_axes(9, 3.0)[0, 0]
    steps = len(events)
    for number, (event, label) in enumerate(zip(events, labels, strict=True), 1):
        place = 2.6 * (number - 1)
        draw_column(axes, place, (event, f"h_{number}", f"−log p({label})"), False, LINE)
        draw_way_back(axes, place, number, number < steps)
    axes.set(xlim=(-0.7, 2.6 * steps - 1.2), ylim=(-0.45, 2.85))
    axes.set_axis_off()
    return axes


def draw_way_back(axes: "Axes", place: float, number: int, has_later: bool) -> None:
    """The gradients that reach one state: from its own prediction, and from the state after it."""
    low, high = ROWS["h"] + 0.28, ROWS["y"] - 0.28
    arrow(axes, (place + 0.14, high), (place + 0.14, low), "own prediction", colour=ORANGE)
    if not has_later:
        return
    left, right = (place + 0.3, ROWS["h"]), (place + 2.3, ROWS["h"])
    arrow(axes, (left[0], left[1] + 0.1), (right[0], right[1] + 0.1), "", colour=LINE)
    arrow(axes, (right[0], right[1] - 0.1), (left[0], left[1] - 0.1), "", colour=ORANGE)
    middle = (left[0] + right[0]) / 2
    axes.text(middle, left[1] - 0.3, f"from h_{number + 1}: W_hhᵀ", fontsize=8.5, color=INK, ha="center")


def draw_column(
    axes: "Axes", place: float, words: Sequence[str], with_weights: bool, colour: str = INK
) -> None:
    """Event, state and prediction of one step, with the arrows between them."""
    colours = (GREY, BLUE, GREY)
    for height, word, edge in zip(ROWS.values(), words, colours, strict=True):
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": edge, "linewidth": 1.6}
        axes.text(place, height, word, ha="center", va="center", fontsize=10, color=INK, bbox=box)
    for low, weights in (("x", "W_xh"), ("h", "W_hy")):
        start = ROWS[low] + 0.28
        arrow(axes, (place, start), (place, start + 0.62), weights if with_weights else "", colour=colour)


def arrow(
    axes: "Axes",
    start: tuple[float, float],
    end: tuple[float, float],
    label: str,
    curve: float = 0.0,
    colour: str = INK,
) -> None:
    """An arrow with the name of the weights that it carries."""
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.2, "connectionstyle": f"arc3,rad={curve}"}
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
