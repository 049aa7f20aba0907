"""Pages of the gallery: formulas, links, pictures and sound, and nothing that needs a network."""

import json
import re

import nbformat
import numpy as np
import pytest

from melody_tutorial.melodies.melody import Melody
from melody_tutorial.views.playback import to_json

gallery = pytest.importorskip("tools.gallery", reason="the gallery needs nbconvert and latex2mathml")

MELODY = Melody(np.array([60, -2, 62, -2, 64, -2, -2, -2], np.int8), qpm=120.0)
FIRST = "# A & B\n\n[![Open in Colab](https://a/b.svg)](https://c)\n\n**Input → output:** ids → music\n"


@pytest.fixture
def notebook(tmp_path):
    """A stored notebook with the picture of two melodies and their player."""
    picture = nbformat.v4.new_output("display_data", data={"image/png": "AAAA", "text/plain": "a <roll>"})
    players = nbformat.v4.new_output("display_data", data={"text/plain": "♪ Run this cell to hear them."})
    music = to_json(MELODY)
    players.metadata["players"] = [{"label": "<first>", "music": music}, {"label": "second", "music": music}]
    cells = [
        nbformat.v4.new_markdown_cell(FIRST),
        nbformat.v4.new_code_cell("colab = 1"),
        nbformat.v4.new_code_cell("play(melody)", outputs=[picture, players]),
    ]
    path = tmp_path / "03_a_b.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_page_holds_its_players(notebook):
    page = gallery.page_of(notebook)
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    tunes = json.loads(data)["tunes"]
    assert [tune["title"] for tune in tunes] == ["<first>", "second"]
    assert [tune["events"] for tune in tunes] == [MELODY.events.tolist()] * 2
    assert len(data) < 10_000 and "<audio" not in page
    assert "Run this cell to hear" not in page
    assert page.count('<script type="module">') == 1


def test_a_picture_gives_way_to_the_player_of_what_it_shows(notebook):
    assert 'alt="a &lt;roll&gt;"' not in gallery.page_of(notebook)
    stored = nbformat.read(notebook, as_version=4)
    stored.cells[2].outputs.pop()
    nbformat.write(stored, notebook)
    page = gallery.page_of(notebook)
    assert 'alt="a &lt;roll&gt;"' in page and '<script type="module">' not in page


def test_what_is_too_wide_can_be_scrolled_by_keyboard(notebook):
    stored = nbformat.read(notebook, as_version=4)
    stored.cells.append(nbformat.v4.new_markdown_cell("$$x$$ and $y$"))
    nbformat.write(stored, notebook)
    page = gallery.page_of(notebook)
    assert page.count('<pre tabindex="0">') == page.count("<pre") > 0
    assert (
        len(re.findall(r'<math [^>]*display="block" tabindex="0">', page)) == 1 and page.count("<math") == 2
    )


def test_a_page_asks_for_nothing(notebook):
    page = gallery.page_of(notebook)
    assert not re.search(r'(?:src|href)="(?!data:|index\.html)', page)
    assert "colab" not in page.lower()
    assert "<title>A &amp; B</title>" in page


def test_the_index_leads_to_the_pages(notebook):
    index = gallery.index_of([notebook])
    assert '<a href="03_a_b.html">03 · A &amp; B</a>' in index
    assert 'alt="a &lt;roll&gt;"' in index
    assert "ids → music" in index


class TestProse:
    def test_formulas_become_mathml(self):
        page = gallery.prose(
            r"The state $h_t$ and" + "\n\n" + r"$$\begin{aligned}a &= b * c * d\end{aligned}$$"
        )
        assert page.count("<math") == 2
        assert "$" not in page
        assert "<em>" not in page
        assert "<mtable" in page

    def test_code_is_no_formula(self):
        assert "<math" not in gallery.prose("`cost $1` and `$2`\n\n```\n$x$\n```")

    def test_links_lead_to_pages_or_to_the_repository(self):
        page = gallery.prose("[next](04_b.ipynb) [data](../data/README.md) [paper](https://a.b/c)")
        assert 'href="04_b.html"' in page
        assert f'href="{gallery.stored.repository()}/blob/main/data/README.md"' in page
        assert 'href="https://a.b/c"' in page
