"""Ctrl-C in a command that can go on later: with which command it does."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "melody-tutorial"


class ResumableError(Exception):
    """Ctrl-C where there is something to go on with; the message is the command to type."""


@contextmanager
def resumable(can_resume: Callable[[], bool], *words: str | Path) -> Iterator[None]:
    """Turn Ctrl-C into ``ResumableError``, where there is something to resume.

    Args:
        can_resume: whether there is, asked after the interrupt.
        words: of the command line, without the program and ``--resume``.
    """
    try:
        yield
    except KeyboardInterrupt:
        if can_resume():
            raise ResumableError(command_line([*program(), *map(str, words), "--resume"])) from None
        raise


def program() -> list[str]:
    """How this program was called, in words that can be typed again."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return [sys.executable, "-m", "melody_tutorial.cli"]
    by_path = called.stem == PROGRAM and shutil.which(PROGRAM) != str(called)
    return [str(called) if by_path else PROGRAM]


def command_line(words: list[str]) -> str:
    """Words with what the system's shell needs to keep them apart."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
