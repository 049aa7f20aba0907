"""What a stored notebook is: its first two cells, the hash of each executed cell, and what is left out."""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
PRESET = "cpu"  # of what is stored
CHECKED = "nbval-check-output"  # tag of the cells whose output is compared
HASH = "code_sha256"
# As Jupyter writes it: a notebook that is opened and closed is not marked as changed.
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

BADGE_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
BADGE = "[![Open in Colab]({image})]({colab}/{name}/blob/main/notebooks/{file})"
BADGE_LINE = re.compile(r"^\[!\[.*\]\(.*\)\]\(.*\)$", re.MULTILINE)
GLOSSARY = "**Words:** each is explained in the [glossary]({address}/blob/main/docs/glossary.md)."
GLOSSARY_LINE = re.compile(r"\n*^\*\*Words:\*\* .*$", re.MULTILINE)
NEXT_LINE = re.compile(r"\n*^Next: .*$", re.MULTILINE)
RUN_TIME = "**Run time:** {} on two CPU cores."
RUN_TIME_LINE = re.compile(r"^\*\*Run time:\*\* .*$", re.MULTILINE)

# Colab shows the title of a form and hides its code; JupyterLab folds the cell.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}
COLAB_CELL = """\
# @title Set up on Colab (anywhere else this cell does nothing)
import subprocess
import sys

if "google.colab" in sys.modules:
    course = "COURSE"
    print("Installing the course, about a minute …")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", course, "lazy-loader"]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        class SetUpError(Exception):
            _render_traceback_ = lambda error: error.args  # the sentence alone
        lines = [line.strip(" .") for line in done.stderr.splitlines() or ["it does not say why"]]
        why = next((line for line in lines if line.startswith(("fatal: ", "ERROR: "))), lines[-1])
        advice = "See whether there is a network and the address is right, then run this cell again."
        if "different Python" in why:
            advice = "Choose Change runtime type from the menu Runtime, and a version with such a Python."
        raise SetUpError(f"pip cannot install {course}: {why}. {advice}")
    from melody_tutorial.course import set_up_colab
    set_up_colab()"""


def notebook_paths(chosen: list[str] | None = None) -> list[Path]:
    """Notebooks in reading order: all, or those whose names begin with one of the given numbers."""
    paths = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    return [path for path in paths if not chosen or path.name.startswith(tuple(chosen))]


def read(path: Path) -> NotebookNode:
    """The notebook of a file, in format 4."""
    return nbformat.read(path, as_version=4)


def repository() -> str:
    """Address of the repository, as pyproject.toml has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"]


def badge(path: Path, address: str) -> str:
    """The line that opens a notebook in Colab."""
    colab, name = "https://colab.research.google.com/github", address.removeprefix("https://github.com/")
    return BADGE.format(image=BADGE_IMAGE, colab=colab, name=name, file=path.name)


def colab_cell(address: str) -> str:
    """Code of the second cell of every notebook.

    Args:
        address: of the repository, without "git+".
    """
    return COLAB_CELL.replace("COURSE", f"git+{address}")


def link(notebook: NotebookNode, path: Path, address: str) -> None:
    """Write badge, glossary and address into the first two cells, and the next notebook into the last."""
    first, second = notebook.cells[:2]
    first.source = BADGE_LINE.sub(lambda _: badge(path, address), first.source)
    first.source = GLOSSARY_LINE.sub("", first.source) + glossary_line(address)
    second.source = colab_cell(address)
    second.metadata.update(FOLDED)
    last = notebook.cells[-1]
    if last.cell_type == "markdown":
        last.source = NEXT_LINE.sub("", last.source) + next_link(path)


def glossary_line(address: str) -> str:
    """The line that leads from a notebook to the glossary, which the wheel does not carry.

    Args:
        address: of the repository.
    """
    return f"\n\n{GLOSSARY.format(address=address)}"


def next_link(path: Path) -> str:
    """The line that leads from a notebook to the one after it, below an empty line; "" after the last one."""
    later = [other for other in sorted(path.parent.glob("[0-9]*.ipynb")) if other.name > path.name]
    return f"\n\nNext: [{title_of(read(later[0]))}]({later[0].name})" if later else ""


def title_of(notebook: NotebookNode) -> str:
    """The heading of a notebook."""
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


def state_run_time(notebook: NotebookNode, seconds: float) -> None:
    """Write the measured time into the first cell."""
    first = notebook.cells[0]
    first.source = RUN_TIME_LINE.sub(lambda _: RUN_TIME.format(in_words(seconds)), first.source)


def in_words(seconds: float) -> str:
    """A time rounded up: to ten seconds, from a minute on to half minutes."""
    if seconds <= 50:
        return f"about {10 * max(1, -(-seconds // 10)):.0f} seconds"
    halves = int(-(-seconds // 30))
    whole, half = divmod(halves, 2)
    return f"about {whole}{'½' if half else ''} minute{'' if halves == 2 else 's'}"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells, from top to bottom."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def hashes(notebook: NotebookNode) -> Iterator[str]:
    """A hash for each code cell, of its code and all code above it: any change there makes its output old.

    The Colab cell counts as empty: another address leaves all outputs as they are.
    """
    running = hashlib.sha256()
    for cell in code_cells(notebook):
        source = "" if cell is notebook.cells[1] else cell.source
        running.update(source.encode() + b"\0")
        yield running.hexdigest()[:16]


def store(notebook: NotebookNode) -> None:
    """Leave out what does not belong into a stored notebook, and write the hashes."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": KERNEL,
            "language_info": notebook.metadata.get("language_info", {"name": "python"}),  # as the kernel says
            "melody_tutorial": {"preset": PRESET},
        }
    )
    notebook.nbformat_minor = 5
    seen: set[str] = set()
    for cell in notebook.cells:
        kept = {key: value for key, value in cell.metadata.items() if key in ("tags", *FOLDED) and value}
        cell.metadata = nbformat.from_dict(kept)
        cell.id = cell_id(cell.source, seen)
    for count, (cell, value) in enumerate(zip(code_cells(notebook), hashes(notebook), strict=True), 1):
        cell.metadata[HASH] = value
        cell.execution_count = count
        cell.outputs = [kept for kept in join_streams(cell.outputs) if not is_live(kept)]
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def cell_id(source: str, seen: set[str]) -> str:
    """An id that follows from the cell's text, so that it changes only with it."""
    number = 0
    while (name := hashlib.sha256(f"{number}{source}".encode()).hexdigest()[:8]) in seen:
        number += 1
    seen.add(name)
    return name


def join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Printed text that arrived in pieces as one output: where it is cut depends on the machine's speed."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def is_live(output: NotebookNode) -> bool:
    """Whether an output is sound or a widget, which only works while a kernel runs."""
    data = output.get("data", {})
    return any(kind.startswith("audio/") or "widget" in kind for kind in data) or "<audio" in "".join(
        data.get("text/html", "")
    )
