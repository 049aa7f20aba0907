"""One word for each thing: the glossary, and all that the package and the chapters print."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import melody_tutorial
from tools import stored

PACKAGE = Path(melody_tutorial.__file__).parent
GLOSSARY = stored.ROOT / "docs" / "glossary.md"
CHAPTER = re.compile(r"^## \[\d\d .+\]\(\.\./notebooks/(.+)\)$", re.MULTILINE)
ROW = re.compile(r"^\| \*\*(.+)\*\* \| (.+) \| (.*)\|$", re.MULTILINE)
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef
MOST_CHARACTERS = 220  # of an explanation: two lines

# What is not printed → the word of the glossary for it.
INSTEAD = {
    r"\bnothing (new|happens)\b|\bno event\b|^(hold|held|off)\??$": "no-event",
    r"\bnote off\b|\bthe note ends\b": "note-off",
    r"(?<!first )(?<!last )\bnote on\b": "note-on",
    r"(^|, |\bwhere a )note begins\b|\bat note starts\b": "onset",
    r"\bkeys? (\d|\{0?\} (starts|ends))|\b(lowest|highest) keys\b|\bnumber of (a|the) key\b": "pitch",
    r"\bkeys (higher|lower)\b|\bby \S+ keys\b": "semitone",
    r"\b(black|white) keys\b": "piano key",
    r"\bopenings?\b|\bprompt\b": "primer",
    r"\bmeter\b": "metre",
    r"\bdata sets?\b": "dataset",
    r"\bweights? (is |are |of )?[01]\b|\b(loss|sample) weights?\b": "mask",
    r"(?<!num-)\b(train|training|optimi[sz]er|gradient) steps?\b|\bsteps? of (gradient|the optimi)": "update",
    r"\bneurons?\b": "unit",
    r"\bground truth\b": "label",
    r"\bnew content\b": "candidate",
    r"\b(old|new|additive|LSTM's) memory\b|\bmemory (c\b|cell)": "cell state",
}

# Words of the glossary's last column that texts of the program use all the same, and what for.
OTHER_USES = {
    "memory": "of a computer",
    "sample": "of a sound, or the command of that name",
    "skip": "leave a file out",
    "hold": "have in it, or be true",
    "sixteenth": "the note of that length",
    "step": "of a melody",
    "key": "of a tune",
    "cell": "of a notebook, and a cell state",
    "bits": "of a byte; the unit of published figures",
    "part": "of a whole",
    "line": "of a text",
    "index": "of an array",
    "measure": "find out how large",
    "token": "a token id",
    "symbol": "a chord's in ABC; what is recalled in the task of chapter 05",
    "chunk": "of a MIDI file",
    "channel": "of a sound",
    "note start": "explains what an onset is",
}


def words_of_others() -> dict[str, str]:
    """Each word of the glossary's last column, and the glossary's own for it; remarks are left out."""
    rows = ROW.findall(GLOSSARY.read_text(encoding="utf-8"))
    words = {part.strip(" `"): word for word, _, others in rows for part in others.split(",")}
    return {part: word for part, word in words.items() if part and not part.startswith(("with ", "by "))}


def words_elsewhere(texts: Iterable[str], words: dict[str, str]) -> list[tuple[str, str]]:
    """Words of others in texts of several words, and the text around each."""
    pattern = re.compile(
        rf"(?<![\w`.-])({'|'.join(map(re.escape, words))})(?:s|es)?(?![\w`-])", re.IGNORECASE
    )
    found = [(text, hit) for text in texts if " " in text.strip() for hit in pattern.finditer(text)]
    return [(hit[1].lower(), text[max(0, hit.start() - 40) : hit.end() + 40]) for text, hit in found]


def shown_by_the_package() -> Iterator[str]:
    """What the package may print: its texts but for docstrings, and its pages."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node):
                node.body[0] = ast.Pass()
        yield from strings(ast.unparse(tree))
    for path in PACKAGE.rglob("*.html"):
        yield from path.read_text(encoding="utf-8").splitlines()


def strings(code: str) -> Iterator[str]:
    """Every text in Python code, docstrings too; what is put into an f-string is {}."""
    nodes = list(ast.walk(ast.parse(code)))
    filled = [node.values for node in nodes if isinstance(node, ast.JoinedStr)]
    for parts in filled:
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
    pieces = {id(part) for parts in filled for part in parts}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            yield node.value


def wrong_words(texts: Iterator[str]) -> list[str]:
    """Each text with a word that is not to be used, and the word to use instead."""
    return [
        f"{found[0]!r} in {text[:200]!r}: say {word}"
        for text in texts
        for wrong, word in INSTEAD.items()
        if (found := re.search(wrong, text, re.IGNORECASE))
    ]


def printed(path: Path) -> Iterator[str]:
    """What a chapter prints, its titles and labels among it."""
    for cell in stored.code_cells(stored.read(path)):
        yield from strings(cell.source)
        for output in cell.outputs:
            yield output.get("text", "") or output.get("data", {}).get("text/plain", "")


def words_of_chapters() -> dict[str, list[str]]:
    """File of each chapter → the words that the glossary explains under it."""
    _, *parts = CHAPTER.split(GLOSSARY.read_text(encoding="utf-8"))
    names, tables = parts[::2], parts[1::2]
    return {
        name: [word for word, *_ in ROW.findall(table)] for name, table in zip(names, tables, strict=True)
    }


@cache
def printed_by_the_package() -> str:
    """Every text in the package."""
    return "\n".join(text for path in PACKAGE.rglob("*.py") for text in strings(path.read_text("utf-8")))


def occurs(word: str, text: str) -> bool:
    """Whether a text has a word, as it is or with an ending."""
    return bool(re.search(rf"(?<!\w){re.escape(word)}(s|es|d|ed)?(?!\w)", text, re.IGNORECASE))


modules = pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
each_chapter = pytest.mark.parametrize("path", stored.notebook_paths(), ids=lambda path: path.stem)


@modules
def test_the_package_speaks_the_words_of_the_glossary(path):
    assert not wrong_words(strings(path.read_text(encoding="utf-8")))


def test_the_report_speaks_the_words_of_the_glossary():
    for path in PACKAGE.rglob("*.html"):
        assert not wrong_words(path.read_text(encoding="utf-8").splitlines())


def test_what_the_program_prints_has_no_word_of_the_last_column():
    words = words_of_others()
    assert len(words) > 60 and words["opening"] == "primer" and words["NoteSequence"] == "score"
    found = words_elsewhere(shown_by_the_package(), words)
    wrong = [f"{word!r} in {around!r}" for word, around in found if word not in OTHER_USES]
    assert not wrong


def test_no_other_use_is_excused_that_is_no_longer_there():
    assert {word for word, _ in words_elsewhere(shown_by_the_package(), words_of_others())} >= set(OTHER_USES)


def test_a_word_of_the_last_column_is_found():
    words, text = words_of_others(), "Neurons of the prompt; its BPTT, `hold`, prompted"
    assert [word for word, _ in words_elsewhere([text], words)] == ["neuron", "prompt", "bptt"]


@each_chapter
def test_a_chapter_prints_the_words_of_the_glossary(path):
    assert not wrong_words(printed(path))


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ('print("says nothing new")', "no-event"),
        ('plot(["C", "hold"])', "no-event"),
        ('f"{x} (no event)"', "no-event"),
        ('axes.set(label="note begins")', "onset"),
        ('f"key {number} starts"', "pitch"),
        ('"five keys higher"', "semitone"),
        ('def f():\n    """The opening, continued."""', "primer"),
        ('"its weight is 0"', "mask"),
        ('"one training step"', "update"),
        ('"i lets the new content in"', "candidate"),
        ('"the old memory"', "cell state"),
        ('"Opening: four bars"', "primer"),
        ('"where nothing happens"', "no-event"),
    ],
)
def test_a_wrong_word_is_found_and_the_right_one_named(code, word):
    (found,) = wrong_words(strings(code))
    assert found.endswith(f"say {word}")


@pytest.mark.parametrize(
    "text",
    [
        "the archive holds no file",
        "held-out",
        "the musical key, the key of a dictionary, all piano keys",
        "the events from the first note on",
        "share of the notes on each pitch class",
        "the weights of 2 layers",
        "a step is a sixteenth; --num-training-steps",
    ],
)
def test_right_words_are_left_alone(text):
    assert not wrong_words([text])


def test_the_words_stand_in_the_order_of_the_chapters_each_once():
    words = words_of_chapters()
    assert list(words) == [path.name for path in stored.notebook_paths() if path.name in words]
    assert len(words) >= 9 and all(words.values())
    every = [word for chapter in words.values() for word in chapter]
    assert len(every) == len(set(every))


@each_chapter
def test_each_word_is_met_in_its_chapter_or_in_what_the_package_prints(path):
    cells = stored.read(path).cells
    chapter = "\n".join([*(cell.source for cell in cells), *printed(path)])
    for word in words_of_chapters().get(path.name, []):
        assert occurs(word, chapter) or occurs(word, printed_by_the_package()), f"nobody needs {word!r}"


def test_a_word_that_nobody_uses_would_be_found():
    assert occurs("gate", "three Gates") and not occurs("gate", "investigate")


def test_explanations_are_short():
    for word, explanation, _ in ROW.findall(GLOSSARY.read_text(encoding="utf-8")):
        assert len(explanation) <= MOST_CHARACTERS, word


def test_chapters_link_to_the_glossary():
    """That each has the line, tests/tools/test_notebooks.py tells."""
    place = re.search(r"\(ADDRESS/blob/main/(.+)\)", stored.glossary_line("ADDRESS"))[1]
    assert stored.ROOT / place == GLOSSARY
