"""Files inside a page: data URLs, and sounds made small enough for all of them to fit."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from melody_tutorial.errors import UserError
from melody_tutorial.views.audio import read_wav, resample, wav_bytes
from melody_tutorial.views.images import svg_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SOUND_BYTES = 5_800_000  # of all melodies: 8 of half a minute at 11 kHz; base64 adds a third
SAMPLE_RATES = (22_050, 16_000, 11_025, 8_000)  # the highest that fits is taken
TYPES = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
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
    """Name and data URL of each WAV file, at the highest sample rate at which all fit into the page.

    Where not even the lowest rate lets all fit, the last ones are left out.
    """
    sounds = {}
    for path in paths:
        with suppress(UserError):  # a damaged file has no player
            sounds[path.stem] = read_wav(path)
    seconds = sum(len(samples) / rate for samples, rate in sounds.values())
    rates = [rate for rate in SAMPLE_RATES if 2 * rate * seconds <= MOST_SOUND_BYTES]
    chosen, left = (rates or [SAMPLE_RATES[-1]])[0], MOST_SOUND_BYTES
    for name, (samples, rate) in sounds.items():
        if rate > chosen:
            samples, rate = resample(samples, rate, chosen), chosen
        wav = wav_bytes(samples, rate)
        left -= len(wav)
        if left >= 0:
            yield name, data_url(wav, ".wav")
