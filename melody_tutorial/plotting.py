"""Pictures: piano rolls, training curves, the extraction funnel, statistics, next-note probabilities.

Every function draws into the ``axes`` that it is given, or into a figure of its own, and returns Axes;
``save_png`` and its kin make files of them.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial import files
from melody_tutorial.encoding import MIN_PITCH
from melody_tutorial.evaluation import Statistics
from melody_tutorial.figures import (
    BLACK_KEYS,
    BLUE,
    GREEN,
    GREY,
    INK,
    LINE,
    ORANGE,
    SHADE,
    STYLE,
    boxes,
    draw_bars,
    draw_curves,
    in_percent,
    new_axes,
    roll_axes,
    styled,
)
from melody_tutorial.funnel import REASONS
from melody_tutorial.melody import Melody

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PITCH_CLASSES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
CHART_SIZE = (5.8, 3.9)  # inches; two of them stand side by side on a page
PNG_DPI = 120


def pitch_name(pitch: int) -> str:
    """Name of a MIDI pitch with its octave: 60 is C4."""
    return f"{PITCH_CLASSES[pitch % 12]}{pitch // 12 - 1}"


@styled
def plot_melody(
    melody: Melody, title: str | None = None, primer_steps: int = 0, axes: "Axes | None" = None
) -> "Axes":
    """Piano roll: time in bars to the right, pitch upwards, black keys as shaded rows.

    Args:
        title: None takes the melody's source.
        primer_steps: notes that start before this step are drawn in orange, as the primer.
    """
    onsets, ends, pitches = melody.notes()
    lowest, highest = pitch_range(pitches)
    bars = max(1, -(-len(melody.events) // melody.steps_per_bar))
    axes = axes or roll_axes(min(24, max(8, 0.7 * bars)), 0.145 * (highest - lowest + 1))
    width = bars * melody.steps_per_bar
    axes.set(xlim=(0, width), ylim=(lowest - 0.5, highest + 0.5), ylabel="", xlabel="bar")
    black = np.array([p for p in range(lowest, highest + 1) if p % 12 in BLACK_KEYS])
    axes.add_collection(boxes(0 * black, width + 0 * black, black, 1.0, SHADE))
    axes.vlines(np.arange(0, width + 1, melody.steps_per_bar), lowest - 1, highest + 1, LINE, linewidth=0.8)
    colours = np.where(onsets < primer_steps, ORANGE, BLUE)
    # A small gap keeps two notes of one pitch apart.
    axes.add_collection(boxes(onsets + 0.08, ends - 0.12, pitches, 0.78, colours))
    if 0 < primer_steps < len(melody.events):
        mark_primer(axes, primer_steps, highest)
    label_bars(axes, bars, melody.steps_per_bar)
    label_pitches(axes, pitches, lowest, highest)
    axes.set_title(melody.source if title is None else title, parse_math=False)
    return axes


def pitch_range(pitches: np.ndarray) -> tuple[int, int]:
    """Lowest and highest row of a piano roll: a margin around the notes, an octave or more."""
    if len(pitches) == 0:
        return 60, 72
    lowest, highest = int(pitches.min()) - 1, int(pitches.max()) + 1
    missing = max(0, 12 - (highest - lowest))
    return lowest - missing // 2, highest + (missing + 1) // 2


def mark_primer(axes: "Axes", primer_steps: int, highest: int) -> None:
    """A line where the primer ends, with a word on either side."""
    axes.axvline(primer_steps, color=INK, linewidth=1.2, linestyle=(0, (3, 2)))
    style = {"va": "center", "fontsize": 9, "fontweight": "bold"}
    axes.text(primer_steps, highest, "primer ", ha="right", color=ORANGE, **style)
    axes.text(primer_steps, highest, " composed", ha="left", color=BLUE, **style)


def label_bars(axes: "Axes", bars: int, steps_per_bar: int) -> None:
    """Bar numbers from 1, at the bar lines; at most about 20 of them."""
    every = next(every for every in (1, 2, 4, 8, 16, 32, bars) if bars <= 20 * every or every == bars)
    shown = np.arange(0, bars, every)
    axes.set_xticks(shown * steps_per_bar, [str(bar + 1) for bar in shown], ha="left")


def label_pitches(axes: "Axes", pitches: np.ndarray, lowest: int, highest: int) -> None:
    """Names of every C and of the used pitches, as far as the height leaves room for them."""
    points = axes.get_window_extent().height / axes.figure.dpi * 72 / (highest - lowest + 1)
    room = int(np.ceil(9 / points))  # rows that one name needs
    shown = [p for p in range(lowest, highest + 1) if p % 12 == 0]
    for pitch in sorted(set(pitches.tolist())):
        if all(abs(pitch - other) >= room for other in shown):
            shown.append(pitch)
    axes.set_yticks(shown, [pitch_name(p) for p in shown], fontsize=8)


@styled
def plot_melodies(
    melodies: Sequence[Melody], titles: Sequence[str] | None = None, columns: int = 2
) -> np.ndarray:
    """A grid of piano rolls; returns its Axes, shape (rows, columns)."""
    rows = -(-len(melodies) // columns)
    grid = new_axes(6.4 * columns, 2.1 * rows, rows, columns)
    for number, axes in enumerate(grid.flat):
        if number < len(melodies):
            plot_melody(melodies[number], title=titles and titles[number], axes=axes)
        else:
            axes.set_axis_off()
    return grid


@styled
def plot_loss(
    history: Sequence[Mapping[str, float]],
    baselines: Mapping[str, Mapping[str, float]] | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Loss by epoch for both sides of the split, beside the losses that simple models reach.

    Args:
        history: rows of ``history.csv``, one for each epoch; at least one.
        baselines: name → {"loss": nats per event, …}, as from ``evaluation.baselines``.
    """
    axes = axes or new_axes(*CHART_SIZE)[0, 0]
    curves = {"train_loss": ("training", ORANGE), "eval_loss": ("held-out", BLUE)}
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
    """Held-out accuracy by epoch, over all events and where a note begins; arguments as ``plot_loss``."""
    axes = axes or new_axes(*CHART_SIZE)[0, 0]
    curves = {"eval_onset_accuracy": ("note begins", GREEN), "eval_accuracy": ("all events", BLUE)}
    best = (baselines or {}).get("trigram", {})
    levels = {"trigram, note begins": best.get("onset_accuracy"), "trigram, all": best.get("accuracy")}
    levels = {name: share for name, share in levels.items() if share is not None}
    draw_curves(axes, history, curves, levels, "{:.0%}")
    axes.set(title="Accuracy on held-out melodies: higher is better", xlabel="epoch", ylabel="")
    in_percent(axes)
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
def plot_pitch_classes(composed: Statistics, held_out: Statistics, axes: "Axes | None" = None) -> "Axes":
    """Share of the notes on each pitch class, composed beside held-out melodies."""
    axes = plot_shares(composed.pitch_classes, held_out.pitch_classes, axes)
    axes.set_xticks(range(12), PITCH_CLASSES)
    axes.set(title="Which pitches: share of the notes", xlabel="pitch class")
    return axes


@styled
def plot_note_lengths(composed: Statistics, held_out: Statistics, axes: "Axes | None" = None) -> "Axes":
    """Share of the notes of each length in steps, from 16 on together, composed beside held-out melodies."""
    shares = np.zeros((2, 16))
    for row, statistics in zip(shares, (composed, held_out), strict=True):
        for length, share in statistics.note_lengths.items():
            row[min(length, 16) - 1] += share
    axes = plot_shares(*shares, axes)
    axes.set_xticks(range(16), [*range(1, 16), "16+"])
    axes.set(title="Which lengths: share of the notes", xlabel="length in steps; 4 are a quarter note")
    return axes


@styled
def plot_shares(composed: Sequence[float], held_out: Sequence[float], axes: "Axes | None" = None) -> "Axes":
    """Two rows of bars side by side, in percent."""
    axes = axes or new_axes(*CHART_SIZE)[0, 0]
    places = np.arange(len(composed))
    axes.bar(places - 0.2, composed, 0.38, color=BLUE, label="composed")
    axes.bar(places + 0.2, held_out, 0.38, color=ORANGE, label="held-out")
    axes.legend(frameon=False)
    axes.grid(axis="y")
    in_percent(axes)
    return axes


@styled
def plot_probabilities(
    probabilities: np.ndarray,
    title: str = "What comes next?",
    axes: "Axes | None" = None,
    largest: float | None = None,
) -> "Axes":
    """Probability of each class as bars over a piano keyboard, hold and note-off to its left.

    Args:
        probabilities: shape (38,), classes as in ``encoding``.
        largest: probability that the highest bar may have, where pictures are compared; None: as it comes.
    """
    axes = axes or new_axes(10, 3.2)[0, 0]
    probabilities = np.asarray(probabilities, dtype=float)
    # Two places are free between the classes without a pitch and the keyboard.
    x = np.array([0, 2, *range(4, 2 + len(probabilities))])
    keys, pitches = x[2:], MIN_PITCH + np.arange(len(x) - 2)
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
    axes.set_xticks([0, 2, *named], ["hold", "off", *named.values()])
    axes.set(xlim=(-0.8, x[-1] + 0.8), ylim=(-0.165 * top, top), yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_title(title, parse_math=False)
    return axes


def png_bytes(axes: "Axes", dpi: int = PNG_DPI) -> bytes:
    """The whole figure of ``axes`` as a PNG file."""
    return picture(axes, "png", dpi=dpi)


def svg_bytes(axes: "Axes") -> bytes:
    """The whole figure of ``axes`` as an SVG file without any outside reference."""
    return picture(axes, "svg", metadata={"Date": None})


def picture(axes: "Axes", kind: str, **options) -> bytes:
    """A figure as a file of that kind; the same figure gives the same bytes."""
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        axes.figure.savefig(buffer, format=kind, **options)
    return buffer.getvalue()


def save_png(axes: "Axes", path: str | Path, dpi: int = PNG_DPI) -> Path:
    """Write the whole figure of ``axes`` as a PNG file, atomically, and return its path."""
    return files.write_bytes(path, png_bytes(axes, dpi))
