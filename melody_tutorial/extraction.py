"""Sources → scores → melodies: whole archives, chunk by chunk, in as many processes as pay."""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np

from melody_tutorial.config import ExtractionSettings, SourceCaps
from melody_tutorial.funnel import Funnel, Reject
from melody_tutorial.melody import Melody, extract_from_table
from melody_tutorial.midi import MidiError, read_scores
from melody_tutorial.score import Score, stack_scores
from melody_tutorial.sources import SourceFile, read_sources

CHUNK = 128  # scores in one pass: their columns fit into the processor's cache
STAGES = ("files", "scores", "pieces", "tracks", "melodies")
BYTES_THAT_PAY = 12_000_000  # archives smaller than this are read before another process has started
Advance = Callable[[int], None]


class Music(NamedTuple):
    """One score of a source file, as MIDI bytes or read already, or why there is none."""

    name: str
    content: bytes | Score | Reject
    files: int  # 1 for the first score of a file


class Chunk(NamedTuple):
    """What came of some scores: all of one path, given by its place among the paths."""

    path: int
    files: int
    melodies: list[Melody]
    funnel: Funnel


def extract_sources(
    paths: Sequence[str | Path],
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
        paths: folders, archives, single files.
        settings, caps: rules of extraction, limits on what is read.
        processes: how many to work in; None: one for each core where the archives are large enough to pay.
        progress: called with the number of files done since the last call.
        max_files: read only the first so many files, in one process.

    Returns:
        The melodies, and the funnel with the stages "files", "scores", "pieces", "tracks", "melodies".

    Raises:
        UserError: a path does not exist, is no archive, or exceeds the caps.
    """
    settings, caps = settings or ExtractionSettings(), caps or SourceCaps()
    if processes is None:
        processes = (os.cpu_count() or 1) if size_of(paths) >= BYTES_THAT_PAY else 1
    if processes > 1 and max_files is None:
        chunks = extract_in_processes(paths, settings, caps, processes, progress)
    else:
        chunks = extract_share(paths, settings, caps, max_files=max_files)
        chunks = chunks if progress is None else told(chunks, progress)
    return gather(chunks)


def extract_files(
    files: Iterable[tuple[str, bytes]], settings: ExtractionSettings | None = None
) -> tuple[list[Melody], Funnel]:
    """``extract_sources`` for MIDI files in memory, given as names and bytes, in one process."""
    settings = settings or ExtractionSettings()
    music = (Music(name, data, 1) for name, data in files)
    return gather(chunks_of(music, 0, settings))


def gather(chunks: Iterable[Chunk]) -> tuple[list[Melody], Funnel]:
    """Put the melodies and the funnels of chunks together."""
    melodies, funnel = [], empty_funnel()
    with undisturbed():
        for chunk in chunks:
            melodies += chunk.melodies
            funnel.merge(chunk.funnel)
    return melodies, funnel


def chunks_of(music: Iterator[Music], path: int, settings: ExtractionSettings) -> Iterator[Chunk]:
    """Extract scores, a chunk at a time."""
    while scores := list(islice(music, CHUNK)):
        yield Chunk(path, *extract_chunk(scores, settings))


def size_of(paths: Sequence[str | Path]) -> int:
    """Bytes of all archives; a folder counts as what lies directly in it."""
    folders = [path for path in map(Path, paths) if path.is_dir()]
    files = [path for path in map(Path, paths) if path.is_file()]
    inside = [entry.stat().st_size for folder in folders for entry in os.scandir(folder) if entry.is_file()]
    return sum(path.stat().st_size for path in files) + sum(inside)


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


def told(chunks: Iterable[Chunk], progress: Advance) -> Iterator[Chunk]:
    """Pass chunks on, and tell how many files each finished."""
    for chunk in chunks:
        progress(chunk.files)
        yield chunk


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
        yield from chunks_of(read_music(source for _, source in group), path, settings)


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


def read_music(sources: Iterable[SourceFile | Reject]) -> Iterator[Music]:
    """Yield the scores of source files: one of a MIDI or MusicXML file, one for each tune of an ABC book."""
    for source in sources:
        if isinstance(source, Reject):
            yield Music(source.file, source, 1)
        elif source.kind == "midi":
            yield Music(source.name, source.data, 1)
        else:
            try:
                yield from read_other(source)
            except MidiError as error:
                yield Music(source.name, Reject(source.name, error.reason, error.found), 1)


def read_other(source: SourceFile) -> Iterator[Music]:
    """Yield the scores of an ABC or MusicXML file."""
    if source.kind == "musicxml":
        from melody_tutorial.musicxml import read_musicxml

        yield Music(source.name, read_musicxml(source.data), 1)
    else:
        from melody_tutorial.abc import read_abc

        tunes = read_abc(source.data, source.name)
        if not tunes:
            raise MidiError("unreadable", "no tune: none begins with a line X:")
        for number, tune in enumerate(tunes, 1):
            yield Music(f"{source.name}:{number}", tune, int(number == 1))


def extract_chunk(music: Sequence[Music], settings: ExtractionSettings) -> tuple[int, list[Melody], Funnel]:
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
        else:
            table, rejects = read_scores(named)
        for reject in rejects:
            funnel.reject(reject)
        funnel.count("scores", len(table.names))
        found, part = extract_from_table(table, settings)
        melodies += found
        funnel.merge(part)
    files = sum(item.files for item in music)
    funnel.count("files", files)
    return files, melodies, funnel


def extract_in_processes(
    paths: Sequence[str | Path],
    settings: ExtractionSettings,
    caps: SourceCaps,
    processes: int,
    progress: Advance | None,
) -> list[Chunk]:
    """Extract all shares of the sources, each in a process of its own; give their chunks in order.

    The processes are plain children that run this module: nothing is forked, so TensorFlow may be loaded,
    and the caller's own script is not run again, as ``multiprocessing`` would.
    """
    lock = Lock()

    def share(part: int) -> list[Chunk]:
        chunks = []
        for chunk in chunks_of_child(children[part]):
            chunks.append(chunk)
            if progress is not None:
                with lock:
                    progress(chunk.files)
        return chunks

    children = []
    with ThreadPoolExecutor(processes) as pool:
        try:
            children.extend(start_child((paths, settings, caps, (p, processes))) for p in range(processes))
            chunks = [chunk for part in pool.map(share, range(processes)) for chunk in part]
        finally:  # before the pool waits for its threads, which wait for the children
            for child in children:
                child.kill()
    for child in children:
        child.stdout.close()
        child.wait()
    return sorted(chunks, key=attrgetter("path"))  # a share is one of each path: put them together


def start_child(job: tuple) -> subprocess.Popen:
    """Start a process that does ``job``: paths, settings, caps, part."""
    package = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(
        [sys.executable, "-m", "melody_tutorial.extraction"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        process_group=0,  # Ctrl-C reaches the parent alone, which ends its children
    )
    pickle.dump(job, child.stdin)
    child.stdin.close()
    return child


def chunks_of_child(child: subprocess.Popen) -> Iterator[Chunk]:
    """Yield the chunks that a child sends; raise what it raised."""
    while True:
        try:
            message = pickle.load(child.stdout)
        except EOFError:
            raise RuntimeError(f"an extraction process ended with status {child.wait()}") from None
        if message is None:
            return
        if isinstance(message, Exception):
            raise message
        yield Chunk(*message)


def main() -> None:
    """What a child does: read its job from stdin, write its chunks and then None to stdout."""
    paths, settings, caps, part = pickle.load(sys.stdin.buffer)
    out = sys.stdout.buffer
    try:
        with undisturbed():
            for chunk in extract_share(paths, settings, caps, part=part):
                pickle.dump(tuple(chunk), out, protocol=5)
        message = None
    except Exception as error:
        message = error
    pickle.dump(message, out)
    out.flush()


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, EOFError):  # the parent was interrupted: nobody listens
        os._exit(1)
