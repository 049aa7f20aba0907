"""Whole folders and archives → melodies, chunk by chunk, in as many processes as pay."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from melody_tutorial.config import ExtractionSettings, SourceCaps
from melody_tutorial.errors import check_at_least
from melody_tutorial.files import several
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies.chunks import Chunk, chunks_of, empty_funnel, extract_share, undisturbed
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.melodies.processes import Advance, extract_in_processes
from melody_tutorial.music import SourceScore

BYTES_THAT_PAY = 12_000_000  # archives smaller than this are read before another process has started


def extract_sources(
    paths: str | Path | Sequence[str | Path],
    settings: ExtractionSettings | None = None,
    caps: SourceCaps | None = None,
    *,
    processes: int | None = None,
    progress: Advance | None = None,
    max_files: int | None = None,
) -> tuple[list[Melody], Funnel]:
    """Extract the melodies of all files in folders and archives.

    Memory holds the melodies and one chunk of scores, however large the archive is. The melodies come in the
    order of ``read_sources``, whatever the number of processes.

    Args:
        paths: folders, archives, single files: one or several.
        settings, caps: rules of extraction, limits on what is read.
        processes: how many to work in; None: one for each core where the archives are large enough to pay.
        progress: called with the number of files done since the last call.
        max_files: read only the first so many files, in one process.

    Returns:
        The melodies, and the funnel with the stages "files", "scores", "pieces", "tracks", "melodies".

    Raises:
        UserError: a path does not exist, is no archive, or exceeds the caps; there are to be no processes or
            files, or far more processes than cores.
    """
    check_at_least(1, max_files=1 if max_files is None else max_files)
    check_at_least(1, most_processes(), processes=1 if processes is None else processes)
    paths, settings, caps = several(paths), settings or ExtractionSettings(), caps or SourceCaps()
    if processes is None:
        processes = (os.cpu_count() or 1) if size_of(paths) >= BYTES_THAT_PAY else 1
    if processes > 1 and max_files is None:
        chunks = extract_in_processes(paths, settings, caps, processes, progress)
    else:
        chunks = extract_share(paths, settings, caps, max_files=max_files)
        chunks = chunks if progress is None else told(chunks, progress)
    return gather(chunks)


def most_processes() -> int:
    """More processes than these only take memory from one another."""
    return 4 * (os.cpu_count() or 1)


def extract_files(
    files: Iterable[tuple[str, bytes]], settings: ExtractionSettings | None = None
) -> tuple[list[Melody], Funnel]:
    """``extract_sources`` for MIDI files in memory, given as names and bytes, in one process."""
    settings = settings or ExtractionSettings()
    music = (SourceScore(name, data, 1) for name, data in files)
    return gather(chunks_of(music, 0, settings))


def gather(chunks: Iterable[Chunk]) -> tuple[list[Melody], Funnel]:
    """Put the melodies and the funnels of chunks together."""
    melodies, funnel = [], empty_funnel()
    with undisturbed():
        for chunk in chunks:
            melodies += chunk.melodies
            funnel.merge(chunk.funnel)
    return melodies, funnel


def size_of(paths: Sequence[str | Path]) -> int:
    """Bytes of all archives; a folder counts as what lies directly in it."""
    folders = [path for path in map(Path, paths) if path.is_dir()]
    files = [path for path in map(Path, paths) if path.is_file()]
    inside = [entry.stat().st_size for folder in folders for entry in os.scandir(folder) if entry.is_file()]
    return sum(path.stat().st_size for path in files) + sum(inside)


def told(chunks: Iterable[Chunk], progress: Advance) -> Iterator[Chunk]:
    """Pass chunks on, and tell how many files each finished."""
    for chunk in chunks:
        progress(chunk.files)
        yield chunk
