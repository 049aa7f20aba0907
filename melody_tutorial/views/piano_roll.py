"""Piano rolls of melodies."""

from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.errors import UserError
from melody_tutorial.melodies import MODES, Key, Melody, spell
from melody_tutorial.views.canvas import (
    BLACK_KEYS,
    BLUE,
    INK,
    LINE,
    ORANGE,
    SHADE,
    boxes,
    roll_axes,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NUMBER = 26  # points that the number of a bar needs
PITCH_CLASSES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


def pitch_name(pitch: int, key: Key | None = None) -> str:
    """Name of a MIDI pitch with its octave, 60 is C4; where the key is known, as it is written there."""
    if key and key.mode in MODES:
        letter, sharps, octave = spell(pitch, key.sharps())
        return f"{letter}{'♯' * sharps}{'♭' * -sharps}{octave}"
    return f"{PITCH_CLASSES[pitch % 12]}{pitch // 12 - 1}"


@styled
def plot_melody(
    melody: Melody, title: str | None = None, primer_steps: int = 0, axes: "Axes | None" = None
) -> "Axes":
    """Piano roll: time in bars to the right, pitch upwards, black piano keys as shaded rows.

    Args:
        title: None takes the melody's source.
        primer_steps: notes that start before this step are drawn in orange, as the primer.

    Raises:
        UserError: it is no melody.
    """
    if not isinstance(melody, Melody):
        raise UserError(
            f"plot_melody draws a Melody, and this is a {type(melody).__name__}: play shows a Score"
        )
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
    label_pitches(axes, pitches, lowest, highest, melody.key)
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
    """Bar numbers from 1, at the bar lines, as many as the width leaves room for; at most about 20."""
    points = axes.get_window_extent().width / axes.figure.dpi * 72
    most = max(1, min(20, int(points / NUMBER)))
    every = next(every for every in (1, 2, 4, 8, 16, 32, bars) if bars <= most * every or every == bars)
    shown = np.arange(0, bars, every)
    axes.set_xticks(shown * steps_per_bar, [str(bar + 1) for bar in shown], ha="left")


def label_pitches(
    axes: "Axes", pitches: np.ndarray, lowest: int, highest: int, key: Key | None = None
) -> None:
    """Names of every C and of the used pitches, as far as the height leaves room for them."""
    points = axes.get_window_extent().height / axes.figure.dpi * 72 / (highest - lowest + 1)
    room = int(np.ceil(9 / points))  # rows that one name needs
    shown = [p for p in range(lowest, highest + 1) if p % 12 == 0]
    for pitch in sorted(set(pitches.tolist())):
        if all(abs(pitch - other) >= room for other in shown):
            shown.append(pitch)
    axes.set_yticks(shown, [pitch_name(p, key) for p in shown], fontsize=8)
