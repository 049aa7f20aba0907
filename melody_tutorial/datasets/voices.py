"""Several voices on one track → the highest alone, for music from a keyboard."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from melody_tutorial import files
from melody_tutorial.datasets.corpus import zip_entry
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import Reject
from melody_tutorial.music import MidiError, Score, read_midi, read_sources, source_scores, write_midi


def top_voice(score: Score) -> Score:
    """The notes above which nothing sounds when they start, on one instrument; drums are left out.

    The *skyline* (compare Uitdenbogerd & Zobel 1998, "Manipulation of music for melody matching"). A low note
    that starts under a held one is dropped too, so that an accompaniment does not cut the melody into pieces.
    Of two voices in unison one stays. Where the melody rests, the accompaniment is heard.
    """
    longest_first = np.lexsort((-score.end, score.onset))
    score = chosen(score, longest_first[~score.is_drum[score.instrument[longest_first]]])
    onset, end, pitch = score.onset, score.end, score.pitch
    last_together = np.searchsorted(onset, onset, side="right") - 1  # last note that starts with each
    hidden, reach = np.zeros(len(pitch), bool), np.zeros(len(pitch), int)
    for key in np.unique(pitch)[::-1]:  # from the top; reach: until when the higher keys sound, by note
        here = pitch == key
        ends = np.maximum.accumulate(np.where(here, end, 0))
        hidden |= here & (np.maximum(reach, np.append(0, ends)[:-1]) > onset)
        reach = np.maximum(reach, ends[last_together])
    top = chosen(score, np.flatnonzero(~hidden))
    one = {"program": np.zeros(1, np.int32), "is_drum": np.zeros(1, bool)}
    return replace(top, instrument=np.zeros_like(top.instrument), **one)


def chosen(score: Score, notes: np.ndarray) -> Score:
    """A score with some of its notes, in the order of these indices."""
    columns = ("onset", "end", "pitch", "velocity", "instrument")
    return replace(score, **{name: getattr(score, name)[notes] for name in columns})


def write_top_voices(paths: Sequence[str | Path], output: str | Path) -> Path:
    """Write the top voice of every file of folders and archives into one zip of MIDI files.

    What cannot be read is left out; ``extract_sources`` says why.

    Raises:
        UserError: a path does not exist, is no archive, or nothing in them can be read.
    """
    written = 0
    with files.atomic_path(output) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for music in source_scores(read_sources(paths)):
            try:
                score = read_midi(music.content) if isinstance(music.content, bytes) else music.content
            except MidiError:
                continue
            if not isinstance(score, Reject) and len(score.pitch):
                name = str(PurePosixPath(music.name).with_suffix(".mid"))
                archive.writestr(zip_entry(name), write_midi(top_voice(score)))
                written += 1
        if not written:
            raise UserError(f"{', '.join(map(str, paths))}: nothing in it can be read as music")
    return Path(output)
