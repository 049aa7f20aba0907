"""The versions that passed the tests, from the environments that ran them, as constraints for pip.

python -m tools.constraints
"""

import datetime
import json
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
    """Write ``constraints.txt`` from what has passed on all declared Pythons."""
    found = {version: versions_of(version) for version in pythons.declared()}
    head = HEAD.format(
        date=datetime.date.today(),
        system=f"{platform.system()} {platform.machine()}",
        pythons=", ".join(found),
    )
    files.write_text(CONSTRAINTS, head + "".join(f"{line}\n" for line in merge(found)))
    print(f"{CONSTRAINTS.name}: Python {', '.join(found)}")


def versions_of(version: str) -> dict[str, str]:
    """What passed all tests on a minor version of Python; the program ends where nothing did."""
    own = version == pythons.own()
    mark = environments.passed(Path(sys.executable) if own else environments.python_of(version))
    if not mark.exists():
        sys.exit(f"not all tests have passed on Python {version}: run make test{'' if own else '-pythons'}")
    return json.loads(mark.read_text(encoding="utf-8"))


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
