"""What ``pip install .`` gives: a command, the package, and the data that ships with it."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from melody_tutorial.course import chapters

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a checkout in which somebody has worked, by the installed build backend: no network."""
    pytest.importorskip("hatchling")
    folder, checkout = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("checkout")
    for name in ("melody_tutorial", "notebooks", "data/checkpoints", "data/primers", "data/splits"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE", ".gitignore"):
        shutil.copy(ROOT / name, checkout)
    for name in ("my_music/mine.mid", ".ipynb_checkpoints/00.ipynb", "data/corpora/a.zip", "notes.txt"):
        (checkout / "notebooks" / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / "notebooks" / name).touch()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def committed(folder: str) -> set[str]:
    """Files under a folder of the checkout, hidden ones left out, relative to it."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT / folder).as_posix() for path in paths if not path.name.startswith(".")}


@pytest.mark.parametrize("folder", ["checkpoints", "primers", "splits"])
def test_the_wheel_carries_what_ships(wheel, folder):
    inside = {name.split(f"/data/{folder}/", 1)[1] for name in names(wheel) if f"/data/{folder}/" in name}
    assert committed(f"data/{folder}") and committed(f"data/{folder}") <= inside


def test_the_wheel_carries_the_course_and_nothing_that_lies_beside_it(wheel):
    inside = {name.split("/notebooks/")[1] for name in names(wheel) if "/notebooks/" in name}
    assert inside == {path.name for path in chapters.course_files()}
    assert len(inside) == len(list((ROOT / "notebooks").glob("[0-9]*.ipynb"))) + 1


def test_the_wheel_carries_the_package_and_nothing_else(wheel):
    ours = {f"melody_tutorial/{name}" for name in committed("melody_tutorial") if "__pycache__" not in name}
    assert ours <= set(names(wheel))
    assert {"melody_tutorial/py.typed", "melody_tutorial/__init__.pyi"} <= ours, "for editors"
    others = {name.split("/")[0] for name in names(wheel)}
    assert others == {"melody_tutorial", f"melody_tutorial-{PROJECT['version']}.dist-info"}


def test_the_wheel_carries_licence_and_notice(wheel):
    inside = {name.rsplit("/", 1)[1] for name in names(wheel) if ".dist-info/licenses/" in name}
    assert inside == {"LICENSE", "NOTICE"}


def test_the_wheel_makes_the_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(
            f"melody_tutorial-{PROJECT['version']}.dist-info/entry_points.txt"
        ).decode()
    assert "melody-tutorial = melody_tutorial.cli:main" in entry_points


def test_an_unpacked_wheel_finds_its_data(wheel, tmp_path):
    """As installed, without the checkout around: the data are those inside the package."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "from melody_tutorial import config; from melody_tutorial.course import chapters; "
        "print(config.shipped_data(), *chapters.course_files())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    data, *notebooks = done.stdout.split()
    assert Path(data) == tmp_path / "melody_tutorial" / "data", done.stderr
    assert {Path(path).parent for path in notebooks} == {Path(data) / "notebooks"}


def test_every_dependency_has_a_lower_bound_and_a_reason():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    declared = [line for line in lines if re.match(r'\s+"[a-z0-9-]+[>=;\[]', line)]
    assert len(declared) >= len(PROJECT["dependencies"])
    assert not [line for line in declared if ">=" not in line or "# " not in line]


def test_nothing_that_colab_has_is_replaced():
    """Its versions are allowed, and so are later ones: no upper bound will ask for an older one."""
    pins = (ROOT / "tools" / "colab-pins.txt").read_text(encoding="utf-8")
    pins = pins.replace(".*", ".99")  # the last of a series
    colab = dict(re.findall(r"^([\w-]+)==([\d.]+\d)", pins, re.MULTILINE))
    shared = [(r.name, r.specifier) for r in map(Requirement, PROJECT["dependencies"]) if r.name in colab]
    assert {"numpy", "tensorflow", "keras", "music21", "typer"} <= {name for name, _ in shared}
    assert not [(name, colab[name]) for name, allowed in shared if colab[name] not in allowed]
    assert not [name for name, allowed in shared if any(part.operator != ">=" for part in allowed)]


def test_conda_users_get_the_same_dependencies():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "conda-forge" in text and "--editable .[dev,lab]" in text
    assert f"python{PROJECT['requires-python']}" in text


def names(wheel: Path) -> list[str]:
    """The files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()
