"""Extraction in several processes, each with its own share of every archive."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path
from threading import Lock

from melody_tutorial.config import ExtractionSettings, SourceCaps, child_environment
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.chunks import Chunk, extract_share, undisturbed

KILLED = -9  # status of a child that got SIGKILL, which Windows does not have

Advance = Callable[[int], None]


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
    child = subprocess.Popen(
        [sys.executable, "-m", "melody_tutorial.melodies.processes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
        process_group=0,  # Ctrl-C reaches the parent alone, which ends its children; all of them on Windows
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
            raise ended_early(child.wait()) from None
        if message is None:
            return
        if isinstance(message, Exception):
            raise message
        yield Chunk(*message)


def ended_early(status: int) -> Exception:
    """What to raise where a child ended before its work did, by its exit status."""
    if status == KILLED:
        return UserError(
            "an extraction process was killed, as the system does where memory is short: give fewer files at "
            "once, or lower --processes"
        )
    return RuntimeError(f"an extraction process ended with status {status}")


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
    except (BrokenPipeError, EOFError, KeyboardInterrupt):  # the parent was interrupted: nobody listens
        os._exit(1)
