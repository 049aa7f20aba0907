"""Ctrl-C in a command that can go on later, or begin again: with which command it does."""

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
    """Ctrl-C in a long command; the message is the command that goes on, empty before there is one."""


@contextmanager
def resumable(can_resume: Callable[[], bool], *words: str | Path) -> Iterator[None]:
    """Turn Ctrl-C into ``ResumableError``.

    Args:
        can_resume: whether there is something to resume, asked after the interrupt.
        words: of the command line, without the program and ``--resume``.
    """
    try:
        yield
    except KeyboardInterrupt:
        resume = again(*map(str, words), "--resume") if can_resume() else ""
        raise ResumableError(resume) from None


def again(*words: str) -> str:
    """The line to type for words of the command line."""
    return command_line([*program(), *words])


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
