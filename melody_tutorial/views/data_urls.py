"""Files inside a page, as data URLs."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from melody_tutorial.views.images import svg_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TYPES = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".abc": "text/vnd.abc",
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
}


def data_url(data: bytes, suffix: str) -> str:
    """A file as an address that holds the file itself."""
    return f"data:{TYPES[suffix]};base64,{base64.b64encode(data).decode()}"


def svg_url(axes: "Axes") -> str:
    """The figure of ``axes`` as an address that holds it."""
    return data_url(svg_bytes(axes), ".svg")


def embed(path: Path | None) -> str | None:
    """A file's data URL; None for no file."""
    return path and data_url(path.read_bytes(), path.suffix)
