"""Bars: what was left out and why, what melodies are like beside others, what may come next."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.evaluation import LENGTHS, Interval, Statistics
from melody_tutorial.funnel import REASONS
from melody_tutorial.melodies import MIN_PITCH, PITCHES
from melody_tutorial.views.canvas import (
    BLACK_KEYS,
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    boxes,
    draw_bars,
    in_percent,
    new_axes,
    styled,
)
from melody_tutorial.views.piano_roll import PITCH_CLASSES, pitch_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes


COLOURS = (BLUE, ORANGE, GREY, GREEN)  # one for each set
CHART_SIZE = (5.8, 3.9)  # inches; two of them stand side by side on a page
Sets = Mapping[str, Statistics]  # up to four, by name


@styled
def plot_compared(sets: Sets) -> np.ndarray:
    """``plot_pitch_classes`` above ``plot_note_lengths``, with one legend for both; returns both Axes."""
    column = new_axes(8.6, 6.0, 2, 1)[:, 0]
    for draw, axes in zip((plot_pitch_classes, plot_note_lengths), column, strict=True):
        draw(sets, axes).get_legend().remove()
    handles, names = column[0].get_legend_handles_labels()
    column[0].figure.legend(handles, names, frameon=False, ncols=len(sets), loc="outside upper left")
    return column


@styled
def plot_pitch_classes(sets: Sets, axes: "Axes | None" = None) -> "Axes":
    """Share of the notes on each pitch class with its interval, one bar for each set."""
    axes = draw_shares({name: one.pitch_classes for name, one in sets.items()}, PITCH_CLASSES, axes)
    axes.set(title="Which pitches: share of the notes", xlabel="pitch class")
    return axes


@styled
def plot_note_lengths(sets: Sets, axes: "Axes | None" = None) -> "Axes":
    """Share of the notes of each length with its interval, one bar for each set."""
    axes = draw_shares({name: one.note_lengths for name, one in sets.items()}, list(LENGTHS), axes)
    axes.set(title="Which lengths: share of the notes", xlabel="length in steps; 4 are a quarter note")
    return axes


def draw_shares(
    groups: Mapping[str, Sequence[Interval]], labels: Sequence[str], axes: "Axes | None" = None
) -> "Axes":
    """Bars in groups, one group for each label, one bar in it for each name, in percent, with intervals."""
    axes = axes or new_axes(*CHART_SIZE)[0, 0]
    places, width = np.arange(len(labels)), 0.8 / len(groups)
    for number, (name, shares) in enumerate(groups.items()):
        value, low, high = np.array(shares).T
        x = places + (number - (len(groups) - 1) / 2) * width
        axes.bar(x, value, 0.92 * width, color=COLOURS[number], label=name)
        axes.vlines(x, low, high, color=INK, linewidth=1)
    axes.set_xticks(places, labels)
    axes.legend(frameon=False)
    axes.grid(axis="y")
    in_percent(axes)
    return axes


@styled
def plot_funnel(funnel: Mapping[str, Mapping[str, int]]) -> np.ndarray:
    """Bars from files to melodies, and below them what was left out, by reason; returns both Axes.

    Args:
        funnel: ``Funnel.as_dict()``, or the same read back from JSON.
    """
    stages, rejects = dict(funnel["stages"]), dict(funnel["rejects"])
    heights = [max(1, len(stages)) + 1, max(1, len(rejects)) + 1]
    top, bottom = column = new_axes(7.4, 0.36 * sum(heights) + 0.4, 2, 1)[:, 0]
    top.get_gridspec().set_height_ratios(heights)
    rejects = dict(sorted(rejects.items(), key=lambda item: -item[1]))
    reasons = [REASONS[reason][0] if reason in REASONS else reason for reason in rejects]
    draw_bars(top, [stage.replace("_", " ") for stage in stages], list(stages.values()), BLUE)
    draw_bars(bottom, reasons, list(rejects.values()), ORANGE)
    top.set_title("From files to melodies")
    bottom.set_title("What was left out, and why" if rejects else "Nothing was left out")
    return column


@styled
def plot_probabilities(
    probabilities: np.ndarray,
    title: str = "What comes next?",
    axes: "Axes | None" = None,
    largest: float | None = None,
) -> "Axes":
    """Probability of each class as bars over a piano keyboard, no-event and note-off to its left.

    Args:
        probabilities: shape (38,), classes as in ``encoding``, or (130,).
        largest: probability that the highest bar may have, where pictures are compared; None: as it comes.
    """
    axes = axes or new_axes(10, 3.2)[0, 0]
    probabilities = np.asarray(probabilities, dtype=float)
    # Two places are free between the classes without a pitch and the keyboard.
    x = np.array([0, 2, *range(4, 2 + len(probabilities))])
    lowest, _ = PITCHES.get(len(x), (MIN_PITCH, None))
    keys, pitches = x[2:], lowest + np.arange(len(x) - 2)
    top = max(0.05, 1.18 * (largest or probabilities.max()))
    colours = [GREY, GREY, *(BLUE for _ in keys)]
    axes.bar(x, probabilities, 0.8, color=colours)
    for index in np.argsort(-probabilities, kind="stable")[:3]:
        axes.text(x[index], probabilities[index], f"{probabilities[index]:.0%}", ha="center", va="bottom")
    colours = [INK if pitch % 12 in BLACK_KEYS else "white" for pitch in pitches]
    keyboard = boxes(keys - 0.5, keys + 0.5, np.full(len(keys), -0.08 * top), 0.16 * top, colours)
    keyboard.set(edgecolor=GREY, linewidth=0.8)
    axes.add_collection(keyboard)
    named = {place: pitch_name(p) for place, p in zip(keys, pitches, strict=True) if p % 12 == 0}
    axes.set_xticks([0, 2, *named], ["no-\nevent", "note-\noff", *named.values()])
    axes.set(xlim=(-0.8, x[-1] + 0.8), ylim=(-0.165 * top, top), yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_title(title, parse_math=False)
    return axes
