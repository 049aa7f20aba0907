"""Sources → chunks of scores → melodies: what one process does with its share of the files."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melody_tutorial.config import ExtractionSettings, SourceCaps
from melody_tutorial.funnel import Funnel, Reject
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.melodies.rules import extract_from_table
from melody_tutorial.music import (
    MidiError,
    Score,
    ScoreTable,
    SourceFile,
    SourceScore,
    one_file,
    read_scores,
    read_sources,
    source_scores,
    stack_scores,
    unstack_score,
)

# One pass takes so many scores, or so many bytes of them: large enough for NumPy, small enough for the cache.
MOST_SCORES, MOST_BYTES = 384, 1_000_000
BYTES_OF_NOTE = 8  # in a MIDI file, about
STAGES = ("files", "scores", "pieces", "tracks", "melodies")


class Chunk(NamedTuple):
    """What came of some scores: all of one path, given by its place among the paths."""

    path: int
    files: int
    melodies: list[Melody]
    funnel: Funnel


def extract_share(
    paths: Sequence[str | Path],
    settings: ExtractionSettings,
    caps: SourceCaps,
    *,
    part: tuple[int, int] = (0, 1),
    max_files: int | None = None,
) -> Iterator[Chunk]:
    """Extract one share of the sources, a chunk at a time."""
    sources = islice(numbered_sources(paths, caps, part), max_files)
    for path, group in groupby(sources, key=itemgetter(0)):
        yield from chunks_of(source_scores(source for _, source in group), path, settings)


def numbered_sources(
    paths: Sequence[str | Path], caps: SourceCaps, part: tuple[int, int]
) -> Iterator[tuple[int, SourceFile | Reject]]:
    """Yield the sources, each with the place of its path among the paths."""
    reached = -1

    def one_by_one():  # read_sources takes a path when it is done with the one before
        nonlocal reached
        for path in paths:
            reached += 1
            yield path

    for source in read_sources(one_by_one(), caps, part=part):
        yield reached, source


def extract_chunk(
    music: Sequence[SourceScore], settings: ExtractionSettings
) -> tuple[int, list[Melody], Funnel]:
    """Extract the melodies of some scores, in their order: number of files, melodies, funnel."""
    funnel = empty_funnel()
    melodies = []
    for kind, group in groupby(music, key=lambda item: type(item.content)):
        if kind is Reject:
            for item in group:
                funnel.reject(item.content)
            continue
        named = [(item.name, item.content) for item in group]
        if kind is Score:
            names, scores = zip(*named, strict=True)
            table, rejects = stack_scores(scores, names), []
            count_omitted(scores, funnel)
        else:
            table, rejects = read_scores(named)
        for reject in rejects:
            funnel.reject(reject)
        funnel.count("scores", len(table.names))
        try:
            found, part = extract_from_table(table, settings)
        except Exception:
            found, part = extract_one_by_one(table, settings)
        melodies += found
        funnel.merge(part)
    files = sum(item.files for item in music)
    funnel.count("files", files)
    return files, melodies, funnel


def extract_one_by_one(table: ScoreTable, settings: ExtractionSettings) -> tuple[list[Melody], Funnel]:
    """``extract_from_table`` where something in it goes wrong: that costs one score, which is named."""
    melodies, funnel = [], Funnel()
    for number, name in enumerate(table.names):
        try:
            with one_file():
                one = stack_scores([unstack_score(table, number)], [name])
                found, part = extract_from_table(one, settings)
        except MidiError as error:
            funnel.reject(Reject(name, error.reason, error.found))
        else:
            melodies += found
            funnel.merge(part)
    return melodies, funnel


def count_omitted(scores: Iterable[Score], funnel: Funnel) -> None:
    """Count what the readers left out of scores."""
    for score in scores:
        for change, number in score.omitted.items():
            funnel.change(change, 1, number)


def chunks_of(music: Iterable[SourceScore], path: int, settings: ExtractionSettings) -> Iterator[Chunk]:
    """Extract scores, a chunk at a time."""
    scores, size = [], 0
    for item in music:
        scores.append(item)
        size += size_of(item.content)
        if len(scores) == MOST_SCORES or size >= MOST_BYTES:
            yield Chunk(path, *extract_chunk(scores, settings))
            scores, size = [], 0
    if scores:
        yield Chunk(path, *extract_chunk(scores, settings))


def size_of(content: bytes | Score | Reject) -> int:
    """Bytes of a score, as a MIDI file."""
    if isinstance(content, bytes):
        return len(content)
    return BYTES_OF_NOTE * len(content.onset) if isinstance(content, Score) else 0


def empty_funnel() -> Funnel:
    """A funnel that names all stages in their order."""
    funnel = Funnel()
    for stage in STAGES:
        funnel.count(stage, 0)
    return funnel


@contextmanager
def undisturbed() -> Iterator[None]:
    """Spare what costs a fifth of the time and serves nothing here.

    Python's search for reference cycles, since none are made; and handing each chunk's arrays back to the
    system, only to get them anew: having freed a block of almost 32 MiB once, glibc keeps smaller ones
    (mallopt(3), M_MMAP_THRESHOLD).
    """
    was_on = gc.isenabled()
    gc.disable()
    block = np.empty(31 * 2**20, np.uint8)
    del block
    try:
        yield
    finally:
        if was_on:
            gc.enable()
