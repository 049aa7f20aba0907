"""What README and the other documents name is there: modules, files, links, variables, names of the door."""

import re
from pathlib import Path

import pytest

import melody_tutorial

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "melody_tutorial"
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
DOCUMENTS += sorted(
    [*(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md"), ROOT / "data/README.md"]
)
README = DOCUMENTS[0].read_text(encoding="utf-8")

documents = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def rooms_of_the_tree(text: str) -> dict[str, set[str]]:
    """Room → the modules that the tree in README has in it; "" is the ground floor."""
    tree = text.split("```\nmelody_tutorial/\n")[1].split("```")[0]
    ground, *rooms = tree.splitlines()
    found = {"": set(re.findall(r"(\w+)\.py", ground))}
    for line in rooms:
        room, names = re.fullmatch(r"[├└]── (\w+)/ +(.+)", line).groups()
        found[room] = set(re.findall(r"\w+", names))
    return found


def modules_of(room: str) -> set[str]:
    """Modules and folders of modules in a room; on the ground floor, the modules alone."""
    paths = (PACKAGE / room).iterdir()
    found = [path for path in paths if path.suffix == ".py" or (room and (path / "__init__.py").exists())]
    return {path.stem for path in found if not path.name.startswith("__")}


def wrong_modules(text: str) -> dict[str, set[str]]:
    """Room → modules that only the tree has, or only the package."""
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} | {""}
    tree = rooms_of_the_tree(text)
    found = {room: tree.get(room, set()) ^ modules_of(room) for room in rooms | tree.keys()}
    return {room: names for room, names in found.items() if names}


def anchors_of(text: str) -> set[str]:
    """What the headings of a document are called in links."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w -]", "", heading).strip().replace(" ", "-") for heading in plain}


def dead_links(path: Path, text: str) -> list[str]:
    """Links of a document to files or headings that are not there."""
    dead = []
    for link in re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    ):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if "://" not in link and (
            not target.exists() or (anchor and anchor not in anchors_of(text_of(target)))
        ):
            dead.append(link)
    return dead


def unknown_names(text: str) -> list[str]:
    """Variables of the environment, names of the front door, and files that are named and are not there."""
    code = "\n".join(text_of(path) for path in [*PACKAGE.rglob("*.py"), ROOT / "Makefile"])
    variables = {name for name in re.findall(r"\bMELODY_TUTORIAL_\w+", text) if name not in code}
    names = set(re.findall(r"\bmt\.(\w+)", text)) - set(melody_tutorial.__all__)
    paths = re.findall(r"`((?:tests|tools|docs|benchmarks|notebooks|melody_tutorial)/[\w./-]+)`", text)
    return sorted(
        [*variables, *names, *(path for path in paths if "NN" not in path and not (ROOT / path).exists())]
    )


def test_the_tree_has_every_module_and_no_other():
    assert not wrong_modules(README)


def test_the_table_names_the_ground_floor():
    (row,) = re.findall(r"^\| \*\*ground floor\*\* \|(.+)$", README, re.MULTILINE)
    assert {name.removesuffix(".py") for name in re.findall(r"`(\w+\.py)`", row)} == modules_of("")


@documents
def test_links_lead_somewhere(path):
    assert not dead_links(path, text_of(path))


@documents
def test_what_is_named_is_there(path):
    assert not unknown_names(text_of(path))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("music/       sources", "music/       sauces", {"music": {"sauces", "sources"}}),
        ("── errors.py files.py", "── errors.py", {"": {"files"}}),
    ],
)
def test_a_wrong_tree_is_found_out(old, new, found):
    assert old in README and wrong_modules(README.replace(old, new)) == found


@pytest.mark.parametrize("link", ["docs/glossar.md", "docs/glossary.md#no-such-word", "#no-such-heading"])
def test_a_dead_link_is_found_out(link):
    assert dead_links(ROOT / "README.md", f"[right](docs/glossary.md) [wrong]({link})") == [link]


@pytest.mark.parametrize(
    "name", ["`MELODY_TUTORIAL_NONSENSE=1`", "`mt.plaay`", '`mt.read_musik("a")`', "`tests/test_hut.py`"]
)
def test_a_name_of_nothing_is_found_out(name):
    assert len(unknown_names(f"`mt.play` `MELODY_TUTORIAL_PRESET` `tests/test_house.py` {name}")) == 1
