"""The versions that passed the tests, from the environments that ran them, as constraints for pip.

python -m tools.constraints
"""

import datetime
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from melody_tutorial import files
from tools import environments, pythons, stored

CONSTRAINTS = stored.ROOT / "constraints.txt"
INSTALLERS = {"pip", "setuptools"}  # a new environment may hold them already
HEAD = """\
# Versions that passed all tests on {date}, on {system} with Python {pythons}. Written by make constraints.
"""


def main() -> None:
    """Write ``constraints.txt`` from the environments of all declared Pythons."""
    found = {version: environments.versions(environment_of(version)) for version in pythons.declared()}
    head = HEAD.format(
        date=datetime.date.today(),
        system=f"{platform.system()} {platform.machine()}",
        pythons=", ".join(found),
    )
    files.write_text(CONSTRAINTS, head + "".join(f"{line}\n" for line in merge(found)))
    print(f"{CONSTRAINTS.name}: Python {', '.join(found)}")


def environment_of(version: str) -> Path:
    """The Python whose environment was tested for a minor version; the program ends where there is none."""
    python = Path(sys.executable) if version == pythons.own() else environments.python_of(version)
    if not python.exists():
        sys.exit(f"nothing was tested with Python {version}: run make test-pythons where there is one")
    return python


def merge(environments: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A line for each version of a distribution, with the Pythons that have it where not all do.

    Args:
        environments: for each minor version of Python, distributions and their versions.
    """
    names = sorted({name for versions in environments.values() for name in versions} - INSTALLERS)
    lines = []
    for name in names:
        found = {python: versions.get(name) for python, versions in environments.items()}
        if len(set(found.values())) == 1:
            lines.append(f"{name}=={found.popitem()[1]}")
        else:
            marked = (f"{name}=={v}; python_version == '{python}'" for python, v in found.items() if v)
            lines.extend(marked)
    return lines


if __name__ == "__main__":
    main()
