"""The Pythons that the project declares, and where this machine has them.

A target that finds none to test with says so and succeeds; with REQUIRE_PYTHONS in the environment, as in CI,
it fails.
"""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from tools import stored

MINOR_VERSIONS = range(100)  # of Python 3
SAY_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def declared() -> list[str]:
    """Minor versions that ``requires-python`` allows, the lowest first, such as "3.11"."""
    project = tomllib.loads((stored.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    allowed = SpecifierSet(project["requires-python"])
    return [version for version in (f"3.{minor}" for minor in MINOR_VERSIONS) if version in allowed]


def own() -> str:
    """Minor version of the Python that runs this."""
    return "{}.{}".format(*sys.version_info)


def find(version: str) -> str | None:
    """A Python of that minor version that starts; None, and a line that says so, where there is none."""
    python = next((path for path in candidates(version) if starts(path, version)), None)
    if python is None:
        print(f"Python {version}: not on this machine, so nothing is tested with it", flush=True)
    return python


def nothing_tested() -> None:
    """What a target does that has found no Python to test with: fail, where REQUIRE_PYTHONS is set."""
    if os.environ.get("REQUIRE_PYTHONS"):
        sys.exit("nothing was tested: with REQUIRE_PYTHONS that is a failure")


def candidates(version: str) -> Iterator[str]:
    """Where a Python of that minor version may be: this one, then those in PATH, of pyenv, and of uv."""
    name = f"python{version}"
    yield sys.executable
    yield from (os.path.join(folder, name) for folder in os.get_exec_path())
    yield from lines_of("pyenv", "whence", "--path", name)
    yield from lines_of(sys.executable, "-m", "uv", "python", "find", "--managed-python", version)


def starts(python: str, version: str) -> bool:
    """Whether a Python starts and is of that minor version; one in PATH may stand for another."""
    return lines_of(python, "-c", SAY_VERSION) == [version]


def lines_of(*command: str) -> list[str]:
    """What a command prints; nothing where it fails or is not there."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError:
        return []
    return [] if done.returncode else done.stdout.splitlines()
