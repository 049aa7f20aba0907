"""What doctor tries: each probe says in words what it found, or raises an error that says what is wrong.

Commands are called as a user calls them, each in a process of its own: that may crash, and its folders are
named relative to where it runs.
"""

import codecs
import importlib.metadata
import importlib.resources
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from melody_tutorial.config import child_environment, shipped_data
from melody_tutorial.course import DISTRIBUTION, course_files
from melody_tutorial.funnel import counted

IMPORT_NAMES = {"audioop-lts": "audioop"}
CHILD_SECONDS = 180  # TensorFlow from a cold disk takes a minute
COMMAND = "from melody_tutorial.cli import main; main()"
# Small and short: the tunes that ship, one update of a network of few units; all else as a user gets it.
EXTRACT = "extract tunes --output dataset --min-bars 1 --min-unique-pitches 2"
TRAIN = "train dataset --output run --num-training-steps 1 --units 8 --batch-size 4 --window 16"
REPORT = "report run"
SAMPLE = "sample --output melodies --num-outputs 1 --num-steps 16"
UNEXPECTED = ": this is a fault of the program"  # what a command adds to an error that no user made
NOTEBOOK = """\
import nbclient, nbformat
cell = nbformat.v4.new_code_cell("import melody_tutorial, sys; print(sys.executable)")
nbclient.execute(nbformat.v4.new_notebook(cells=[cell]), timeout=60, kernel_name="python3")
print(cell.outputs[-1].text)"""
ONE_BAR = "X:1\nT:one bar\nM:4/4\nL:1/4\nK:C\nCDEF|\n"
NOTES = 4  # in that bar
SHIPPED = {"notebooks": 9, "primers": 4, "report page": 1}  # how many files of each
WRITTEN = bytes(2**16)  # more than a file system keeps beside a file's name


def find_python() -> str:
    """This Python, which is one of those that the program is meant for."""
    allowed = importlib.metadata.metadata(DISTRIBUTION)["Requires-Python"]
    found = f"{platform.python_version()} at {sys.executable}"
    if not fits(platform.python_version(), allowed):
        raise RuntimeError(f"{found}, but {allowed} is needed")
    return found


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
    found = f"{counted(cores or 1, 'cores')}, {counted(threads, 'BLAS threads')}"
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
    with tempfile.TemporaryFile(dir=existing) as file:
        file.write(WRITTEN)
        file.flush()
        os.fsync(file.fileno())  # some file systems notice only now that the disk is full
    return "can be written"


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


def try_abc2midi() -> str:
    """Convert one bar with symusic's abc2midi."""
    from melody_tutorial.music import aligned_score, convert_tunes

    notes = len(aligned_score(*convert_tunes([ONE_BAR])).score.pitch)
    if notes != NOTES:
        raise RuntimeError(f"a bar of {NOTES} notes in ABC became {notes}")
    return f"one bar of ABC became {notes} notes"


def find_tune_books() -> str:
    """Count the tune books of the default corpus in the installed music21."""
    from melody_tutorial.datasets import tune_books

    return f"{len(list(tune_books()))} files in music21"


def find_shipped() -> str:
    """Count the notebooks, the primers and the page of a report that ship.

    Raises:
        RuntimeError: some are missing; a notebook that is cut short counts as missing.
    """
    templates = importlib.resources.files("melody_tutorial.pipeline") / "templates"
    found = {
        "notebooks": sum(map(is_notebook, course_files())),
        "primers": len(list((shipped_data() / "primers").glob("*.mid"))),
        "report page": sum(file.name.endswith(".html") for file in templates.iterdir()),
    }
    if lacking := [
        f"{found[kind]} of {count} {kind}" for kind, count in SHIPPED.items() if found[kind] < count
    ]:
        raise RuntimeError(f"only {' and '.join(lacking)}")
    return ", ".join(f"{count} {kind}" for kind, count in found.items())


def is_notebook(file: Path) -> bool:
    """Whether a file is a whole notebook: cut short, it is no JSON."""
    try:
        return bool(json.loads(file.read_bytes())["cells"])
    except (OSError, ValueError, KeyError):
        return False


def try_checkpoint() -> str:
    """Load the trained model that ships, which compares its check sum."""
    from melody_tutorial.networks import load_checkpoint

    checkpoint = load_checkpoint()
    weights = sum(weight.size for weight in checkpoint.weights.values())
    return f"{checkpoint.model.cell} with {weights:,} weights"


def try_sampling() -> str:
    """Compose a short melody by the model that ships, in all the formats that a user gets."""
    files = [Path(line).name for line in try_commands(SAMPLE).splitlines()]
    return f"wrote {', '.join(files)}"


def try_extracting() -> str:
    """Extract the tunes that ship into a dataset.

    Raises:
        RuntimeError: some gave no melody, as a damaged file gives none.
    """
    told = try_commands(EXTRACT).splitlines()[-1].removeprefix("dataset: ")
    tunes = len(list((shipped_data() / "primers").glob("*.mid")))
    if sum(map(int, re.findall(r"\b\d+\b", told))) != tunes:
        raise RuntimeError(f"{tunes} tunes became a {told}: some of the files that ship are damaged")
    return told


def try_training() -> str:
    """Train on the tunes that ship, for one update, and write the page of that run."""
    trained = try_commands(EXTRACT, TRAIN, REPORT).splitlines()
    return next(line.removeprefix("kept: ") for line in trained if line.startswith("kept: "))


def find_kernel() -> str:
    """Name the Jupyter kernel that runs Python, and the program that it starts."""
    from jupyter_client.manager import KernelManager

    kernel = KernelManager(kernel_name="python3")
    program = kernel.format_kernel_cmd()[0]
    if shutil.which(program) is None:
        raise RuntimeError(f"{kernel.kernel_spec.display_name} starts {program}, which is not there")
    return f"{kernel.kernel_spec.display_name}, starts {program}"


def try_notebook() -> str:
    """Run a cell that imports this package, as a notebook does."""
    return f"runs {run_child('-c', NOTEBOOK).strip()}"


def try_commands(*commands: str) -> str:
    """Call commands in a folder that holds the tunes that ship; what they printed."""
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        shutil.copytree(shipped_data() / "primers", Path(folder, "tunes"))
        return "".join(run_child("-c", COMMAND, *command.split(), folder=folder) for command in commands)


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
        raise RuntimeError(said[-1].removeprefix("error: ").partition(UNEXPECTED)[0])
    return child.stdout
