"""The notebooks as pages to read and hear, each with its pictures, formulas and sound, without a network.

    python -m tools.gallery [03 …]

Nothing is run: pages show the stored outputs; players come to life with the notes that stored ones keep.
"""

import html
import re
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any

from latex2mathml.converter import convert
from nbconvert.filters import markdown2html
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from melody_tutorial import files
from melody_tutorial.views import from_json
from melody_tutorial.web import player_head, player_html, tune_data
from tools import stored

GALLERY = stored.ROOT / "gallery"
TEMPLATES = Path(__file__).parent / "templates"
MOST_BYTES = 20_000_000  # all pages
CODE = HtmlFormatter(cssclass="code", classprefix="t-")
PLAYER = 'class="melody-player"'
WIDE = re.compile(r'<(pre|math [^>]*display="block")>')
COVER = "cover"  # tag of the cell whose picture stands in the index
MATH = re.compile(r"(```.*?```|`[^`\n]*`)|\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
IMAGE = '<img alt="{}" src="data:image/png;base64,{}">'


def main() -> None:
    """Write a page for each notebook, and the index."""
    chosen = stored.notebook_paths(sys.argv[1:])
    for path in chosen:
        page = files.write_text(GALLERY / f"{path.stem}.html", page_of(path))
        print(f"{page.relative_to(stored.ROOT)}: {page.stat().st_size / 1e6:.1f} MB", flush=True)
    files.write_text(GALLERY / "index.html", index_of(stored.notebook_paths()))
    total = sum(page.stat().st_size for page in GALLERY.glob("*.html"))
    print(f"{GALLERY.relative_to(stored.ROOT)}/index.html, in all {total / 1e6:.1f} MB")
    if total > MOST_BYTES:
        sys.exit(f"the gallery is larger than {MOST_BYTES / 1e6:.0f} MB: play fewer or shorter melodies")


def page_of(path: Path) -> str:
    """The page of a notebook."""
    notebook = stored.read(path)
    cells = [cell for cell in notebook.cells if cell is not notebook.cells[1]]  # the Colab cell
    body = "\n".join(prose(cell.source) if cell.cell_type == "markdown" else code(cell) for cell in cells)
    body = WIDE.sub(r'<\1 tabindex="0">', body)  # what is too wide scrolls, by keyboard too
    head = player_head() if PLAYER in body else ""
    title = html.escape(stored.title_of(notebook))
    return fill("page.html", title=title, style=style(), body=body, players=head)


def index_of(paths: list[Path]) -> str:
    """The page that leads to all others, with a picture of each."""
    cards = "\n".join(card(path) for path in paths)
    return fill("index.html", style=style(), cards=cards)


def fill(template: str, **parts: str) -> str:
    """A template with its gaps filled."""
    return Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(parts)


def style() -> str:
    """CSS of all pages."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def card(path: Path) -> str:
    """A notebook in the index: number, title, what goes in and comes out, run time, picture."""
    notebook = stored.read(path)
    first = notebook.cells[0].source
    lines = [line for line in first.splitlines() if line.startswith(("**Input → output:**", "**Run time:**"))]
    about = prose("\n\n".join(lines))
    picture = image(cover_of(notebook))
    heading = f'<a href="{path.stem}.html">{path.name[:2]} · {html.escape(stored.title_of(notebook))}</a>'
    return f"<article><h2>{heading}</h2>{picture}{about}</article>"


def cover_of(notebook: NotebookNode) -> tuple[str, str] | None:
    """The first picture of the cell with the tag ``cover``, else of the notebook."""
    cells = sorted(stored.code_cells(notebook), key=lambda cell: COVER not in cell.metadata.get("tags", []))
    pictures = (picture_of(output) for cell in cells for output in cell.outputs)
    return next(filter(None, pictures), None)


def prose(text: str) -> str:
    """HTML of Markdown: formulas as MathML, links to notebooks as links to pages, no badge."""
    text = stored.BADGE_LINE.sub("", text)
    formulas: list[str] = []

    def take_out(match: re.Match) -> str:
        kept, block, inline = match.groups()
        if kept:
            return kept
        formula = (block or inline).replace("{aligned}", "{align*}")  # the one that the converter knows
        formulas.append(convert(formula, display="block" if block else "inline"))
        return f"formula{len(formulas) - 1}here"

    page = markdown2html(MATH.sub(take_out, text))
    page = re.sub(r"formula(\d+)here", lambda match: formulas[int(match[1])], page)
    page = re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", page)
    return re.sub(r'href="(?!https?:|#)([^"]*)"', relink, page)


def relink(match: re.Match) -> str:
    """A link inside the repository: to a page of the gallery, or to the repository's address."""
    target = match[1]
    if target.endswith(".ipynb"):
        return f'href="{target.removesuffix("ipynb")}html"'
    return f'href="{stored.repository()}/blob/main/{target.removeprefix("../")}"'


def code(cell: NotebookNode) -> str:
    """HTML of a code cell and its outputs."""
    # The picture of what a player plays gives way to the player.
    followed = pairwise([*cell.outputs, {}])
    kept = [output for output, after in followed if not (picture_of(output) and is_player(after))]
    shown = "\n".join(map(output_html, kept))
    return highlight(cell.source, PythonLexer(), CODE) + f'<div class="outputs">{shown}</div>'


def output_html(output: NotebookNode) -> str:
    """HTML of one output, from the richest of its formats."""
    if output.output_type == "stream":
        return f"<pre>{html.escape(output.text)}</pre>"
    if is_player(output):
        return player(output.metadata.players)
    data = output.get("data", {})
    if "text/html" in data:
        return data["text/html"]
    if "text/markdown" in data:
        return prose(data["text/markdown"].replace("*Run this cell", "*Run this cell of the notebook"))
    return image(picture_of(output)) or f"<pre>{html.escape(data.get('text/plain', ''))}</pre>"


def picture_of(output: NotebookNode) -> tuple[str, str] | None:
    """Description and data of an output that is a picture."""
    data = output.get("data", {})
    return (data.get("text/plain", ""), data["image/png"]) if "image/png" in data else None


def image(picture: tuple[str, str] | None) -> str:
    """HTML of a picture; nothing for None."""
    return IMAGE.format(html.escape(picture[0]), picture[1].strip()) if picture else ""


def is_player(output: Mapping[str, Any]) -> bool:
    """Whether an output keeps the notes of a player."""
    return "players" in output.get("metadata", {})


def player(kept: list[dict[str, Any]]) -> str:
    """One player of all stored melodies."""
    tunes = []
    for entry in kept:
        music = from_json(entry["music"])
        title = entry["label"] or getattr(music, "source", "")
        tunes.append(tune_data(music, title, entry.get("primer_steps", 0)))
    return player_html(tunes)


if __name__ == "__main__":
    main()
