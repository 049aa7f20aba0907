"""The notebooks in an environment like Colab's: its versions, its set-up cell, nothing else of this project.

    python -m tools.colab_like

The versions are those of ``colab-pins.txt``. In the set-up cell the wheel of this checkout stands in the
place of the repository's address.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from tools import away, environments, pythons, stored

PYTHON = "3.13"
PINS = Path(__file__).parent / "colab-pins.txt"
# Colab's kernel has this module from the start; here an empty one, and no other name is left behind.
STARTUP = '__import__("sys").modules["google.colab"] = __import__("types").ModuleType("google.colab")\n'


def main() -> None:
    """Run the notebooks, then compare what is installed with what was there before."""
    if not (found := pythons.find(PYTHON)):
        pythons.nothing_tested()
        return
    python = environments.create("colab", found, "pip", "nbval", "--requirement", str(PINS))
    before = environments.versions(python)
    with TemporaryDirectory() as built, TemporaryDirectory() as folder, TemporaryDirectory() as ipython:
        pretend(Path(ipython))
        open_notebooks(Path(folder), str(away.build_wheel(Path(built))))
        away.run(python, Path(folder), {"IPYTHONDIR": ipython})
    if changed := replaced(before, environments.versions(python)):
        sys.exit(f"the set-up cell replaced what Colab has: {', '.join(changed)}")
    print(f"the set-up cell left all {len(before)} packages that were there as they were")


def open_notebooks(folder: Path, course: str) -> None:
    """Copy the notebooks into a folder; their set-up cells then install ``course``."""
    for path in stored.notebook_paths():
        notebook = stored.read(path)
        set_up = notebook.cells[1]
        set_up.source = put_in_place(set_up.source, f"git+{stored.repository()}", course)
        nbformat.write(notebook, folder / path.name)


def put_in_place(text: str, old: str, new: str) -> str:
    """A text with the one place where ``old`` stands changed.

    Raises:
        ValueError: it stands there more than once, or not at all.
    """
    before, after = text.split(old)
    return before + new + after


def pretend(ipython: Path) -> None:
    """Make kernels believe that they run in Colab.

    Args:
        ipython: folder for IPython's settings.
    """
    startup = ipython / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "colab.py").write_text(STARTUP, encoding="utf-8")


def replaced(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Distributions that are gone or have another version, such as "numpy 2.1.3 → 2.4.0"."""
    return [
        f"{name} {version} → {after.get(name, 'gone')}"
        for name, version in before.items()
        if after.get(name) != version
    ]


if __name__ == "__main__":
    main()
