"""The tests beyond .venv: on other Pythons, with the lowest versions, with nothing but the installed wheel.

python -m tools.everywhere tests     all tests on each other Python that is declared
python -m tools.everywhere lowest    all tests with the lowest versions that are declared
python -m tools.everywhere wheel     the notebooks from the installed wheel, in an empty folder
"""

import argparse
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import away, environments, pythons, stored

LOWEST = ("--resolution", "lowest-direct", "--only-binary", ":all:")


def main() -> None:
    """Read the command line and do what it asks."""
    commands = {"tests": on_each_python, "lowest": with_the_lowest_versions, "wheel": from_the_wheel}
    parser = argparse.ArgumentParser(prog="python -m tools.everywhere")
    parser.add_argument("command", choices=commands)
    commands[parser.parse_args().command]()


def on_each_python() -> None:
    """Run all tests on each declared Python but that of this process."""
    for version in pythons.declared():
        if version != pythons.own() and (python := pythons.find(version)):
            run_tests(environments.create(version, python, *environments.CHECKOUT), f"Python {version}")


def with_the_lowest_versions() -> None:
    """Run all tests on the lowest Python with the lowest versions, each just the one that is declared."""
    if python := pythons.find(pythons.declared()[0]):
        created = environments.create("lowest", python, *LOWEST, *environments.CHECKOUT)
        if wrong := not_the_lowest(declared_requirements(), environments.versions(created)):
            sys.exit("raise these lower bounds in pyproject.toml to what was installed: " + ", ".join(wrong))
        run_tests(created, "the lowest versions")


def from_the_wheel() -> None:
    """Run the notebooks on the highest Python as its users get them: from the wheel, by its command."""
    if python := pythons.find(pythons.declared()[-1]):
        with TemporaryDirectory() as built, TemporaryDirectory() as folder:
            created = environments.create("wheel", python, str(away.build_wheel(Path(built))), "nbval")
            command = [created.parent / "melody-tutorial", "notebooks", "--output", "."]
            subprocess.run(command, cwd=folder, check=True)
            away.run(created, Path(folder), away.OFFLINE)


def run_tests(python: Path, name: str) -> None:
    """Run all tests with the Python of an environment; the program ends where one fails."""
    print(f"all tests with {name}", flush=True)
    start = time.monotonic()
    done = subprocess.run([str(python), "-m", "pytest", "-p", "no:cacheprovider"], cwd=stored.ROOT)
    if done.returncode:
        sys.exit(f"tests fail with {name}")
    print(f"all tests with {name}: {time.monotonic() - start:.0f} s", flush=True)


def declared_requirements() -> list[Requirement]:
    """What pyproject.toml requires, for users and for developers."""
    project = tomllib.loads((stored.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(line) for lines in (project["dependencies"], *extras) for line in lines]


def not_the_lowest(requirements: list[Requirement], installed: Mapping[str, str]) -> list[str]:
    """Requirements whose lower bound is not the version installed, each with that version."""
    wrong = []
    for requirement in requirements:
        bound = re.fullmatch(r">=(.*)", str(requirement.specifier))[1]
        version = installed.get(canonicalize_name(requirement.name))
        if version and Version(version) != Version(bound):
            wrong.append(f"{requirement.name}{requirement.specifier} ({version})")
    return wrong


if __name__ == "__main__":
    main()
