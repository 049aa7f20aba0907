"""Kills a process at every change that it makes to the file system, one after the other.

An audit hook (https://docs.python.org/3/library/audit_events.html) counts the changes and ends the process
by SIGKILL just before the n-th of them: no ``finally`` runs, nothing is flushed.
"""

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path
from unittest import mock

PRELOADED = "test_kills"  # its imports are done once, not in each child
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"}
WRITES = os.O_WRONLY | os.O_RDWR


def is_change(event: str, arguments: tuple) -> bool:
    """Whether an audit event announces a change of the file system."""
    if event == "open":
        return isinstance(arguments[0], str | bytes | os.PathLike) and bool((arguments[2] or 0) & WRITES)
    return event in CHANGES


def die_at(number: int, change: Callable[[], object]) -> None:
    """Call ``change`` in this process, and kill the process before the ``number``-th change of the files."""
    left = number

    def hook(event: str, arguments: tuple) -> None:
        nonlocal left
        if is_change(event, arguments):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    change()


def run_and_kill(change: Callable[[], object], number: int) -> bool:
    """Call ``change`` in a child process that is killed before its ``number``-th change; whether it was.

    The children are forked from a server without threads, not from this process, in which TensorFlow may run.
    """
    child = multiprocessing.get_context("forkserver").Process(target=die_at, args=(number, change))
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL), f"the child ended by itself with status {child.exitcode}"
    return child.exitcode != 0


def start_server() -> None:
    """Start the server of ``run_and_kill``, with what the changes import already loaded."""
    multiprocessing.set_forkserver_preload([PRELOADED])
    here = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
    with mock.patch.dict(os.environ, PYTHONPATH=here):
        forkserver.ensure_running()


def kill_points(before: Path, folder: Path, change: Callable[[], object]) -> Iterator[int]:
    """Yield the number of each kill, with ``folder`` as it left a copy of ``before``.

    It ends after the first ``change`` that came to its end; the folder is then as it leaves it. ``change``
    has to be picklable: a function of a module, or a ``functools.partial`` of one.
    """
    start_server()
    number, killed = 0, True
    while killed:
        number += 1
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(before, folder)
        killed = run_and_kill(change, number)
        yield number


def changes_of(change: Callable[[], object]) -> list[tuple[str, Path]]:
    """The changes that ``change`` makes in this process, in their order: event and path."""
    found, recording = [], True

    def hook(event: str, arguments: tuple) -> None:
        if recording and is_change(event, arguments):
            found.append((event, Path(os.fsdecode(arguments[0]))))

    sys.addaudithook(hook)  # for good: there is no way to remove one
    try:
        change()
    finally:
        recording = False
    return found
