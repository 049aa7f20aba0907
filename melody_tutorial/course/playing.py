"""Music in a notebook: one player for all that is to be compared; a picture of it in a stored notebook."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from melody_tutorial.course.notebook import PAGE_INCHES, display_bundle, is_static, line, show_picture
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import Melody
from melody_tutorial.music import Score
from melody_tutorial.views import (
    Music,
    as_music,
    describe,
    draw,
    has_notes,
    new_axes,
    plot_melody,
    styled,
    to_json,
)
from melody_tutorial.web import inline, player_still, player_style, tune_data

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LANE_INCHES = 1.9  # height of one of several piano rolls in a stored picture


def play(music: Music, title: str | None = None, primer_steps: int = 0) -> None:
    """Show music in a player: a piano roll that sounds.

    Args:
        music: a melody, a score, or a row of events or token ids, as ``playback.as_music`` reads them.
        title: stands over the piano roll; None takes the melody's source.
        primer_steps: notes that start before this step are drawn as the primer.
    """
    music = as_music(music)
    titles = [getattr(music, "source", "") if title is None else title]
    if is_static():
        show_picture(draw(music, titles[0], primer_steps), in_words([music], titles))
    show_player([music], titles, primer_steps)


def play_many(
    melodies: Sequence[Music] | Mapping[str, Music], titles: Sequence[str] | None = None, columns: int = 2
) -> None:
    """Show several melodies in one player, on one pitch axis, to be heard in turn from the same bar on.

    Args:
        melodies: melodies or rows of events or token ids; a mapping gives them titles.
        titles: one for each melody; None takes their sources.
        columns: of piano rolls in the picture that a stored notebook keeps.
    """
    if isinstance(melodies, Mapping):
        melodies, titles = list(melodies.values()), list(melodies)
    melodies = [as_music(melody) for melody in melodies]
    if not melodies:
        raise UserError("there is nothing to play: give at least one melody")
    if titles is None:
        titles = [getattr(m, "source", "") or f"melody {number}" for number, m in enumerate(melodies, 1)]
    if is_static():
        show_picture(draw_grid(melodies, titles, min(columns, len(melodies))), in_words(melodies, titles))
    show_player(melodies, titles)


def in_words(music: Sequence[Melody | Score], titles: Sequence[str]) -> str:
    """Title, notes and length of each piece, a line each."""
    return "\n".join(
        ": ".join(filter(None, [title, describe(piece)])) for piece, title in zip(music, titles, strict=True)
    )


@styled
def draw_grid(melodies: Sequence[Melody], titles: Sequence[str], columns: int) -> "Axes":
    """Piano rolls in a grid as wide as a page; returns the first Axes."""
    rows = -(-len(melodies) // columns)
    grid = new_axes(PAGE_INCHES, LANE_INCHES * rows, rows, columns)
    for number, axes in enumerate(grid.flat):
        if number < len(melodies):
            plot_melody(melodies[number], titles[number], axes=axes)
        else:
            axes.set_axis_off()
    return grid[0, 0]


def show_player(music: Sequence[Melody | Score], titles: Sequence[str], primer_steps: int = 0) -> None:
    """A player of all pieces; a stored notebook keeps one line, and the notes, for the gallery."""
    if not is_static():
        tunes = [tune_data(piece, title, primer_steps) for piece, title in zip(music, titles, strict=True)]
        bundle, metadata = widget_class()(tunes=tunes)._repr_mimebundle_()
        # A front end that knows no widgets shows the notes as a picture.
        bundle |= {"text/html": "".join(map(player_still, tunes)), "text/plain": in_words(music, titles)}
        display_bundle(bundle, metadata)
    elif any(map(has_notes, music)):
        kept = [{"label": title, "music": to_json(piece)} for piece, title in zip(music, titles, strict=True)]
        if primer_steps:
            kept = [entry | {"primer_steps": primer_steps} for entry in kept]
        text = f"♪ Run this cell to hear {'it' if len(kept) == 1 else 'them'}."
        display_bundle(line(text), {"players": kept})
    else:
        display_bundle(line("Where no note is drawn there is nothing to hear."))


@cache
def widget_class() -> type:
    """The class of players as widgets; its library is loaded when the first one is shown."""
    import anywidget
    import traitlets

    class PlayerWidget(anywidget.AnyWidget):
        """A player with the data of its tunes."""

        _esm = inline("widget.js")
        _css = player_style()
        tunes = traitlets.List().tag(sync=True)

    return PlayerWidget
