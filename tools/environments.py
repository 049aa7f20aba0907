"""Environments beside .venv, each for one purpose, made by uv in .envs/.

python -m tools.environments    all tests and notebooks have passed with the Python that runs this: keep that
"""

import json
import subprocess
import sys
from pathlib import Path

from melody_tutorial import files
from tools import stored

FOLDER = stored.ROOT / ".envs"
CHECKOUT = ("--editable", ".[dev,lab]")


def create(name: str, python: str, *what: str) -> Path:
    """A new environment, in the place of an older one of that name.

    Args:
        python: the Python to build on.
        what: requirements and options of ``uv pip install``.

    Returns:
        The Python of the environment.
    """
    uv("venv", "--clear", "--python", python, str(FOLDER / name))
    created = python_of(name)
    uv("pip", "install", "--python", str(created), *what)
    return created


def python_of(name: str) -> Path:
    """The Python of an environment, which may be yet to be created."""
    return FOLDER / name / "bin" / "python"


def versions(python: Path) -> dict[str, str]:
    """Version of each distribution in an environment; this project, and what else is a folder, left out."""
    listed = json.loads(uv("pip", "list", "--exclude-editable", "--format", "json", "--python", str(python)))
    return {distribution["name"]: distribution["version"] for distribution in listed}


def passed(python: Path) -> Path:
    """The file of an environment that holds the versions with which all tests and notebooks have passed."""
    return python.parents[1] / ".passed.json"


def mark_passed(python: Path) -> None:
    """Write that file; it goes with the environment."""
    files.write_text(passed(python), json.dumps(versions(python)))


def uv(*arguments: str) -> str:
    """Run uv in the checkout and return what it prints; where it fails, it says why, and the program ends."""
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, cwd=stored.ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"uv {' '.join(arguments)} failed")
    return done.stdout


if __name__ == "__main__":
    mark_passed(Path(sys.executable))
