"""Files inside a page: data URLs, and sounds made small enough for all of them to fit."""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from melody_tutorial.errors import UserError
from melody_tutorial.views.audio import mp3_bytes, read_wav
from melody_tutorial.views.images import svg_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SOUND_BYTES = 5_800_000  # of all melodies: about a quarter of an hour; base64 adds a third
TYPES = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg",
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


def embed_sounds(paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Name and data URL of each WAV file, as MP3; the last are left out where not all fit into the page."""
    left = MOST_SOUND_BYTES
    for path in paths:
        try:
            mp3 = mp3_bytes(*read_wav(path))
        except UserError:  # a damaged file has no player
            continue
        left -= len(mp3)
        if left >= 0:
            yield path.stem, data_url(mp3, ".mp3")
