"""What this machine has and lacks: each check says what was found and, where it fails, what to do.

What a check calls ok was tried. Commands are called as a user calls them, each in a process of its own: that
may crash, and its folders are named relative to where it runs.
"""

import codecs
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from melody_tutorial.config import built_data, child_environment, shipped_data
from melody_tutorial.course import DISTRIBUTION, dependencies

IMPORT_NAMES = {"audioop-lts": "audioop"}
CHILD_SECONDS = 180  # TensorFlow from a cold disk takes a minute
COMMAND = "from melody_tutorial.cli import main; main()"
# Small and short: the tunes that ship, one update of a network of few units.
EXTRACT = "extract tunes --output dataset --min-bars 1 --min-unique-pitches 2 --eval-ratio 0.3"
TRAIN = "train dataset --output run --num-training-steps 1 --units 8 --batch-size 4 --window 16"
IN_TURN = "mend what is not ok above; if all is ok, this is a fault of the program: report it"
ONE_BAR = "X:1\nT:one bar\nM:4/4\nL:1/4\nK:C\nCDEF|\n"


@dataclass(frozen=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: what was looked at.
        ok: whether it is as it should be.
        found: what was found, in words.
        advice: what to do where it is not ok.
        required: False where the program does without.
    """

    name: str
    ok: bool
    found: str
    advice: str = ""
    required: bool = True


def quick_checks() -> Iterator[Check]:
    """What can be said in two seconds, each check as soon as it is done; nothing large is imported."""
    yield check_python()
    yield attempt("cores and memory", find_machine, "", required=False)
    yield attempt("console", find_encodings, "", required=False)
    folder_advice = "give another folder with --output, or set MELODY_TUTORIAL_DATA to one of your own"
    for folder in (built_data(), Path("runs")):
        yield attempt(f"folder {folder}", partial(try_writing, folder), folder_advice)
    yield from map(check_dependency, dependencies())
    yield attempt("abc2midi", try_abc2midi, "python -m pip install --force-reinstall symusic")
    yield attempt("tune books", find_tune_books, "python -m pip install --force-reinstall music21")
    yield attempt(
        "shipped checkpoint", try_checkpoint, "install the program anew, or train it: make checkpoint"
    )
    yield attempt("sample", try_sampling, IN_TURN)
    yield attempt("extract", try_extracting, IN_TURN)
    kernel_advice = "for the notebooks: python -m pip install jupyterlab ipykernel"
    yield attempt("Jupyter kernel", find_kernel, kernel_advice, required=False)


def full_checks() -> Iterator[Check]:
    """Import every dependency, then train: half a minute on a quiet machine, more from a cold disk."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(check_import, dependencies())
    yield attempt("train", try_training, IN_TURN)


def attempt(name: str, probe: Callable[[], str], advice: str, required: bool = True) -> Check:
    """Call a probe: what it returns was found; whatever it raises makes the check fail."""
    try:
        return Check(name, True, probe(), advice, required)
    except Exception as error:  # a broken installation can raise anything
        return Check(name, False, str(error) or type(error).__name__, advice, required)


def check_python() -> Check:
    """Whether the program is meant for this Python."""
    allowed = importlib.metadata.metadata(DISTRIBUTION)["Requires-Python"]
    found = f"{platform.python_version()} at {sys.executable}"
    return Check(
        f"Python {allowed}", fits(platform.python_version(), allowed), found, "install such a Python"
    )


def fits(version: str, allowed: str) -> bool:
    """Whether a version is one of those allowed, such as ">=3.11,<3.14"."""
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(allowed).contains(version, prereleases=True)


def find_machine() -> str:
    """Cores, BLAS threads and memory, in words."""
    import numpy  # noqa: F401  its BLAS library has to be loaded to be counted
    from threadpoolctl import threadpool_info

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    found = f"{cores} cores, {threads} BLAS threads"
    if hasattr(os, "sysconf"):  # not on Windows
        found += f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB of memory"
    return found


def find_encodings() -> str:
    """The encodings of stdout and of the names of files."""
    found = f"stdout takes {sys.stdout.encoding}, names of files are {sys.getfilesystemencoding()}"
    if codecs.lookup(sys.stdout.encoding).name.startswith("utf"):
        return found
    return f"{found}; signs that stdout lacks are replaced by similar ones"


def try_writing(folder: Path) -> str:
    """Write a temporary file into a folder, or into its nearest parent where it is yet to be created."""
    whole = folder.absolute()
    existing = next((parent for parent in [whole, *whole.parents] if parent.exists()), whole)
    with tempfile.TemporaryFile(dir=existing):
        return "can be written"


def try_abc2midi() -> str:
    """Convert one bar with symusic's abc2midi."""
    from melody_tutorial.music import aligned_score, convert_tunes

    score = aligned_score(*convert_tunes([ONE_BAR])).score
    return f"one bar of ABC became {len(score.pitch)} notes"


def find_tune_books() -> str:
    """Count the tune books of the default corpus in the installed music21."""
    from melody_tutorial.datasets import tune_books

    return f"{len(list(tune_books()))} files in music21"


def try_checkpoint() -> str:
    """Load the trained model that ships, which compares its check sum."""
    from melody_tutorial.networks import load_checkpoint

    checkpoint = load_checkpoint()
    weights = sum(weight.size for weight in checkpoint.weights.values())
    return f"{checkpoint.model.cell} with {weights:,} weights"


def try_sampling() -> str:
    """Draw one event from the trained model that ships."""
    from melody_tutorial.config import SamplingSettings
    from melody_tutorial.networks import load_checkpoint
    from melody_tutorial.sampling import sample_ids

    ids = sample_ids(load_checkpoint(), [], SamplingSettings(num_outputs=1, num_steps=1)).ids
    return f"drew an event, class {ids[0, 0]}"


def find_kernel() -> str:
    """Name the Jupyter kernel that runs Python."""
    from jupyter_client.kernelspec import KernelSpecManager

    return KernelSpecManager().get_kernel_spec("python3").display_name


def check_dependency(dependency: tuple[str, str]) -> Check:
    """Whether a distribution is there and of an allowed version; it is not imported."""
    name, allowed = dependency
    return attempt(name, partial(find_package, name, allowed), install(name, allowed))


def check_import(dependency: tuple[str, str]) -> Check:
    """Whether a distribution can be imported, in a process of its own, which may crash."""
    name, allowed = dependency
    return attempt(f"import {name}", partial(try_import, name), install(name, allowed))


def install(name: str, allowed: str) -> str:
    """How to get a distribution."""
    return f"python -m pip install --upgrade '{name}{allowed}'"


def find_package(name: str, allowed: str) -> str:
    """The version of a distribution.

    Raises:
        RuntimeError: the version is not allowed, or its module is gone; the text says which.
        importlib.metadata.PackageNotFoundError: it is not installed.
    """
    version = importlib.metadata.version(name)
    if not fits(version, allowed):
        raise RuntimeError(f"version {version}, but {allowed} is needed")
    if importlib.util.find_spec(module_of(name)) is None:
        raise RuntimeError(f"version {version} is listed as installed, but its files are gone")
    return version


def try_import(name: str) -> str:
    """Import a distribution's module; how long it took."""
    began = time.perf_counter()
    run_child("-c", f"import {module_of(name)}")
    return f"{time.perf_counter() - began:.1f} s"


def module_of(name: str) -> str:
    """Name of the module that a distribution brings."""
    return IMPORT_NAMES.get(name, name.replace("-", "_"))


def try_extracting() -> str:
    """Extract the tunes that ship into a dataset."""
    return try_commands(EXTRACT).splitlines()[-1].removeprefix("dataset: ")


def try_training() -> str:
    """Train on the tunes that ship, for one update."""
    told = try_commands(EXTRACT, TRAIN).splitlines()
    return next(line.removeprefix("kept: ") for line in told if line.startswith("kept: "))


def try_commands(*commands: str) -> str:
    """Call commands in a folder that holds the tunes that ship; what the last of them printed."""
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        shutil.copytree(shipped_data() / "primers", Path(folder, "tunes"))
        for command in commands:
            told = run_child("-c", COMMAND, *command.split(), folder=folder)
    return told


def run_child(*words: str, folder: str | None = None) -> str:
    """Run Python with these arguments in a folder; what it printed.

    Raises:
        RuntimeError: it failed; the text is the last line that it had to say.
        subprocess.TimeoutExpired: it took too long.
    """
    child = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=child_environment(PYTHONIOENCODING="utf-8"),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=CHILD_SECONDS,
    )
    if child.returncode:
        said = child.stderr.strip().splitlines() or [f"exit status {child.returncode}"]
        raise RuntimeError(said[-1].removeprefix("error: "))
    return child.stdout
