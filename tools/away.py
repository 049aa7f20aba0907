"""The notebooks away from the checkout: with any environment, in a folder that holds nothing else."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

from tools import stored

NBVAL = ("--nbval-lax", "--nbval-cell-timeout=240", "-p", "no:cacheprovider")
OFFLINE = {"MELODY_TUTORIAL_STATIC": "1", "PYTHONPATH": str(stored.ROOT / "tests" / "offline")}
LAST_CELL = """\
import sys
from pathlib import Path

import melody_tutorial

assert Path(sys.prefix).resolve() == Path({prefix!r}), sys.executable
assert Path(melody_tutorial.__file__).resolve().is_relative_to({source!r}), melody_tutorial.__file__"""


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=stored.ROOT, check=True)
    return next(folder.glob("*.whl"))


def add_last_cell(folder: Path, prefix: Path, source: Path) -> None:
    """Append a cell to each notebook of a folder that fails with another Python, or with another package.

    Args:
        prefix: folder of the environment whose Python has to run it.
        source: where the package has to lie, or above it.
    """
    code = LAST_CELL.format(prefix=str(prefix.resolve()), source=str(source.resolve()))
    for path in folder.glob("*.ipynb"):
        notebook = stored.read(path)
        notebook.cells.append(nbformat.v4.new_code_cell(code))
        nbformat.write(notebook, path)


def run(python: Path, folder: Path, settings: Mapping[str, str], source: Path | None = None) -> None:
    """Run the notebooks of a folder with the Python of an environment; the program ends where a cell fails.

    The cells that are to show what is stored are compared; a cell is added that looks for Python and package.

    Args:
        settings: environment variables, beside the preset and those of this process; what leads Jupyter to
            other kernels is left out.
        source: where the package has to lie; None: in the environment.
    """
    prefix = python.parents[1]
    add_last_cell(folder, prefix, source or prefix)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER_")}
    environment = {**inherited, "MELODY_TUTORIAL_PRESET": "test", **settings}
    done = subprocess.run([str(python), "-m", "pytest", *NBVAL, "."], cwd=folder, env=environment)
    if done.returncode:
        sys.exit(f"the notebooks fail with {python}")
