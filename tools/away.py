"""The notebooks away from the checkout: on an installed wheel, in a folder that holds nothing else."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

from tools import stored

NBVAL = ("--nbval-lax", "--nbval-cell-timeout=240", "-p", "no:cacheprovider")
OFFLINE = {"MELODY_TUTORIAL_STATIC": "1", "PYTHONPATH": str(stored.ROOT / "tests" / "offline")}
IS_INSTALLED = """\
import melody_tutorial

assert "site-packages" in melody_tutorial.__file__, melody_tutorial.__file__"""


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=stored.ROOT, check=True)
    return next(folder.glob("*.whl"))


def lay_out(folder: Path, course: str | None = None) -> None:
    """Copy the notebooks into a folder, each with a last cell that fails where the package is not installed.

    Args:
        course: what the cell for Colab installs; None leaves it the address of the repository.
    """
    for path in stored.notebook_paths():
        notebook = stored.read(path)
        if course:
            set_up = notebook.cells[1]
            set_up.source = put_in_place(set_up.source, f"git+{stored.repository()}", course)
        notebook.cells.append(nbformat.v4.new_code_cell(IS_INSTALLED))
        nbformat.write(notebook, folder / path.name)


def put_in_place(text: str, old: str, new: str) -> str:
    """A text with the one place where ``old`` stands changed.

    Raises:
        ValueError: it stands there more than once, or not at all.
    """
    before, after = text.split(old)
    return before + new + after


def run(python: Path, folder: Path, settings: Mapping[str, str]) -> None:
    """Run the notebooks of a folder with the Python of an environment; the program ends where a cell fails.

    The cells that are to show what is stored are compared.

    Args:
        settings: environment variables, beside the preset and those of this process.
    """
    environment = {**os.environ, "MELODY_TUTORIAL_PRESET": "test", **settings}
    done = subprocess.run([str(python), "-m", "pytest", *NBVAL, "."], cwd=folder, env=environment)
    if done.returncode:
        sys.exit(f"the notebooks fail with {python}")
