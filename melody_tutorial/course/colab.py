"""A session of Colab made ready: what the course requires is installed, and what Colab has stays as it is.

The first cell of each notebook has installed this package and lazy-loader alone, so nothing is imported here
that Python does not bring along.
"""

import importlib
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterable

from melody_tutorial.errors import UserError

DISTRIBUTION = "melody-tutorial"
# The kernel and the widgets run on some of these versions, the GPU on others.
KEPT = (
    *("tensorflow", "keras", "numpy", "protobuf", "music21"),
    *("ipython", "ipykernel", "ipywidgets", "widgetsnbextension", "jupyterlab-widgets", "anywidget"),
    *("jupyter-client", "jupyter-core", "jupyter-server", "notebook", "traitlets", "tornado", "pyzmq"),
)
# What to do about words in pip's log; the first that are there count.
ADVICE = {
    "different Python": "Choose Change runtime type from the menu Runtime, and a version with such a Python.",
    "connection broken": "See whether the session has a network, then run this cell again.",
    "conflicting dependencies": "Choose Disconnect and delete runtime from the menu Runtime, and begin anew; "
    "if that does not help, Colab has changed: report it.",
    "": "Run this cell again; if that does not help, choose Disconnect and delete runtime from the menu "
    "Runtime, and begin anew.",
}


class SetUpError(UserError):
    """The session cannot be used as it is."""


def set_up_colab() -> None:
    """Install what the course requires and the session lacks.

    Raises:
        SetUpError: pip failed, or replaced something that was in use.
    """
    before = versions()
    kept = [f"{name}=={before[name]}" for name in KEPT if name in before]
    command = [sys.executable, "-m", "pip", "install", "--quiet", DISTRIBUTION, *kept]
    pip = subprocess.run(command, capture_output=True, text=True)
    if pip.returncode:
        advice = next(advice for words, advice in ADVICE.items() if words in pip.stderr)
        raise SetUpError(f"The course cannot be set up, pip says: {reason(pip.stderr)}. {advice}")
    importlib.invalidate_caches()
    after = versions()
    if replaced := in_use(name for name, version in before.items() if after.get(name) != version):
        raise SetUpError(
            f"The course is installed, but {', '.join(replaced)} had to be replaced while in use: choose "
            "Restart session from the menu Runtime, then run all cells."
        )
    print("Ready.")


def versions() -> dict[str, str]:
    """Version of each installed distribution, by its name in pip's spelling.

    Of two with one name the first counts: its modules are imported. What an uninstallation left has no name.
    """
    found = [each for each in importlib.metadata.distributions() if each.name]
    return {spelled(each.name): each.version for each in reversed(found)}


def spelled(name: str) -> str:
    """The name of a distribution in pip's spelling: Jupyter_Client is jupyter-client."""
    return re.sub(r"[-_.]+", "-", name).lower()


def reason(log: str) -> str:
    """Why pip failed: its first error, else its last line."""
    lines = log.strip().splitlines() or ["nothing"]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines[-1:])[0].rstrip(".")


def in_use(distributions: Iterable[str]) -> list[str]:
    """Those of the distributions, in pip's spelling, of which a module has been imported."""
    providers = importlib.metadata.packages_distributions()
    modules = {name.partition(".")[0] for name in sys.modules}
    loaded = {spelled(name) for module in modules for name in providers.get(module, ()) if name}
    return sorted(loaded.intersection(distributions))
