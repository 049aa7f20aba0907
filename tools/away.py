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


def require_installation(folder: Path) -> None:
    """Append to each notebook of a folder a cell that fails where the package is not an installed one."""
    for path in folder.glob("*.ipynb"):
        notebook = stored.read(path)
        notebook.cells.append(nbformat.v4.new_code_cell(IS_INSTALLED))
        nbformat.write(notebook, path)


def run(python: Path, folder: Path, settings: Mapping[str, str]) -> None:
    """Run the notebooks of a folder with the Python of an environment; the program ends where a cell fails.

    The cells that are to show what is stored are compared; a cell is added that looks where the package is.

    Args:
        settings: environment variables, beside the preset and those of this process.
    """
    require_installation(folder)
    environment = {**os.environ, "MELODY_TUTORIAL_PRESET": "test", **settings}
    done = subprocess.run([str(python), "-m", "pytest", *NBVAL, "."], cwd=folder, env=environment)
    if done.returncode:
        sys.exit(f"the notebooks fail with {python}")
