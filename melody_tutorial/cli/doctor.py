"""What this machine has and lacks: each check says what was found and, where it fails, what to do.

Whatever is broken, it goes on: only Python's own library is imported above, and only ``attempt`` calls what
may fail. What a check calls ok was tried.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from melody_tutorial.cli import probes
from melody_tutorial.config import built_data
from melody_tutorial.course import dependencies

DATA = "free some space, or name a folder of your own in the environment variable MELODY_TUTORIAL_DATA"
RUNS = "free some space, or give run and train a folder of your own with --output"
PACKAGING = "python -m pip install packaging; if it is there, install the program anew"
REINSTALL = "python -m pip install --force-reinstall"
ANEW = "install the program anew"
KERNEL = "for the notebooks: python -m pip install --force-reinstall jupyterlab ipykernel"
LIBRARY = "mend what is not ok above; if all is, `melody-tutorial doctor --full` says which library is broken"
FAULT = "mend what is not ok above; if all is, this is a fault of the program: report it"


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
    """What can be said in two seconds, each check as soon as it is done; nothing large is imported here."""
    yield attempt("cores and memory", probes.find_machine, "", required=False)
    yield attempt("console", probes.find_encodings, "", required=False)
    for folder, advice in ((built_data(), DATA), (Path("runs"), RUNS)):
        yield attempt(f"folder {folder}", partial(probes.try_writing, folder), advice)
    yield from compare_versions()
    yield attempt("abc2midi", probes.try_abc2midi, f"{REINSTALL} symusic")
    yield attempt("tune books", probes.find_tune_books, f"{REINSTALL} music21")
    yield attempt("files that ship", probes.find_shipped, ANEW)
    yield attempt("shipped checkpoint", probes.try_checkpoint, f"{ANEW}, or train it: make checkpoint")
    commands = {"extract": probes.try_extracting, "sample": probes.try_sampling}
    with ThreadPoolExecutor(len(commands)) as pool:
        yield from pool.map(lambda name: attempt(name, commands[name], LIBRARY), commands)
    yield attempt("Jupyter kernel", probes.find_kernel, KERNEL, required=False)


def full_checks() -> Iterator[Check]:
    """Import every dependency, then train: half a minute on a quiet machine, more from a cold disk."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(check_import, known_dependencies())
    yield attempt("train", probes.try_training, FAULT)
    yield attempt("notebook", probes.try_notebook, KERNEL, required=False)


def attempt(name: str, probe: Callable[[], str], advice: str, required: bool = True) -> Check:
    """Call a probe: what it returns was found; whatever it raises makes the check fail."""
    try:
        return Check(name, True, probe(), advice, required)
    except Exception as error:  # a broken installation can raise anything
        return Check(name, False, str(error) or type(error).__name__, advice, required)


def compare_versions() -> Iterator[Check]:
    """Python and every dependency beside what the program requires, where that can be read."""
    listed = attempt("requirements", lambda: f"{len(dependencies())} libraries", PACKAGING)
    yield listed
    if listed.ok:
        yield attempt("Python", probes.find_python, "install such a Python")
        yield from map(check_dependency, dependencies())


def known_dependencies() -> list[tuple[str, str]]:
    """What the program requires; nothing where that cannot be read, which ``compare_versions`` says."""
    try:
        return dependencies()
    except Exception:  # as in ``attempt``
        return []


def check_dependency(dependency: tuple[str, str]) -> Check:
    """Whether a distribution is there and of an allowed version; it is not imported."""
    name, allowed = dependency
    return attempt(name, partial(probes.find_package, name, allowed), install(name, allowed))


def check_import(dependency: tuple[str, str]) -> Check:
    """Whether a distribution can be imported, in a process of its own, which may crash."""
    name, allowed = dependency
    return attempt(f"import {name}", partial(probes.try_import, name), install(name, allowed))


def install(name: str, allowed: str) -> str:
    """How to get a distribution."""
    return f"python -m pip install --upgrade '{name}{allowed}'"
