"""The table of chapters in the README, written from the notebooks' first cells."""

import re
from pathlib import Path

from melody_tutorial import files
from tools import stored

README = stored.ROOT / "README.md"
BETWEEN = re.compile(r"(<!-- chapters.*?-->\n).*?(\n<!-- end of chapters -->)", re.DOTALL)
INPUT_OUTPUT = re.compile(r"^\*\*Input → output:\*\* (.*)$", re.MULTILINE)
RUN_TIME = re.compile(r"^\*\*Run time:\*\* about (.*) on two CPU cores\.$", re.MULTILINE)
HEAD = "| chapter | input → output | run time |\n|---|---|---|"


def chapters(paths: list[Path]) -> str:
    """A row for each notebook: title and link, what goes in and comes out, measured run time on two cores."""
    return "\n".join([HEAD, *map(row, paths)])


def row(path: Path) -> str:
    """The row of one notebook."""
    notebook = stored.read(path)
    first, title = notebook.cells[0].source, stored.title_of(notebook)
    time, about = find(RUN_TIME, first), find(INPUT_OUTPUT, first).rstrip(".")
    return f"| [{path.name[:2]} {title}]({path.relative_to(stored.ROOT)}) | {about} | {time} |"


def find(pattern: re.Pattern, text: str) -> str:
    """What stands in the pattern's group; "" in a notebook that is still without that line."""
    match = pattern.search(text)
    return match[1] if match else ""


def in_readme(text: str) -> str:
    """The table that stands in the text of the README."""
    return BETWEEN.search(text)[0].split("-->\n", 1)[1].rsplit("\n<!--", 1)[0]


def write() -> None:
    """Bring the README's table up to date."""
    text = README.read_text(encoding="utf-8")
    table = chapters(stored.notebook_paths())
    files.write_text(README, BETWEEN.sub(lambda match: match[1] + table + match[2], text))
