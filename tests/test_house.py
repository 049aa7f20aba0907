"""The layout holds: rooms import upwards only, through doors; quick commands stay quick; all is documented.

The order of the rooms is that of the table "The package" in README.md; nowhere else is it written.
"""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from imports import (
    PACKAGE,
    ROOT,
    faults_of_stub,
    imports_of,
    is_module,
    libraries_of,
    names_at_the_top,
    names_in_the_door,
    parse,
    run_at_once,
)

import melody_tutorial

WHOLE = sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")])
USERS = sorted([*(ROOT / "tools").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")])
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not path.name.startswith("__"))
GROUND_FLOOR, OUTSIDE = "ground floor", "outside"
HEAVY = ("tensorflow", "keras", "note_seq", "music21", "matplotlib")
LOADS_TENSORFLOW = ("networks", "training", "course")  # course shows it, inside functions
MOST_ROWS, MOST_NAMES, MOST_MODULES = 15, 18, 15
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_MODULE = 300


def order_of_the_house() -> list[str]:
    """The rooms, from the top row of the README's table to its last."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("### The package")[1].split("\n#")[0]
    return re.findall(r"^\| (?:\*\*|`)([\w ]+)(?:\*\*|/`) \|", section, re.MULTILINE)


def ground_floor() -> set[str]:
    """Modules that lie in no room."""
    return {path.stem for path in MODULES if path.parent == PACKAGE}


def rooms() -> list[str]:
    return [name for name in order_of_the_house() if name != GROUND_FLOOR]


def room_of(path: Path) -> str:
    """The room in which a module of the package lies; the front door looks at all rooms from outside."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else OUTSIDE if path.stem == "__init__" else GROUND_FLOOR


def package_of(path: Path) -> str:
    """The package in which a module lies, within ours: "music", "cli.commands"."""
    return ".".join(path.relative_to(PACKAGE).parts[:-1])


def wrong_imports(tree: ast.AST, own: str, order: list[str], package: str = "") -> list[str]:
    """Imports that lead to a room below, past the door of another room, or round by the front door.

    Args:
        own: the room, or ``OUTSIDE``, from which all rooms and the front door may be used.
        package: as ``own`` of ``imports_of``.
    """
    ground, wrong = ground_floor(), []
    for name in sorted(imports_of(tree, package)):
        room, *inside = name.split(".")
        room = GROUND_FLOOR if room in ground else room
        if room not in order:
            ok = own == OUTSIDE and name in {"", *melody_tutorial.__all__}
        else:
            ok = room == own or (not inside and (own == OUTSIDE or order.index(room) < order.index(own)))
        wrong += [] if ok else [name]
    return wrong


def heavy_at_once(tree: ast.Module, room: str) -> set[str]:
    """Large libraries that a module loads as soon as it is imported, and should not."""
    allowed = {"tensorflow", "keras"} if room in ("networks", "training") else set()
    return set(HEAVY) & libraries_of(run_at_once(tree)) - allowed


def functions_of(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def public(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    """Functions, classes and methods of a module that bear no leading underscore."""
    kinds = ast.FunctionDef | ast.ClassDef
    top = [node for node in tree.body if isinstance(node, kinds)]
    classes = [node for node in top if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    methods = [node for owner in classes for node in owner.body]
    return [node for node in top + methods if isinstance(node, kinds) and not node.name.startswith("_")]


def modules_loaded_by(code: str) -> set[str]:
    """Run Python code in a new process and return the heavy libraries that are loaded at its end."""
    probe = f"{code}\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


def code_of(notebook: Path) -> ast.Module:
    """The code of all cells of a notebook."""
    cells = nbformat.read(notebook, as_version=4).cells
    lines = "\n".join(cell.source for cell in cells if cell.cell_type == "code").splitlines()
    return ast.parse("\n".join(line for line in lines if not line.lstrip().startswith(("%", "!"))))


def examples_of(page: Path) -> ast.Module:
    """The Python that a page shows."""
    return ast.parse("\n".join(re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)))


@cache
def names_imported(file: Path) -> dict[str, set[str]]:
    """What a file takes through the door of each room."""
    read = {".ipynb": code_of, ".md": examples_of}.get(file.suffix, parse)
    nodes = list(ast.walk(read(file)))
    imported, names = [node for node in nodes if isinstance(node, ast.ImportFrom)], defaultdict(set)
    doors = {alias.name for node in imported if node.module == "melody_tutorial" for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in doors:
            names[node.value.id].add(node.attr)
    for node in imported:
        if (node.module or "").startswith("melody_tutorial."):
            names[node.module.removeprefix("melody_tutorial.")] |= {alias.name for alias in node.names}
    return names


def names_used_outside(room: str) -> set[str]:
    """What other rooms, chapters, pages, tools, benchmarks and commands take through the door of a room."""
    files = [path for path in PACKAGE.rglob("*.py") if room_of(path) != room]
    files += [*USERS, *(ROOT / "notebooks").glob("[0-9]*.ipynb"), *(ROOT / "docs").glob("*.md")]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    commands = re.findall(rf'^[\w-]+ = "melody_tutorial\.{room}:(\w+)"$', project, re.MULTILINE)
    return set(commands).union(*(names_imported(file)[room] for file in files))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
class TestModule:
    def test_is_short(self, path):
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= MOST_LINES_OF_A_MODULE, "split it by subject"

    def test_functions_are_short(self, path):
        functions = functions_of(parse(path))
        assert not {f.name: body_lines(f) for f in functions if body_lines(f) > MOST_LINES_OF_A_FUNCTION}

    def test_everything_public_is_documented(self, path):
        tree = parse(path)
        assert ast.get_docstring(tree), "a module opens with one sentence on what lives here"
        assert not [node.name for node in public(tree) if not ast.get_docstring(node)]

    def test_nothing_is_left_to_be_written(self, path):
        assert "raise NotImplementedError" not in path.read_text(encoding="utf-8")

    def test_tensorflow_is_loaded_where_it_belongs(self, path):
        if room_of(path) not in LOADS_TENSORFLOW:
            assert not {"tensorflow", "keras"} & libraries_of(ast.walk(parse(path)))

    def test_large_libraries_are_loaded_when_they_are_first_needed(self, path):
        assert not heavy_at_once(parse(path), room_of(path))


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_import_from_rooms_above_their_own_through_their_doors(path):
    assert not wrong_imports(parse(path), room_of(path), order_of_the_house(), package_of(path))


@pytest.mark.parametrize("path", USERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tools_and_benchmarks_come_through_doors(path):
    assert not wrong_imports(parse(path), OUTSIDE, order_of_the_house())


def test_the_readme_maps_every_room_and_no_other():
    order = order_of_the_house()
    assert order[0] == GROUND_FLOOR and len(order) <= MOST_ROWS
    assert set(rooms()) == names_at_the_top() - ground_floor()


def test_a_newcomer_sees_few_names_at_the_top():
    assert len(names_at_the_top()) <= MOST_NAMES


@pytest.mark.parametrize("room", rooms())
class TestRoom:
    def test_holds_few_modules(self, room):
        folders = [PACKAGE / room, *(path.parent for path in (PACKAGE / room).glob("*/__init__.py"))]
        for folder in folders:
            modules = [path for path in folder.glob("*.py") if not path.name.startswith("__")]
            assert 0 < len(modules) <= MOST_MODULES

    def test_says_what_comes_in_what_goes_out_and_what_it_may_import(self, room):
        text = ast.get_docstring(parse(PACKAGE / room / "__init__.py"))
        above = rooms()[: rooms().index(room)]
        assert text and text.endswith("."), "the door opens with a paragraph"
        (allowed,) = re.findall(r"May\s+import\s+([^.]+)\.", text)
        first = re.findall(r"\w+", allowed)[0]
        assert first == (above[-1] if above else "the") or (room == rooms()[-1] and first == "every")

    def test_exports_what_it_says(self, room):
        door = import_module(f"melody_tutorial.{room}")
        assert sorted(door.__all__) == sorted(set(door.__all__)) and set(door.__all__) <= set(dir(door))
        for name in door.__all__:
            found = getattr(door, name)
            assert found is getattr(import_module(f"{door.__name__}.{names_in_the_door(room)[name]}"), name)
            if getattr(found, "__module__", "").startswith("melody_tutorial."):
                assert found.__module__.startswith(f"melody_tutorial.{room}."), name

    def test_the_stub_says_what_the_door_exports(self, room):
        assert not faults_of_stub((PACKAGE / room / "__init__.pyi").read_text(encoding="utf-8"), room)
        assert set(import_module(f"melody_tutorial.{room}").__all__) == set(names_in_the_door(room))

    def test_exports_all_that_others_take(self, room):
        taken = {name for name in names_used_outside(room) if not is_module(f"{room}.{name}")}
        assert taken <= set(names_in_the_door(room))

    def test_exports_nothing_that_nobody_uses(self, room):
        door = import_module(f"melody_tutorial.{room}")
        assert not set(door.__all__) - names_used_outside(room) - set(melody_tutorial.__all__)


def test_the_front_door_exports_what_it_says():
    """About a dozen names: a whole morning's work."""
    assert 10 <= len(melody_tutorial.__all__) <= MOST_NAMES
    doors = [import_module(f"melody_tutorial.{room}") for room in rooms()]
    for name in melody_tutorial.__all__:
        found = getattr(melody_tutorial, name)
        assert any(found is getattr(door, name, None) for door in doors) or name == "UserError"
    stub = PACKAGE / "__init__.pyi"
    assert names_in_the_door("") == melody_tutorial._ROOMS
    assert not faults_of_stub(stub.read_text(encoding="utf-8"))
    with pytest.raises(AttributeError):
        _ = melody_tutorial.nothing_of_this_name


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")), ids=lambda path: path.stem
)
def test_chapters_import_from_doors(path):
    """The exercises of a chapter are a module of their own; everything else comes through a door."""
    names = imports_of(code_of(path))
    assert names and not {name for name in names if "." in name} - {"course.exercises"}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("from melody_tutorial.music import Score", []),
        ("from melody_tutorial.errors import UserError", []),
        ("from melody_tutorial import files", []),
        ("from melody_tutorial.melodies.rules import judge", []),
        ("from .rules import judge\nfrom ..music import Score", []),
        ("import melody_tutorial.music as music; music.Score", []),
        ("from melody_tutorial.music.score import Score", ["music.score"]),
        ("def f():\n    from melody_tutorial.datasets import Dataset", ["datasets"]),
        ("if TYPE_CHECKING:\n    from melody_tutorial.datasets import Dataset", ["datasets"]),
        ("import melody_tutorial.views.canvas", ["", "views.canvas"]),
        ("import melody_tutorial.pipeline.main_job as m", ["pipeline.main_job"]),
        ("import melody_tutorial as mt; mt.train_run", [""]),
        ("import melody_tutorial; melody_tutorial.pipeline.train_run", [""]),
        ("from melody_tutorial import train_run", ["train_run"]),
        ("from melody_tutorial import *", ["*"]),
        ("from melody_tutorial import pipeline", ["pipeline"]),
        ("from ..pipeline import train_run", ["pipeline"]),
        ("from .. import pipeline", ["pipeline"]),
        ("from .. import train_run", ["train_run"]),
        ("from ..music.score import Score", ["music.score"]),
        ("from melody_tutorial.music import score", ["music.score"]),
        ("from melody_tutorial import music; music.midi_faults.read", ["music.midi_faults"]),
        ("from importlib import import_module; import_module('melody_tutorial.views')", ["views"]),
        ("import importlib; importlib.import_module('melody_tutorial.music.score')", ["music.score"]),
        ("__import__('melody_tutorial.pipeline')", ["pipeline"]),
        ("run('from melody_tutorial.views import play')", ["views"]),
        ("from melody_tutorial.nothing import of_this_name", ["nothing"]),
    ],
)
def test_imports_downwards_or_past_a_door_are_found_out(code, wrong):
    assert wrong_imports(ast.parse(code), "melodies", order_of_the_house(), "melodies") == wrong


@pytest.mark.parametrize(
    ("line", "room"),
    [
        ("from .tempos import plaice as plaice", "music"),
        ("from .tempos import place as placed", "music"),
        ("from .tempos import place", "music"),
        ("from .tempos import place as place\nfrom .tempos import place as place", "music"),
        ("from .no_such_module import place as place", "music"),
        ("from ..training import JOB_FILE as JOB_FILE", "melodies"),
        ("import numpy as np", "music"),
        ("from .views import save_pngg as save_pngg", ""),
    ],
)
def test_a_wrong_line_of_a_stub_is_found_out(line, room):
    assert faults_of_stub(line, room) == line.split("\n")[-1:]
    assert not faults_of_stub("from .tempos import place as place", "music")


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("import melody_tutorial as mt; mt.train_run", []),
        ("from melody_tutorial import files, read_music", []),
        ("from melody_tutorial.cli import main", []),
        ("from melody_tutorial import of_no_such_name", ["of_no_such_name"]),
        ("from melody_tutorial.pipeline.main_job import Job", ["pipeline.main_job"]),
    ],
)
def test_users_outside_may_take_the_front_door_but_pass_by_none(code, wrong):
    assert wrong_imports(ast.parse(code), OUTSIDE, order_of_the_house()) == wrong


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import matplotlib.pyplot as plt", {"matplotlib"}),
        ("try:\n    import note_seq\nexcept ImportError:\n    pass", {"note_seq"}),
        ("from importlib import import_module\ntf = import_module('tensorflow')", {"tensorflow"}),
        ("class A:\n    from keras import layers", {"keras"}),
        ("def f():\n    import matplotlib", set()),
        ("if TYPE_CHECKING:\n    from matplotlib.axes import Axes", set()),
    ],
)
def test_large_libraries_that_are_loaded_at_once_are_found_out(code, heavy):
    assert heavy_at_once(ast.parse(code), "views") == heavy


@pytest.mark.parametrize(
    "code",
    [
        "import melody_tutorial",
        "from melody_tutorial.melodies import extract_sources",
        "from melody_tutorial.sampling import sample_ids",
        "import melody_tutorial as mt; [getattr(mt, name) for name in mt.__all__]",
        "from melody_tutorial.cli.app import execute; execute(['--help'])",
        "from melody_tutorial.cli.app import execute; execute(['train', '--help'])",
        "import tempfile; from melody_tutorial.cli.app import execute\n"
        "execute(['sample', '--formats', 'mid', '--num-outputs', '1', '--output', tempfile.mkdtemp()])",
    ],
)
def test_quick_things_load_nothing_heavy(code):
    assert modules_loaded_by(code) == set()


def test_the_text_of_the_project_names_no_place_outside_it():
    """What is written here works on any machine: it names no workplace and no package index."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    # Put together from pieces, or this file would be the first find.
    forbidden = re.compile(
        "|".join(["/wo" + "rk/", "/tmp/" + "fresh", "index" + "-url", r"pypi\.org/" + "simple"])
    )
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".yml", ".ipynb", ".json", ""}:
            found += [
                f"{name}: {hit}"
                for hit in forbidden.findall(path.read_text(encoding="utf-8", errors="ignore"))
            ]
    assert not found
