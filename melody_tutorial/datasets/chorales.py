"""Bach's chorales as a keyboard player would record them: what stands in for music of your own."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from melody_tutorial import files
from melody_tutorial.datasets.corpus import book_files, zip_entry
from melody_tutorial.music import Score, read_sources, source_scores, write_midi

BOOK = "bach"
VOICES = 4
QPM = 84.0  # the files name no tempo; a walking pace


def write_chorales(path: str | Path, most: int | None = None) -> Path:
    """Write the four-part chorales that music21 installs as a zip of MIDI files, all voices on one track.

    They are by J. S. Bach, and long out of copyright; reading them takes some seconds.

    Args:
        path: of the zip.
        most: take only the first so many; None: all.

    Raises:
        UserError: music21 is not installed, or was installed without its corpus.
    """
    with files.atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for number, (name, score) in enumerate(read_chorales()):
            if number == most:
                break
            archive.writestr(zip_entry(f"{name}.mid"), write_midi(on_one_track(score)))
    return Path(path)


def read_chorales() -> Iterator[tuple[str, Score]]:
    """Yield name and score of each chorale for four voices and nothing else."""
    for music in source_scores(read_sources(book_files(BOOK, "bwv*.mxl"))):
        if isinstance(music.content, Score) and is_for_voices(music.content):
            yield Path(music.name).stem, music.content


def is_for_voices(score: Score) -> bool:
    """Whether no more than four notes sound at once, and some of the time four do."""
    ticks = np.unique(score.onset)
    sounding = (score.onset <= ticks[:, None]) & (score.end > ticks[:, None])
    return sounding.sum(axis=1).max(initial=0) == VOICES


def on_one_track(score: Score) -> Score:
    """All notes on one instrument, in one time signature whose bar lines stand where they stood.

    The scores count an upbeat, and the short bars at repeats, as changes of the time signature.
    """
    numerator, denominator, bar = main_signature(score)
    shift = (bar - upbeat(score, bar)) % bar
    return replace(
        score,
        onset=score.onset + shift,
        end=score.end + shift,
        instrument=np.zeros_like(score.instrument),
        program=np.zeros(1, np.int32),
        is_drum=np.zeros(1, bool),
        tempo_tick=np.zeros(1, np.int32),
        tempo_qpm=np.array([QPM]),
        signature_tick=np.zeros(1, np.int32),
        signature_numerator=np.array([numerator], np.int32),
        signature_denominator=np.array([denominator], np.int32),
        key_tick=np.where(score.key_tick > 0, score.key_tick + shift, 0).astype(np.int32),
    )


def main_signature(score: Score) -> tuple[int, int, int]:
    """The time signature that holds for longest, and the ticks of its bar."""
    borders = np.append(score.signature_tick, score.end.max())
    place = np.argmax(np.diff(borders))
    numerator, denominator = int(score.signature_numerator[place]), int(score.signature_denominator[place])
    return numerator, denominator, 4 * score.ticks_per_quarter * numerator // denominator


def upbeat(score: Score, bar: int) -> int:
    """Ticks before the first bar line: what the first change of it leaves over whole bars."""
    later = score.signature_tick[score.signature_tick > 0]
    return int(later[0]) % bar if len(later) else 0
