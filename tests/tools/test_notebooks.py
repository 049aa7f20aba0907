"""Each stored notebook: complete, no older than its code, small, readable, no sound, widgets or noise."""

import re
import statistics
import struct
import subprocess
import sys
from base64 import b64decode
from importlib import import_module
from pathlib import Path

import pytest

from melody_tutorial.course.exercises.framework import Exercise
from melody_tutorial.course.notebook import source_bundle
from tools import contents, stored

ROOT = Path(__file__).parents[2]
MOST_BYTES = 1_000_000
MOST_LINES, MEDIAN_LINES = 20, 6  # of a code cell, blank lines not counted
MOST_CHARACTERS = 100  # of a line of output; longer ones scroll
MOST_PIXELS = 920
LEAST_CHECKED = 3
PROSE_TO_CODE = (1.2, 1.9)  # by characters, without the first two cells
RUN_TIME = re.compile(r"^\*\*Run time:\*\* about [\d½]+ (seconds|minutes?) on two CPU cores\.$", re.MULTILINE)
ADDRESS = re.compile(r"0x[0-9a-f]{8,}")

CHAPTERS = [
    "00_quickstart",
    "01_midi_to_melodies",
    "02_melodies_to_tokens",
    "03_recurrent_networks",
    "04_backpropagation_through_time",
    "05_lstm_and_gru",
    "06_training",
    "07_sampling",
    "08_your_own_music",
]

each_notebook = pytest.mark.parametrize("path", stored.notebook_paths(), ids=lambda path: path.stem)


def outputs_of(notebook):
    return [output for cell in stored.code_cells(notebook) for output in cell.outputs]


def texts_of(output) -> list[str]:
    """Text that a reader sees as it is."""
    if output.output_type == "stream":
        return [output.text]
    data = output.get("data", {})
    return [data["text/plain"]] if set(data) == {"text/plain"} else []


def code_lines(cell) -> int:
    return sum(1 for line in cell.source.splitlines() if line.strip())


def resolve(name: str):
    """The object of ``module:qualified.name``."""
    module, path = name.split(":")
    found = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def png_width(data: str) -> int:
    return struct.unpack(">I", b64decode(data)[16:20])[0]


@each_notebook
class TestNotebook:
    def test_opens_with_what_it_is_about(self, path):
        first = stored.read(path).cells[0].source
        assert first.startswith("# ")
        assert stored.badge(path, stored.repository()) in first.splitlines(), "run make links"
        assert first.endswith(stored.glossary_line(stored.repository())), "run make links"
        assert re.search(r"^\*\*Input → output:\*\* ", first, re.MULTILINE)
        assert re.search(r"^\*\*You will be able to", first, re.MULTILINE)
        assert RUN_TIME.search(first)

    def test_sets_itself_up_on_colab(self, path):
        assert stored.read(path).cells[1].source == stored.colab_cell(stored.repository()), "run make links"

    def test_ends_with_exercises_a_summary_and_sources(self, path):
        notebook = stored.read(path)
        prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        headings = re.findall(r"^## (.*)$", prose, re.MULTILINE)
        assert headings[-3:] == ["Exercises", "What we saw", "Sources"]
        for link in re.findall(r"\]\((?!http)([^)#]+)\)", prose):
            assert (path.parent / link).exists(), f"{link} is not there"
        assert notebook.cells[-1].source.endswith(stored.next_link(path)), "run make links"

    def test_has_three_exercises(self, path):
        module = import_module(f"melody_tutorial.course.exercises.chapter_{path.name[:2]}")
        exercises = [name for name, value in vars(module).items() if isinstance(value, Exercise)]
        code = "\n".join(cell.source for cell in stored.code_cells(stored.read(path)))
        assert len(exercises) == 3
        for name in exercises:
            for call in ("check", "hint", "solution"):
                assert f"{name}.{call}(" in code

    def test_outputs_are_no_older_than_the_code(self, path):
        notebook = stored.read(path)
        found = [cell.metadata.get(stored.HASH) for cell in stored.code_cells(notebook)]
        assert found == list(stored.hashes(notebook)), f"run make notebooks ONLY={path.name[:2]}"

    def test_shown_source_is_that_of_today(self, path):
        for output in outputs_of(stored.read(path)):
            if names := output.get("metadata", {}).get("source_of"):
                assert output.data["text/plain"] == source_bundle(*map(resolve, names))["text/plain"], (
                    f"run make notebooks ONLY={path.name[:2]}"
                )

    def test_ran_top_to_bottom_with_the_right_preset_and_kernel(self, path):
        notebook = stored.read(path)
        counts = [cell.execution_count for cell in stored.code_cells(notebook)]
        assert counts == list(range(1, len(counts) + 1))
        assert notebook.metadata.melody_tutorial.preset == stored.PRESET
        assert notebook.metadata.kernelspec.name == "python3"

    def test_holds_no_sound_no_widget_no_error_no_noise(self, path):
        notebook = stored.read(path)
        assert "widgets" not in notebook.metadata
        for output in outputs_of(notebook):
            assert not stored.is_live(output)
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text

    def test_is_small(self, path):
        assert path.stat().st_size < MOST_BYTES

    def test_outputs_fit_the_page(self, path):
        for output in outputs_of(stored.read(path)):
            for text in texts_of(output):
                assert max(map(len, text.splitlines()), default=0) <= MOST_CHARACTERS, text
                assert not ADDRESS.search(text), text
            if png := output.get("data", {}).get("image/png"):
                assert png_width(png) <= MOST_PIXELS

    def test_code_cells_are_short(self, path):
        cells = [cell for cell in stored.read(path).cells[2:] if cell.cell_type == "code"]
        assert max(map(code_lines, cells)) <= MOST_LINES
        assert statistics.median(map(code_lines, cells)) <= MEDIAN_LINES

    def test_prose_and_code_are_in_balance(self, path):
        cells = stored.read(path).cells[2:]
        prose = sum(len(cell.source) for cell in cells if cell.cell_type == "markdown")
        code = sum(len(cell.source) for cell in cells if cell.cell_type == "code")
        assert PROSE_TO_CODE[0] <= prose / code <= PROSE_TO_CODE[1], f"{prose / code:.2f}"

    def test_enough_cells_are_compared(self, path):
        tagged = [
            c for c in stored.code_cells(stored.read(path)) if stored.CHECKED in c.metadata.get("tags", [])
        ]
        assert len(tagged) >= LEAST_CHECKED
        assert all(cell.outputs for cell in tagged), "a cell without output compares nothing"


def test_no_chapter_is_missing():
    assert [path.stem for path in stored.notebook_paths()] == CHAPTERS


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_chapter_is_linked_in_the_table_of_the_readme(name):
    table = (
        contents.README.read_text(encoding="utf-8").split("<!-- chapters")[1].split("<!-- end of chapters")[0]
    )
    assert re.search(rf"^\| \[{name[:2]} [^]]+\]\(notebooks/{name}\.ipynb\) \|", table, re.MULTILINE)


def test_the_readme_lists_the_chapters_and_their_run_times():
    text = contents.README.read_text(encoding="utf-8")
    assert contents.in_readme(text) == contents.chapters(stored.notebook_paths()), "run make notebooks"


def test_the_page_for_teachers_names_each_chapter_and_its_exercises():
    text = (stored.NOTEBOOKS / "TEACHING.md").read_text(encoding="utf-8")
    for path in stored.notebook_paths():
        assert f"({path.name})" in text
        assert re.search(rf"^\| {path.name[:2]} \| .*\n\| \| .*\n\| \| ", text, re.MULTILINE), path.name


def test_python_under_test_finds_no_way_into_the_network():
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    offline = {"PYTHONPATH": str(ROOT / "tests" / "offline")}
    child = subprocess.run([sys.executable, "-c", code], env=offline, capture_output=True, text=True)
    assert "tests run without a network" in child.stderr


def test_python_under_test_may_talk_to_its_own_machine():
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    )
    offline = {"PYTHONPATH": str(ROOT / "tests" / "offline")}
    child = subprocess.run([sys.executable, "-c", code], env=offline, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
