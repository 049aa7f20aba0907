"""What this machine has and lacks: each check says what was found and, where it fails, what to do."""

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from melody_tutorial.config import built_data

DISTRIBUTION = "melody-tutorial"
IMPORT_NAMES = {"audioop-lts": "audioop"}
IMPORT_SECONDS = 180  # TensorFlow from a cold disk takes a minute
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


def run_checks() -> Iterator[Check]:
    """All checks, each as soon as it is done; importing every dependency takes some seconds."""
    yield check_python()
    yield attempt("cores and memory", find_machine, "", required=False)
    folder_advice = "give another folder with --output, or set MELODY_TUTORIAL_DATA to one of your own"
    for folder in (built_data(), Path("runs")):
        yield attempt(f"folder {folder}", lambda folder=folder: try_writing(folder), folder_advice)
    yield attempt("abc2midi", try_abc2midi, "python -m pip install --force-reinstall symusic")
    yield attempt("tune books", find_tune_books, "python -m pip install --force-reinstall music21")
    yield attempt(
        "shipped checkpoint", try_checkpoint, "install the program anew, or train it: make checkpoint"
    )
    yield attempt("sampling", try_sampling, "mend the first line above that is not ok")
    kernel_advice = "for the notebooks: python -m pip install jupyterlab ipykernel"
    yield attempt("Jupyter kernel", find_kernel, kernel_advice, required=False)
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(check_dependency, dependencies())


def attempt(name: str, probe: Callable[[], str], advice: str, required: bool = True) -> Check:
    """Call a probe: what it returns was found; whatever it raises makes the check fail."""
    try:
        return Check(name, True, probe(), advice, required)
    except Exception as error:  # a broken installation can raise anything
        return Check(name, False, str(error) or type(error).__name__, advice, required)


def check_python() -> Check:
    """Whether this Python is new enough."""
    found = f"{sys.version.split()[0]} at {sys.executable}"
    return Check("Python 3.11 or newer", sys.version_info >= (3, 11), found, "install a newer Python")


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


def try_writing(folder: Path) -> str:
    """Write a temporary file into a folder, or into its nearest parent where it is yet to be created."""
    existing = next(parent for parent in [folder.absolute(), *folder.absolute().parents] if parent.exists())
    with tempfile.TemporaryFile(dir=existing):
        return "can be written"


def try_abc2midi() -> str:
    """Convert one bar with symusic's abc2midi."""
    from melody_tutorial.abc import aligned_score, convert_tunes

    score = aligned_score(*convert_tunes([ONE_BAR])).score
    return f"one bar of ABC became {len(score.pitch)} notes"


def find_tune_books() -> str:
    """Count the tune books of the default corpus in the installed music21."""
    from melody_tutorial.corpus import tune_books

    return f"{len(list(tune_books()))} files in music21"


def try_checkpoint() -> str:
    """Load the trained model that ships, which compares its check sum."""
    from melody_tutorial.checkpoint import load_checkpoint

    checkpoint = load_checkpoint()
    weights = sum(weight.size for weight in checkpoint.weights.values())
    return f"{checkpoint.model.cell} with {weights:,} weights"


def try_sampling() -> str:
    """Draw one event from the trained model that ships."""
    from melody_tutorial.checkpoint import load_checkpoint
    from melody_tutorial.config import SamplingSettings
    from melody_tutorial.sampling import sample_ids

    ids = sample_ids(load_checkpoint(), [], SamplingSettings(num_outputs=1, num_steps=1)).ids
    return f"drew an event, class {ids[0, 0]}"


def find_kernel() -> str:
    """Name the Jupyter kernel that runs Python."""
    from jupyter_client.kernelspec import KernelSpecManager

    return KernelSpecManager().get_kernel_spec("python3").display_name


def dependencies() -> list[tuple[str, str]]:
    """What this installation requires on this Python: distribution and allowed versions, such as ">=2.0"."""
    from packaging.requirements import Requirement

    required = map(Requirement, importlib.metadata.requires(DISTRIBUTION) or [])
    return [(r.name, str(r.specifier)) for r in required if not r.marker or r.marker.evaluate({"extra": ""})]


def check_dependency(dependency: tuple[str, str]) -> Check:
    """Whether a distribution is there, is of an allowed version, and can be imported."""
    name, allowed = dependency
    advice = f"python -m pip install --upgrade '{name}{allowed}'"
    return attempt(name, lambda: try_import(name, allowed), advice)


def try_import(name: str, allowed: str) -> str:
    """Compare the version of a distribution and import it in a process of its own, which may crash.

    Raises:
        RuntimeError: the version is not allowed, or the import failed; the text says why.
        importlib.metadata.PackageNotFoundError: it is not installed.
    """
    from packaging.specifiers import SpecifierSet

    version = importlib.metadata.version(name)
    if not SpecifierSet(allowed).contains(version, prereleases=True):
        raise RuntimeError(f"version {version}, but {allowed} is needed")
    module = IMPORT_NAMES.get(name, name.replace("-", "_"))
    command = [sys.executable, "-c", f"import {module}"]
    child = subprocess.run(command, capture_output=True, text=True, timeout=IMPORT_SECONDS)
    if child.returncode:
        last = (child.stderr.strip().splitlines() or [f"exit status {child.returncode}"])[-1]
        raise RuntimeError(f"version {version} cannot be imported: {last}")
    return version
