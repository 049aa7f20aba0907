"""The layout holds: modules import downwards only, quick commands stay quick, nothing is left undocumented.

The order of the modules is that of the table "The package" in README.md; nowhere else is it written.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "melody_tutorial"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not path.name.startswith("__"))
HEAVY = ("tensorflow", "keras", "note_seq", "music21", "matplotlib")
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_MODULE = 300


def row_of_the_house(path: Path) -> str:
    """The name under which a module stands in the table: commands/extract.py is commands/."""
    first = path.relative_to(PACKAGE).parts[0]
    return first if first.endswith(".py") else f"{first}/"


def order_of_the_house() -> dict[str, int]:
    """Place of each module in the README's table, from the top row and from left to right."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("### The package")[1].split("\n#")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name: place for place, name in enumerate(re.findall(r"`(\w+(?:\.py|/))`", " ".join(rows)))}


def imports_of(tree: ast.AST) -> set[str]:
    """Names of the package's modules that a module imports, inside functions too."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                alias.name.split(".")[1] for alias in node.names if alias.name.startswith("melody_tutorial.")
            }
        elif isinstance(node, ast.ImportFrom) and node.module == "melody_tutorial":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("melody_tutorial."):
            names.add(node.module.split(".")[1])
    return names


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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
class TestModule:
    def test_has_a_row_in_the_readme(self, path):
        assert row_of_the_house(path) in order_of_the_house()

    def test_imports_only_modules_above_it(self, path):
        order, own = order_of_the_house(), row_of_the_house(path)
        for name in imports_of(ast.parse(path.read_text(encoding="utf-8"))):
            used = next(row for row in (f"{name}.py", f"{name}/") if row in order)
            assert used == own or order[used] < order[own], f"{own} reaches down to {used}"

    def test_is_short(self, path):
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= MOST_LINES_OF_A_MODULE, "split it by subject"

    def test_functions_are_short(self, path):
        functions = functions_of(ast.parse(path.read_text(encoding="utf-8")))
        assert not {f.name: body_lines(f) for f in functions if body_lines(f) > MOST_LINES_OF_A_FUNCTION}

    def test_everything_public_is_documented(self, path):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), "a module opens with one sentence on what lives here"
        assert not [node.name for node in public(tree) if not ast.get_docstring(node)]

    def test_nothing_is_left_to_be_written(self, path):
        assert "raise NotImplementedError" not in path.read_text(encoding="utf-8")


def test_the_readme_lists_no_module_that_is_not_there():
    present = {row_of_the_house(path) for path in MODULES}
    assert set(order_of_the_house()) == present


def test_reading_the_imports_finds_each_way_of_importing():
    code = """
import melody_tutorial.a
from melody_tutorial import b, c
def f():
    from melody_tutorial.d.e import g
"""
    assert imports_of(ast.parse(code)) == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    "code",
    [
        "import melody_tutorial",
        "import melody_tutorial.melody, melody_tutorial.sampling",
        "from melody_tutorial import cli; cli.execute(['--help'])",
        "from melody_tutorial import cli; cli.execute(['train', '--help'])",
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
