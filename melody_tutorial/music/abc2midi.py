"""abc2midi, which symusic carries: a child process for each tune, within limits of time, memory, output."""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from melody_tutorial.errors import UserError

try:
    import resource
except ImportError:  # Windows
    resource = None

SECONDS_PER_TUNE = 5.0  # by the clock; a real tune takes a few milliseconds
MOST_BYTES = 500_000  # of the converter's output; a real tune takes a few thousand
MOST_MESSAGE_BYTES = 100_000
LIMITS = {  # of a child: seconds of the processor, bytes of memory, bytes of a file
    "RLIMIT_CPU": 1,
    "RLIMIT_AS": 300_000_000,
    "RLIMIT_FSIZE": MOST_BYTES + 1,
}
# Seconds of the processor for the tunes of an archive together: at once, and more for each; one takes 0.001.
SECONDS_AT_ONCE, SECONDS_FOR_EACH = 1.0, 0.05
BATCH = 128  # tunes converted before their results are handed on
KEY_LINE = re.compile("^K:", re.MULTILINE)


@dataclass(frozen=True)
class Conversion:
    """What abc2midi made of one tune.

    Attributes:
        midi: bytes, None where there are none.
        messages: its warnings and errors, one a line.
        stopped: whether a limit ended it, or kept it from beginning.
    """

    midi: bytes | None
    messages: tuple[str, ...]
    stopped: bool = False


class Work:
    """What the converters of an archive's tunes have cost so far, against what they may cost."""

    def __init__(self):
        self.before, self.tunes = child_seconds(), 0

    def is_spent(self) -> bool:
        """Whether nothing more should be converted."""
        return child_seconds() - self.before > SECONDS_AT_ONCE + SECONDS_FOR_EACH * self.tunes


def child_seconds() -> float:
    """Seconds of the processor that all finished child processes took; 0 where the system does not count."""
    if resource is None:
        return 0.0
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def convert_tunes(tunes: Sequence[str], work: Work | None = None) -> Iterator[Conversion]:
    """Convert tunes in their order, each by a child process of its own, some at the same time.

    One process for many tunes would be several times faster; but a tune that crashes the converter would take
    others with it, and some would inherit another's state (5 of the 4,248 in the tune books did).

    Args:
        tunes: the text of each, as ``plain_tune`` leaves it.
        work: what all may cost; when that is spent, those that are left are not converted.

    Raises:
        UserError: abc2midi is not where symusic should have it, or cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="abc-") as folder:
        convert = partial(_convert, _abc2midi(Path(folder)), Path(folder), work or Work())
        with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
            # By batches: a caller at work in between would keep the threads from starting processes.
            for start in range(0, len(tunes), BATCH):
                batch = tunes[start : start + BATCH]
                yield from list(pool.map(convert, range(len(batch)), batch))


def _abc2midi(folder: Path) -> Path:
    """symusic's abc2midi; a copy in ``folder`` where its own place does not let it run."""
    package = importlib.util.find_spec("symusic").submodule_search_locations[0]
    program = Path(package, "bin", "abc2midi.exe" if sys.platform == "win32" else "abc2midi")
    if not program.is_file():
        raise UserError(
            f"{program} is missing: install symusic again (pip install --force-reinstall symusic)"
        )
    if os.access(program, os.X_OK):
        return program
    copy = folder / program.name
    shutil.copy(program, copy)
    copy.chmod(0o700)
    return copy


def _convert(program: Path, folder: Path, work: Work, number: int, tune: str) -> Conversion:
    """Run the converter on one tune; every tune has files of its own, as several run at once."""
    if not KEY_LINE.search(tune):
        return Conversion(None, ("Error : no line K: begins its music",))
    if work.is_spent():
        most = f"{SECONDS_AT_ONCE:g} second of work, and {SECONDS_FOR_EACH:g} for each"
        return Conversion(
            None, (f"Error : not tried, as the tunes before it took over {most}",), stopped=True
        )
    work.tunes += 1
    source, midi, log = (folder / f"{number}{suffix}" for suffix in (".abc", ".mid", ".log"))
    # abc2midi warns on other numbers, and reads bytes: titles do not matter here.
    source.write_bytes(re.sub(r"\AX:.*", "X:1", tune).encode("utf-8", "replace"))
    try:
        stopped = _run([str(program), source.name, "-NGUI", "-o", midi.name], folder, log)
        data = midi.read_bytes() if midi.exists() and midi.stat().st_size <= MOST_BYTES else None
        with open(log, "rb") as messages:
            text = messages.read(MOST_MESSAGE_BYTES).decode("latin-1")
    finally:
        for file in (source, midi, log):
            file.unlink(missing_ok=True)
    lines = tuple(line for line in text.splitlines() if line.startswith(("Error", "Warning")))
    return Conversion(None, (f"Error : {stopped}",), stopped=True) if stopped else Conversion(data, lines)


def _run(command: Sequence[str], folder: Path, log: Path) -> str:
    """Run a command within the limits; which of them stopped it, in words, or ""."""
    with (
        open(log, "wb") as messages,
        subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages
        ) as child,
    ):
        try:
            _limit(child)
            child.wait(SECONDS_PER_TUNE)
        except subprocess.TimeoutExpired:
            return f"stopped after {SECONDS_PER_TUNE:g} seconds"
        finally:
            child.kill()
    if child.returncode >= 0:
        return ""
    budgets = {"SIGXCPU": "1 second of work", "SIGXFSZ": f"{MOST_BYTES:,} bytes of output"}
    budget = budgets.get(signal.Signals(-child.returncode).name)
    return f"stopped after {budget}" if budget else ""


def _limit(child: subprocess.Popen) -> None:
    """Set the limits of a child that runs already, where the system can; earlier it would cost more."""
    if hasattr(resource, "prlimit"):  # on Linux
        with contextlib.suppress(OSError):  # it has ended already
            for name, most in LIMITS.items():
                # The second number kills; the first tells the child why.
                resource.prlimit(child.pid, getattr(resource, name), (most, most + 1))
