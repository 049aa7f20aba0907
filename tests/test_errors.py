"""A mistake of the user is one sentence wherever it is shown, a fault of the program a whole traceback."""

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from melody_tutorial.course.exercises.framework import Case, Exercise
from melody_tutorial.errors import UserError
from melody_tutorial.sampling.primers import read_primer


@pytest.fixture
def notebook(capsys):
    """A function that runs a cell and returns what is shown."""
    shell = InteractiveShell()

    def run(cell):
        shell.run_cell(cell)
        return capsys.readouterr().out

    return run


MISTAKE = "import melody_tutorial as mt; mt.read_primer('[60, 200]')"


@pytest.mark.parametrize("mistake", [MISTAKE, f"try: 1 / 0\nexcept ZeroDivisionError: {MISTAKE}"])
def test_a_mistake_in_a_notebook_is_one_sentence(mistake, notebook):
    with pytest.raises(UserError) as sentence:
        read_primer("[60, 200]")
    assert notebook(mistake) == f"{sentence.value}\n"


def test_a_fault_in_a_notebook_is_a_traceback(notebook):
    """The control: what is no UserError keeps its traceback."""
    shown = notebook("import melody_tutorial as mt; mt.read_primer(60)")
    assert "Traceback" in shown and "primers.py" in shown


def test_a_kernel_sends_the_sentence_alone():
    """As JupyterLab, Colab and the pages of the gallery get it."""
    cell = nbformat.v4.new_code_cell("import melody_tutorial as mt; mt.load_checkpoint('nowhere')")
    cell.metadata["tags"] = ["raises-exception"]
    NotebookClient(nbformat.v4.new_notebook(cells=[cell]), timeout=60).execute()
    (output,) = cell.outputs
    assert output["ename"] == "UserError"
    assert output["traceback"] == [output["evalue"]] and "nowhere" in output["evalue"]


def test_an_exercise_still_says_in_which_line_a_mistake_was_made():
    def right(events):
        """The events as they are."""
        return events

    def wrong(events):
        text = str(events)
        return read_primer(text)

    outcome = Exercise(right, [Case("a pitch too high", [60, 200])], [], []).check(wrong)
    assert outcome.status == "not yet"
    assert "your function raised UserError: --primer-melody" in outcome.reason
    assert outcome.reason.endswith("in its line 3")
