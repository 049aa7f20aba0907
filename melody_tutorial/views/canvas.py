"""The style of all pictures, and the bricks that they are built from.

Matplotlib is imported on the first picture, and never its global state (pyplot).
"""

from collections.abc import Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that stay apart for colour-blind eyes and in print (after Okabe and Ito, 2008).
INK, SOFT, LINE, SHADE = "#26323b", "#64737f", "#ccd5db", "#f1f4f6"
BLUE, ORANGE, GREEN, GREY = "#1f6fa8", "#d1700b", "#14866d", "#9aa7b1"
STYLE = {
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 2,
    "svg.hashsalt": "melody_tutorial",  # the same picture gives the same file
}
BLACK_KEYS = (1, 3, 6, 8, 10)  # pitch classes


def styled(draw):
    """Make a function draw in this module's style, whatever the caller's settings are."""

    @wraps(draw)
    def wrapper(*args, **kwargs):
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapper


def new_axes(width: float, height: float, rows: int = 1, columns: int = 1) -> np.ndarray:
    """Axes of a new figure of ``width`` × ``height`` inches; shape (rows, columns)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure.subplots(rows, columns, squeeze=False)


def roll_axes(width: float, height: float) -> "Axes":
    """Axes of ``width`` × ``height`` inches with fixed margins: a quarter faster than a layout engine."""
    from matplotlib.figure import Figure

    left, right, bottom, top = 0.5, 0.1, 0.48, 0.32
    outer = (left + width + right, bottom + height + top)
    figure = Figure(figsize=outer)
    return figure.add_axes((left / outer[0], bottom / outer[1], width / outer[0], height / outer[1]))


def boxes(left: np.ndarray, right: np.ndarray, middle: np.ndarray, height: float, colours):
    """Rectangles as one collection, many times faster than one patch each."""
    from matplotlib.collections import PolyCollection

    x = np.stack([left, right, right, left], axis=-1)
    y = np.stack([middle, middle, middle, middle], axis=-1) + height * np.array([-0.5, -0.5, 0.5, 0.5])
    return PolyCollection(np.stack([x, y], axis=-1), facecolors=colours, linewidths=0)


def draw_curves(
    axes: "Axes",
    history: Sequence[Mapping[str, float]],
    curves: Mapping[str, tuple[str, str]],
    levels: Mapping[str, float],
    number: str,
) -> None:
    """Curves (column → name, colour) and horizontal lines for baselines, each with its name beside it."""
    epochs = [row["epoch"] for row in history]
    labels = [(y, name, SOFT) for name, y in levels.items()]
    for y, _, _ in labels:
        axes.axhline(y, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    for column, (name, colour) in curves.items():
        values = [row[column] for row in history]
        axes.plot(epochs, values, color=colour, marker="o", markersize=3.5)
        labels.append((values[-1], f"{name} {number.format(values[-1])}", colour))
    axes.grid(axis="y")
    axes.xaxis.get_major_locator().set_params(integer=True)
    label_ends(axes, labels)


def in_percent(axes: "Axes") -> None:
    """Write the shares on the y axis as whole percents."""
    axes.yaxis.get_major_locator().set_params(steps=[1, 2, 5, 10])
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")


def label_ends(axes: "Axes", labels: Sequence[tuple[float, str, str]]) -> None:
    """Write (y, text, colour) at the right edge, moved apart where they would overlap."""
    labels = sorted(label for label in labels if np.isfinite(label[0]))
    low, high = axes.get_ylim()
    places = spread([y for y, _, _ in labels], 0.062 * (high - low))
    for (_, text, colour), place in zip(labels, places, strict=True):
        where = {"xy": (1.015, place), "xycoords": ("axes fraction", "data")}
        axes.annotate(text, **where, color=colour, va="center", fontsize=9)


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Places at least ``gap`` apart, as near to the sorted ``values`` as squares can tell.

    Isotonic regression by pooling adjacent violators (Ayer et al., 1955) of what remains when the
    gaps are taken out.
    """
    pools: list[tuple[float, int]] = []  # mean, size
    for index, value in enumerate(values):
        mean, size = value - index * gap, 1
        while pools and pools[-1][0] > mean:
            other, number = pools.pop()
            mean, size = (mean * size + other * number) / (size + number), size + number
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    return [level + index * gap for index, level in enumerate(levels)]


def draw_bars(axes: "Axes", names: Sequence[str], counts: Sequence[int], colour: str) -> None:
    """Horizontal bars from top to bottom, each with its name on the left and its number at its end."""
    bars = axes.barh(range(len(names)), counts, height=0.62, color=colour)
    axes.bar_label(bars, [f" {count:,}" for count in counts], color=INK, fontsize=10)
    axes.set_yticks(range(len(names)), names, color=INK, parse_math=False)
    axes.set(xticks=[], xlim=(0, 1.15 * max([1, *counts])), ylim=(len(names) - 0.4, -0.6))
    axes.spines[["bottom", "left"]].set_visible(False)
