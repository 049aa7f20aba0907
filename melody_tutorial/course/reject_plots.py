"""The music behind a reject: its score, and a picture of its notes against the grid of steps."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.errors import UserError
from melody_tutorial.funnel import Reject
from melody_tutorial.music import Score, read_midi, read_sources, source_scores
from melody_tutorial.views import (
    BLUE,
    GREY,
    INK,
    LINE,
    ORANGE,
    boxes,
    label_pitches,
    pitch_range,
    roll_axes,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def find_score(paths: Sequence[str | Path], name: str) -> Score:
    """Read the score of one file of archives and folders.

    Args:
        paths: the archives and folders, as for ``extract_sources``.
        name: the file, as a melody's ``source`` or a reject's ``file`` has it.

    Raises:
        UserError: there is no file of that name, or it is no music.
    """
    for music in source_scores(read_sources(paths)):
        if music.name == name:
            if isinstance(music.content, Reject):
                raise UserError(f"{name}: {music.content.reason}: {music.content.found}")
            return read_midi(music.content) if isinstance(music.content, bytes) else music.content
    raise UserError(f"{', '.join(map(str, paths))}: there is no file {name!r} in it")


def nearest_steps(score: Score, steps_per_quarter: int = 4) -> np.ndarray:
    """The step nearest to each onset, halves go up; int64, shape (notes,).

    It counts from the start of the score, and so assumes one tempo and time signature; ``quantize`` takes
    all into account.
    """
    return np.floor(score.onset * steps_per_quarter / score.ticks_per_quarter + 0.5).astype(np.int64)


def clashes(score: Score, steps_per_quarter: int = 4) -> np.ndarray:
    """Whether another note of the same instrument has the same nearest step; booleans, shape (notes,)."""
    steps = nearest_steps(score, steps_per_quarter)
    _, place, count = np.unique(
        np.stack([score.instrument, steps]), axis=1, return_inverse=True, return_counts=True
    )
    return count[place.ravel()] > 1


@styled
def plot_on_grid(
    score: Score, quarters: tuple[float, float], steps_per_quarter: int = 4, title: str = ""
) -> "Axes":
    """Notes at their exact times, over one line for each step, each with a dot on the step nearest to it.

    Notes that share a step are orange: only one of them has room there.

    Args:
        score: in one tempo and time signature.
        quarters: first and last quarter note to show, counted from 0.
        steps_per_quarter: resolution of the grid.
        title: stands over the picture.
    """
    onset, end = score.onset / score.ticks_per_quarter, score.end / score.ticks_per_quarter
    shown = (end > quarters[0]) & (onset < quarters[1])
    pitches = score.pitch[shown].astype(int)
    lowest, highest = pitch_range(pitches)
    axes = roll_axes(8.2, 0.145 * (highest - lowest + 1))
    axes.set(xlim=quarters, ylim=(lowest - 0.5, highest + 0.5), xlabel="quarter notes")
    first, last = np.ceil(quarters[0] * steps_per_quarter), np.floor(quarters[1] * steps_per_quarter)
    grid = np.arange(first, last + 1) / steps_per_quarter
    whole = grid % 1 == 0
    axes.vlines(grid[~whole], lowest - 1, highest + 1, LINE, linewidth=0.7)
    axes.vlines(grid[whole], lowest - 1, highest + 1, GREY, linewidth=1.2)
    clash = clashes(score, steps_per_quarter)[shown]
    axes.add_collection(boxes(onset[shown], end[shown] - 0.01, pitches, 0.7, np.where(clash, ORANGE, BLUE)))
    steps = nearest_steps(score, steps_per_quarter)[shown] / steps_per_quarter
    axes.plot(steps, pitches, "o", color=INK, markersize=3.5)
    label_pitches(axes, pitches, lowest, highest)
    axes.set_title(title, parse_math=False)
    return axes
