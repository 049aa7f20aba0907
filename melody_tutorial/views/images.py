"""A figure as the bytes of a picture: PNG or SVG, the same bytes each time."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from melody_tutorial import files
from melody_tutorial.views.canvas import (
    STYLE,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PNG_DPI = 120


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
