"""The tests beyond .venv: on other Pythons, with the lowest versions, with nothing but the installed wheel.

python -m tools.everywhere tests     all tests and notebooks on each other Python that is declared
python -m tools.everywhere lowest    all tests with the lowest versions that are declared
python -m tools.everywhere wheel     the notebooks from the installed wheel, in an empty folder
"""

import argparse
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import away, environments, pythons, stored

LOWEST = ("--resolution", "lowest-direct", "--only-binary", ":all:")
READS_MUSIC = ("tests/music", "tests/melodies")  # with note-seq, which needs audioop-lts from Python 3.13 on


def main() -> None:
    """Read the command line and do what it asks."""
    commands = {"tests": on_each_python, "lowest": with_the_lowest_versions, "wheel": from_the_wheel}
    parser = argparse.ArgumentParser(prog="python -m tools.everywhere")
    parser.add_argument("command", choices=commands)
    commands[parser.parse_args().command]()


def on_each_python() -> None:
    """Run all tests and notebooks on each declared Python but that of this process."""
    found = find_all(version for version in pythons.declared() if version != pythons.own())
    for version, python in found.items():
        created = environments.create(version, python, *environments.CHECKOUT)
        run_tests(created, f"Python {version}")
        with TemporaryDirectory() as folder:
            for path in stored.notebook_paths():
                shutil.copy(path, folder)
            away.run(created, Path(folder), away.OFFLINE, stored.ROOT)
        environments.mark_passed(created)
    if not found:
        pythons.nothing_tested()


def with_the_lowest_versions() -> None:
    """Run all tests on the lowest Python with the lowest versions, and on the highest those that read music.

    Each bound is tested on one of them: some versions have no files for the highest Python, and some
    requirements are for it alone.
    """
    lowest, highest = pythons.declared()[0], pythons.declared()[-1]
    found = find_all((lowest, highest))
    if lowest not in found:
        pythons.nothing_tested()
        return
    created = {
        version: environments.create(f"lowest-{version}", python, *LOWEST, *environments.CHECKOUT)
        for version, python in found.items()
    }
    if wrong := not_the_lowest(declared_requirements(), map(environments.versions, created.values())):
        sys.exit("raise these lower bounds in pyproject.toml to what was installed: " + ", ".join(wrong))
    for version, python in created.items():
        chosen = READS_MUSIC if version == highest else ()
        run_tests(python, f"the lowest versions on Python {version}", *chosen)


def from_the_wheel() -> None:
    """Run the notebooks as users get them, from the wheel by its command, on the highest Python there is."""
    python = next(filter(None, map(pythons.find, reversed(pythons.declared()))))
    with TemporaryDirectory() as built, TemporaryDirectory() as folder:
        created = environments.create("wheel", python, str(away.build_wheel(Path(built))), "nbval")
        command = [created.parent / "melody-tutorial", "notebooks", "--output", "."]
        subprocess.run(command, cwd=folder, check=True)
        away.run(created, Path(folder), away.OFFLINE)


def find_all(versions: Iterable[str]) -> dict[str, str]:
    """Those of the minor versions that this machine has, each with its Python."""
    return {version: python for version in versions if (python := pythons.find(version))}


def run_tests(python: Path, name: str, *chosen: str) -> None:
    """Run tests with the Python of an environment, all or those chosen; the program ends where one fails."""
    what = f"{' '.join(chosen) or 'all tests'} with {name}"
    print(what, flush=True)
    start = time.monotonic()
    done = subprocess.run([str(python), "-m", "pytest", "-p", "no:cacheprovider", *chosen], cwd=stored.ROOT)
    if done.returncode:
        sys.exit(f"tests fail with {name}")
    print(f"{what}: {time.monotonic() - start:.0f} s", flush=True)


def declared_requirements() -> list[Requirement]:
    """What pyproject.toml requires, for users and for developers."""
    project = tomllib.loads((stored.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(line) for lines in (project["dependencies"], *extras) for line in lines]


def not_the_lowest(requirements: list[Requirement], installed: Iterable[Mapping[str, str]]) -> list[str]:
    """Requirements of whose lower bound none of the environments has just that version, each with the lowest.

    Args:
        installed: for each environment, distributions and their versions.
    """
    wrong, all_installed = [], list(installed)
    for requirement in requirements:
        bound = Version(str(requirement.specifier).removeprefix(">="))
        name = canonicalize_name(requirement.name)
        found = [Version(versions[name]) for versions in all_installed if name in versions]
        if found and bound not in found:
            wrong.append(f"{requirement.name}{requirement.specifier} ({min(found)})")
    return wrong


if __name__ == "__main__":
    main()
