"""Storing notebooks: what goes, what stays, and when an output is old."""

import nbformat
import pytest

from tools import contents, notebooks, stored


def notebook_of(*sources: str):
    """A first cell, a Colab cell, and a code cell for each source."""
    cells = [
        nbformat.v4.new_markdown_cell("# Title\n\n[![Open in Colab](a)](b)\n\n**Run time:** about 1 minute.")
    ]
    cells += [nbformat.v4.new_code_cell(source) for source in ("colab", *sources)]
    return nbformat.v4.new_notebook(cells=cells)


def stream(text: str, name: str = "stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(**data: str):
    return nbformat.v4.new_output(
        "display_data", data={kind.replace("_", "/"): v for kind, v in data.items()}
    )


class TestStore:
    def test_leaves_out_sound_and_widgets_and_keeps_pictures(self):
        notebook = notebook_of("play(melody)")
        picture = shown(image_png="iVBO", text_plain="Twinkle")
        widget = shown(text_plain="VBox()")
        widget.data["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}
        notebook.cells[2].outputs = [
            picture,
            shown(text_html="<figure><audio src=x></audio></figure>"),
            widget,
        ]
        notebook.metadata["widgets"] = {"state": {}}
        stored.store(notebook)
        assert notebook.cells[2].outputs == [picture]
        assert "widgets" not in notebook.metadata

    def test_leaves_out_the_traces_of_one_run(self):
        notebook = notebook_of("1 + 1")
        notebook.cells[2].metadata = nbformat.from_dict(
            {"execution": {"iopub.execute_input": "12:00"}, "tags": ["nbval-check-output"]}
        )
        stored.store(notebook)
        assert set(notebook.cells[2].metadata) == {"tags", stored.HASH}

    def test_keeps_what_jupyter_would_write_on_opening_it(self):
        notebook = notebook_of("1 + 1")
        notebook.metadata["language_info"] = {"name": "python", "version": "3.11.9"}
        stored.store(notebook)
        assert notebook.metadata["language_info"] == {"name": "python", "version": "3.11.9"}
        assert notebook.metadata["kernelspec"]["display_name"] == "Python 3 (ipykernel)"

    def test_joins_what_was_printed_in_pieces(self):
        pieces = [stream("a\n"), stream("b\n"), stream("!", "stderr"), stream("c\n")]
        assert [output.text for output in stored.join_streams(pieces)] == ["a\nb\n", "!", "c\n"]

    def test_is_the_same_when_done_again(self):
        notebook = notebook_of("1", "1")
        stored.store(notebook)
        once = nbformat.writes(notebook)
        stored.store(notebook)
        assert nbformat.writes(notebook) == once
        assert len({cell.id for cell in notebook.cells}) == 4
        nbformat.validate(notebook)


class TestHashes:
    def test_a_change_makes_its_cell_and_all_below_old(self):
        before = list(stored.hashes(notebook_of("a = 1", "b = 2", "c = 3")))
        after = list(stored.hashes(notebook_of("a = 1", "b = 5", "c = 3")))
        assert [x == y for x, y in zip(before, after, strict=True)] == [True, True, False, False]

    def test_another_address_makes_nothing_old(self, tmp_path):
        notebook = notebook_of("a = 1")
        before = list(stored.hashes(notebook))
        stored.link(notebook, tmp_path / "00_x.ipynb", "https://github.com/someone/else")
        assert list(stored.hashes(notebook)) == before


def test_links_stand_in_the_badge_and_in_the_colab_cell(tmp_path):
    notebook = notebook_of()
    stored.link(notebook, tmp_path / "03_recurrent_networks.ipynb", "https://github.com/someone/else")
    target = "github.com/github/someone/else/blob/main/notebooks/03_recurrent_networks.ipynb"
    assert target.replace("github.com", "colab.research.google.com", 1) in notebook.cells[0].source
    assert "git+https://github.com/someone/else" in notebook.cells[1].source
    compile(notebook.cells[1].source, "colab", "exec")


def test_the_set_up_cell_stays_folded(tmp_path):
    notebook = notebook_of("1 + 1")
    stored.link(notebook, tmp_path / "00_a.ipynb", "https://github.com/a/b")
    stored.store(notebook)
    assert notebook.cells[1].source == stored.colab_cell("https://github.com/a/b")
    assert stored.FOLDED.items() <= notebook.cells[1].metadata.items()
    assert set(notebook.cells[2].metadata) == {stored.HASH}


def test_each_notebook_leads_to_the_next_that_is_there(tmp_path):
    paths = [tmp_path / name for name in ("00_a.ipynb", "02_c.ipynb", "05_f.ipynb")]
    for path in paths:
        notebook = notebook_of()
        notebook.cells.append(nbformat.v4.new_markdown_cell("## Sources\n\n- one\n\nNext: [B](01_b.ipynb)"))
        nbformat.write(notebook, path)
    ends = []
    for path in paths:
        notebook = stored.read(path)
        stored.link(notebook, path, "https://github.com/a/b")
        ends.append(notebook.cells[-1].source.removeprefix("## Sources\n\n- one"))
    assert ends == ["\n\nNext: [Title](02_c.ipynb)", "\n\nNext: [Title](05_f.ipynb)", ""]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "about 10 seconds"),
        (41, "about 50 seconds"),
        (52, "about 1 minute"),
        (61, "about 1½ minutes"),
        (100, "about 2 minutes"),
    ],
)
def test_run_times_are_rounded_up(seconds, text):
    assert stored.in_words(seconds) == text
    notebook = notebook_of()
    stored.state_run_time(notebook, seconds)
    assert f"**Run time:** {text} on two CPU cores." in notebook.cells[0].source


def test_a_failing_cell_is_named_and_nothing_is_stored(tmp_path):
    path = tmp_path / "99_broken.ipynb"
    notebook = notebook_of("fine = 1", "fine / 0", "never = 1")
    nbformat.write(notebook, path)
    before = path.read_bytes()
    with pytest.raises(
        SystemExit, match=r"99_broken\.ipynb stopped in cell 4 \(fine / 0\)(.|\n)*ZeroDivisionError"
    ):
        notebooks.run_and_store(path, "test", dry=False)
    assert path.read_bytes() == before


def test_the_contents_name_title_subject_and_time(monkeypatch, tmp_path):
    monkeypatch.setattr(stored, "ROOT", tmp_path)
    notebook = notebook_of()
    notebook.cells[0].source += "\n\n**Input → output:** ids → music."
    stored.state_run_time(notebook, 70)
    path = tmp_path / "notebooks" / "03_x.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    assert contents.row(path) == "| [03 Title](notebooks/03_x.ipynb) | ids → music | 1½ minutes |"
    text = "above\n<!-- chapters: made -->\n| old |\n<!-- end of chapters -->\nbelow"
    assert contents.in_readme(text) == "| old |"
