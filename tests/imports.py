"""What Python code imports, in each way of importing: names of the package, and libraries."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "melody_tutorial"
PACKAGE = ROOT / NAME
BY_CALL = {"import_module", "__import__"}


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def names_at_the_top() -> set[str]:
    """Modules and rooms of the package, as a newcomer sees them."""
    found = [path for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return {path.stem for path in found if not path.name.startswith("__")}


def names_in_the_door(room: str) -> dict[str, str]:
    """Each name that the stub of a room exports, and the module of the room that it comes from."""
    nodes = parse(PACKAGE / room / "__init__.pyi").body
    return {alias.asname or alias.name: node.module for node in nodes for alias in node.names}


def faults_of_stub(text: str, room: str = "") -> list[str]:
    """Lines of a door's stub that are wrong; without a room, of the front door's.

    Each name stands there once, comes from a module of the room (or from a room), and keeps its name: so type
    checkers take it for exported, and the door that is made of the stub gives what the stub says.
    """
    faults, seen = [], set()
    for node in ast.parse(text).body:
        inside = isinstance(node, ast.ImportFrom) and node.level == 1
        if inside and is_module(f"{room}.{node.module}".lstrip(".")):
            module = import_module(f"{NAME}.{room}.{node.module}".replace("..", "."))
            names = [alias.name for alias in node.names if alias.asname == alias.name]
            right = [name for name in names if hasattr(module, name) and name not in seen]
            seen |= set(names)
            inside = len(right) == len(node.names)
        else:
            inside = False
        faults += [] if inside else [ast.unparse(node)]
    return faults


def is_module(name: str) -> bool:
    """Whether a dotted name within the package is a module or a folder of modules: "music.score"."""
    path = PACKAGE.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imports_of(tree: ast.AST, own: str = "") -> set[str]:
    """What code imports of the package, inside functions and in strings of code too.

    Args:
        own: the package that the code lies in, as "music" or "cli.commands", for relative imports.

    Returns:
        Rooms, modules past their doors, or names of the front door: "music", "music.score", "train_run"; the
        package itself is "".
    """
    bound = {}  # local name → what of the package it stands for
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in filter(lambda alias: alias.name.split(".")[0] == NAME, node.names):
                place = within(alias.name)
                bound[alias.asname or NAME] = place if alias.asname else ""
                found |= {place} | (set() if alias.asname else {""})
        elif isinstance(node, ast.ImportFrom) and (module := absolute(node, own)) is not None:
            for alias in node.names:
                place = f"{module}.{alias.name}".lstrip(".")
                past = is_past_a_door(place) and not is_past_a_door(module)
                found.add(place if module == "" or past else module)
                if is_module(place):
                    bound[alias.asname or alias.name] = place
        elif (name := called(node)) and name.split(".")[0] == NAME:
            found.add(within(name))
        elif isinstance(node, ast.Constant) and f"{NAME}." in str(node.value) and "import" in str(node.value):
            found |= imports_of(code_in(node.value))
    reached = {".".join(place.split(".")[:2]) for place in attributes(tree, bound)}
    return found | set(filter(is_past_a_door, reached))


def within(name: str) -> str:
    """A dotted name without the package's own: melody_tutorial.music.score → music.score."""
    return name.removeprefix(NAME).removeprefix(".")


def absolute(node: ast.ImportFrom, own: str) -> str | None:
    """The module of the package that names are imported from; None: it is another package's."""
    if node.level:
        parts = own.split(".")[: len(own.split(".")) - node.level + 1] if own else []
        return ".".join([*filter(None, parts), *([node.module] if node.module else [])])
    return within(node.module) if (node.module or "").split(".")[0] == NAME else None


def is_past_a_door(place: str) -> bool:
    """Whether a name is a module inside a room, which the room's door does not have: "music.score"."""
    room, *inside = place.split(".")
    if not inside or not (PACKAGE / room / "__init__.pyi").exists():
        return False
    return inside[0] not in names_in_the_door(room) and is_module(f"{room}.{inside[0]}")


def called(node: ast.AST) -> str:
    """The constant name that ``import_module`` or ``__import__`` is called with; "": neither is called."""
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return str(node.args[0].value) if name in BY_CALL else ""
    return ""


def code_in(text: str) -> ast.AST:
    """The code that a string holds; none where it holds something else."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])


def attributes(tree: ast.AST, bound: dict[str, str]) -> Iterator[str]:
    """What code reaches by attributes of names that stand for a part of the package: music.score.Score."""
    for node in ast.walk(tree):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if parts and isinstance(node, ast.Name) and node.id in bound:
            yield ".".join([bound[node.id], *parts]).lstrip(".")


def libraries_of(nodes: Iterable[ast.AST]) -> set[str]:
    """Packages that nodes of code import."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
        else:
            found.add(called(node).split(".")[0])
    return found - {""}


def run_at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: no function, and nothing that is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        for_checkers = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        if not for_checkers and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from run_at_once(node)
