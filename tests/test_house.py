"""The layout holds: rooms import upwards only, through doors; quick commands stay quick; all is documented.

The order of the rooms is that of the table "The package" in README.md; nowhere else is it written.
"""

import ast
import re
import subprocess
import sys
from importlib import import_module
from itertools import chain
from pathlib import Path

import nbformat
import pytest

import melody_tutorial

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "melody_tutorial"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not path.name.startswith("__"))
GROUND_FLOOR = "ground floor"
HEAVY = ("tensorflow", "keras", "note_seq", "music21", "matplotlib")
LOADS_TENSORFLOW = ("networks", "training", "course")  # course shows it, inside functions
MOST_ROWS, MOST_NAMES, MOST_MODULES = 15, 18, 15
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_MODULE = 300


def order_of_the_house() -> list[str]:
    """The rooms, from the top row of the README's table to its last."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("### The package")[1].split("\n#")[0]
    return re.findall(r"^\| (?:\*\*|`)([\w ]+)(?:\*\*|/`) \|", section, re.MULTILINE)


def names_at_the_top() -> set[str]:
    """Modules and rooms of the package, as a newcomer sees them."""
    found = [path for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return {path.stem for path in found if not path.name.startswith("__")}


def rooms() -> list[str]:
    return [name for name in order_of_the_house() if name != GROUND_FLOOR]


def room_of(path: Path) -> str:
    """The room in which a module of the package lies."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else GROUND_FLOOR


def imports_of(tree: ast.AST) -> set[str]:
    """What a module imports of the package, inside functions too: "music", "music.score", "files"."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("melody_tutorial.")}
        elif isinstance(node, ast.ImportFrom) and node.module == "melody_tutorial":
            names |= {f"melody_tutorial.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("melody_tutorial."):
            names.add(node.module)
    return {name.removeprefix("melody_tutorial.") for name in names}


def wrong_imports(tree: ast.AST, own: str, order: list[str]) -> list[str]:
    """Imports that lead to a room below, or past the door of another room."""
    wrong = []
    for name in sorted(imports_of(tree)):
        room, *inside = name.split(".")
        room = room if room in order else GROUND_FLOOR
        if order.index(room) > order.index(own) or (room != own and inside):
            wrong.append(name)
    return wrong


def libraries_of(tree: ast.AST) -> set[str]:
    """Packages that are imported anywhere in a module."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


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


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


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


def names_used_outside(room: str) -> set[str]:
    """What other rooms, chapters, tools, benchmarks and commands take through the door of a room."""
    files = [path for path in PACKAGE.rglob("*.py") if room_of(path) != room]
    files += [*(ROOT / "tools").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    trees = chain(map(parse, files), map(code_of, (ROOT / "notebooks").glob("[0-9]*.ipynb")))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    used = set(re.findall(rf'^[\w-]+ = "melody_tutorial\.{room}:(\w+)"$', project, re.MULTILINE))
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == f"melody_tutorial.{room}":
                used |= {alias.name for alias in node.names}
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == room:
                used.add(node.attr)
    return used


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
class TestModule:
    def test_imports_rooms_above_its_own_through_their_doors(self, path):
        assert not wrong_imports(parse(path), room_of(path), order_of_the_house())

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
            assert not {"tensorflow", "keras"} & libraries_of(parse(path))


def test_the_readme_maps_every_room_and_no_other():
    order = order_of_the_house()
    ground = {path.stem for path in MODULES if room_of(path) == GROUND_FLOOR}
    assert order[0] == GROUND_FLOOR and len(order) <= MOST_ROWS
    assert set(rooms()) == names_at_the_top() - ground


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
            if getattr(found, "__module__", "").startswith("melody_tutorial."):
                assert found.__module__.startswith(f"melody_tutorial.{room}."), name

    def test_exports_nothing_that_nobody_uses(self, room):
        door = import_module(f"melody_tutorial.{room}")
        assert not set(door.__all__) - names_used_outside(room) - set(melody_tutorial.__all__)


def test_the_front_door_exports_what_it_says():
    """About a dozen names: a whole morning's work."""
    assert 10 <= len(melody_tutorial.__all__) <= 16
    doors = [import_module(f"melody_tutorial.{room}") for room in rooms()]
    for name in melody_tutorial.__all__:
        found = getattr(melody_tutorial, name)
        assert any(found is getattr(door, name, None) for door in doors) or name == "UserError"
    with pytest.raises(AttributeError):
        _ = melody_tutorial.nothing_of_this_name


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")), ids=lambda path: path.stem
)
def test_chapters_import_from_doors(path):
    """The exercises of a chapter are a module of their own; everything else comes through a door."""
    names = imports_of(code_of(path))
    assert names and not {name for name in names if "." in name} - {"course.exercises"}


def test_reading_the_imports_finds_each_way_of_importing():
    code = """
import melody_tutorial.a
from melody_tutorial import b, c
def f():
    from melody_tutorial.d.e import g
"""
    assert imports_of(ast.parse(code)) == {"a", "b", "c", "d.e"}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("from melody_tutorial.music import Score", []),
        ("from melody_tutorial.errors import UserError", []),
        ("from melody_tutorial import files", []),
        ("from melody_tutorial.melodies.rules import judge", []),
        ("from melody_tutorial.music.score import Score", ["music.score"]),
        ("def f():\n    from melody_tutorial.datasets import Dataset", ["datasets"]),
        ("import melody_tutorial.views.canvas", ["views.canvas"]),
    ],
)
def test_imports_downwards_or_past_a_door_are_found_out(code, wrong):
    assert wrong_imports(ast.parse(code), "melodies", order_of_the_house()) == wrong


@pytest.mark.parametrize(
    "code",
    [
        "import melody_tutorial",
        "from melody_tutorial.melodies import extract_sources",
        "from melody_tutorial.sampling import sample_ids",
        "import melody_tutorial as mt; mt.load_checkpoint, mt.compose_melodies, mt.extract_dataset",
        "from melody_tutorial.cli.app import execute; execute(['--help'])",
        "from melody_tutorial.cli.app import execute; execute(['train', '--help'])",
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
