"""Rows of the table, and how their figures are taken: in turn, so that a noisy machine disturbs all alike."""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
POLL_SECONDS = 0.01


class WrongResultError(Exception):
    """A fast path gave something else than its reference: the one reason for which a benchmark fails."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes:
        quick: a small version that looks for wrong results and takes every time but a few.
        runs: how often each figure is taken.
        minutes: how long plain Keras trains for the time to quality.
        torch_python: a Python that has PyTorch; None: this one, where it is installed.
    """

    quick: bool = False
    runs: int = 5
    minutes: float = 20.0
    torch_python: str | None = None


@dataclass
class Row:
    """One line of the table.

    Attributes:
        measure: what was measured.
        unit: of all figures; in a rate ("…/s") and of what is "right" more is better, else less.
        ours: figures of the program, in the order taken.
        target: in words.
        met: whether it is met; None where there is none.
        peers: figures of each peer.
        skipped: peers that did not run, and why.
        limit: what the machine could do, taken in the same run; ``limit_name`` says what it is.
        note: what a reader must know, "" where there is nothing.
    """

    measure: str
    unit: str
    ours: list[float]
    target: str = ""
    met: bool | None = None
    peers: dict[str, list[float]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    limit: list[float] = field(default_factory=list)
    limit_name: str = ""
    note: str = ""

    def times_better(self, others: Sequence[float]) -> float:
        """How many times better the median of ours is than that of others."""
        quotient = median(self.ours) / median(others)
        return quotient if self.unit.endswith(("/s", "right")) else 1 / quotient


def check(found: bool, message: str) -> None:
    """Raise WrongResultError unless ``found``."""
    if not found:
        raise WrongResultError(message)


def seconds(function: Callable[[], object]) -> float:
    """How long one call takes; the garbage of those before it is cleared away first."""
    gc.collect()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def in_turn(functions: dict[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """Figures of each function, taken A B C A B C …"""
    figures = {name: [] for name in functions}
    for _ in range(runs):
        for name, function in functions.items():
            figures[name].append(function())
    return figures


def python(code: str) -> list[str]:
    """The command line that runs Python code in a process of its own."""
    return [sys.executable, "-c", code]


def program(*arguments: str | Path) -> list[str]:
    """The command line of ``melody-tutorial`` with its arguments."""
    return [*python("from melody_tutorial.cli import main; main()"), *map(str, arguments)]


def run(command: Sequence[str], **environment: str) -> str:
    """Run a command to its end and return what it prints; raise WrongResultError where it fails."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, encoding="utf-8"
    )
    check(done.returncode == 0, f"{' '.join(command)} ends with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def peak_megabytes(command: Sequence[str]) -> float:
    """Most memory that a command and all its children hold at one time, in 10⁶ bytes.

    Sums the resident memory of every process, polled in /proc (Linux alone); pages that they share count
    for each, so that the figure is rather too high.
    """
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    reader = threading.Thread(target=child.stderr.read, daemon=True)
    reader.start()
    peak = 0
    while child.poll() is None:
        peak = max(peak, sum(map(resident_bytes, family_of(child.pid))))
        time.sleep(POLL_SECONDS)
    reader.join()
    child.stderr.close()
    check(child.returncode == 0, f"{' '.join(command)} ends with {child.returncode}")
    return peak / 1e6


def family_of(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        # Children that a thread started are listed under that thread.
        for task in Path(f"/proc/{pid}/task").iterdir():
            if task.name != str(pid):
                children += (task / "children").read_text(encoding="ascii").split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in family_of(int(child)))]


def resident_bytes(pid: int) -> int:
    """Resident memory of a process; 0 once it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf(
            "SC_PAGE_SIZE"
        )
    except (OSError, IndexError):
        return 0


class Worker:
    """A process that prepares a measurement, and takes it once for each line that it is sent.

    Libraries that each want all threads for themselves are compared by workers taking turns.
    """

    def __init__(self, command: Sequence[str], **environment: str):
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def __call__(self) -> float:
        """Take the measurement once."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        check(bool(answer), f"{' '.join(self.process.args)} ends with {self.process.poll()}")
        return float(answer)

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def serve(measurement: Callable[[], float]) -> None:
    """What a worker does: one measurement for each line of stdin."""
    for _ in sys.stdin:
        print(measurement(), flush=True)
