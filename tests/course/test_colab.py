"""Setting up in Colab: what is said, what stays as it is, and nothing at all anywhere else."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import lazy_loader
import pytest
from IPython.core.interactiveshell import InteractiveShell

from melody_tutorial.course import colab
from tools import stored

ADDRESS = "https://github.com/somebody/melodies"
CELL = stored.colab_cell(ADDRESS)
NO_HOST = """\
  error: subprocess-exited-with-error

  × git clone --filter=blob:none --quiet https://github.com/somebody/melodies did not run successfully.
  │ exit code: 128
  ╰─> [1 lines of output]
      fatal: unable to access 'https://github.com/somebody/melodies/': Could not resolve host: github.com
      [end of output]
ERROR: Failed to build 'git+https://github.com/somebody/melodies' when git clone --filter=blob:none --quiet
"""
OLD_PYTHON = "ERROR: Package 'melody-tutorial' requires a different Python: 3.14.0 not in '<3.14,>=3.11'\n"
CONFLICT = """\
ERROR: Cannot install melody-tutorial and numpy because these package versions have conflicting dependencies.
ERROR: ResolutionImpossible: for help visit the pages of pip
"""
OFFLINE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/symusic/
ERROR: Could not find a version that satisfies the requirement symusic>=0.6.0 (from versions: none)
ERROR: No matching distribution found for symusic>=0.6.0
"""


class Pip:
    """Stands for pip: keeps what it was asked for, and answers in turn."""

    def __init__(self, *outcomes: tuple[int, str]):
        self.outcomes, self.commands = list(outcomes), []

    def __call__(self, command, **options):
        assert options["capture_output"], "nothing of pip's log is shown"
        self.commands.append(command[4:])
        status, log = self.outcomes.pop(0) if self.outcomes else (0, "")
        return SimpleNamespace(returncode=status, stdout="", stderr=log)


@pytest.fixture
def pip(monkeypatch):
    """A pip that installs nothing and always succeeds."""
    stand_in = Pip()
    monkeypatch.setattr(subprocess, "run", stand_in)
    return stand_in


@pytest.fixture
def session(monkeypatch):
    """A session that believes it runs in Colab."""
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))


@pytest.fixture
def installed(monkeypatch):
    """Versions of distributions, as the test sets them: before pip and after it."""
    states = [{"numpy": "2.1.3", "typer": "0.15.0"}]
    monkeypatch.setattr(colab, "versions", lambda: states.pop(0) if len(states) > 1 else states[0])
    return states


def run(code: str, capsys) -> str:
    """What a notebook shows for a cell."""
    InteractiveShell().run_cell(code)
    shown = capsys.readouterr()
    assert not shown.err
    return shown.out


class TestCell:
    def test_does_nothing_anywhere_else(self, pip, capsys):
        assert run(CELL, capsys) == ""
        assert not pip.commands

    def test_installs_the_course_and_what_it_requires(self, session, pip, capsys):
        assert run(CELL, capsys) == "Installing the course, about a minute …\nReady.\n"
        course, requirements = pip.commands
        assert course[-3:] == ["--no-deps", f"git+{ADDRESS}", "lazy-loader"]
        assert "melody-tutorial" in requirements

    @pytest.mark.parametrize(
        ("log", "why", "advice"),
        [
            (NO_HOST, "Could not resolve host: github.com. ", "See whether there is a network"),
            (
                OLD_PYTHON,
                "requires a different Python: 3.14.0 not in '<3.14,>=3.11'. ",
                "Choose Change runtime type",
            ),
            ("/usr/bin/python3: No module named pip\n", "No module named pip. ", "See whether"),
            ("", "it does not say why. ", "See whether"),
        ],
    )
    def test_a_failure_is_one_line_with_its_reason(self, log, why, advice, session, monkeypatch, capsys):
        monkeypatch.setattr(subprocess, "run", Pip((1, log)))
        saying, sentence = run(CELL, capsys).splitlines()
        assert saying == "Installing the course, about a minute …"
        assert sentence.startswith(f"pip cannot install git+{ADDRESS}: ")
        assert f"{why}{advice}" in sentence

    @pytest.mark.parametrize(
        ("log", "why", "advice"),
        [
            (OFFLINE, "the requirement symusic>=0.6.0", "See whether the session has a network"),
            (OLD_PYTHON, "a different Python: 3.14.0", "Choose Change runtime type"),
            (CONFLICT, "have conflicting dependencies", "Choose Disconnect and delete runtime"),
            ("ERROR: disk full\n", "disk full", "Run this cell again"),
        ],
    )
    def test_so_is_a_failure_later_on(self, log, why, advice, session, monkeypatch, capsys):
        monkeypatch.setattr(subprocess, "run", Pip((0, ""), (1, log)))
        _, sentence = run(CELL, capsys).splitlines()
        assert sentence.startswith("The course cannot be set up, pip says: ")
        assert why in sentence and advice in sentence

    def test_writes_no_file(self, session, pip, capsys, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        run(CELL, capsys)
        assert not list(tmp_path.iterdir())

    def test_names_the_address_once(self):
        assert CELL.count(f'course = "git+{ADDRESS}"') == CELL.count(ADDRESS) == 1

    def test_is_folded(self):
        for path in stored.notebook_paths():
            metadata = stored.read(path).cells[1].metadata
            assert stored.FOLDED.items() <= metadata.items(), "run make links"


class TestSetUp:
    def test_what_colab_has_is_kept(self, pip, installed):
        installed[:] = [{"numpy": "2.1.3", "ipykernel": "6.17.1", "jupyter-client": "7.4.9", "typer": "0.15"}]
        colab.set_up_colab()
        (asked,) = pip.commands
        assert asked[-3:] == ["numpy==2.1.3", "ipykernel==6.17.1", "jupyter-client==7.4.9"]

    def test_something_new_does_no_harm(self, pip, installed, capsys):
        installed.append({**installed[0], "symusic": "0.6.0"})
        colab.set_up_colab()
        assert capsys.readouterr().out == "Ready.\n"

    def test_what_was_replaced_while_in_use_asks_for_a_restart(self, pip, installed, monkeypatch):
        installed.append({"numpy": "2.1.3", "typer": "0.20.0"})
        monkeypatch.setattr(colab, "in_use", sorted)
        with pytest.raises(colab.SetUpError, match=r"typer had to be replaced while in use: choose Restart"):
            colab.set_up_colab()


def test_in_use_is_what_a_module_was_imported_from():
    assert colab.in_use(["pytest", "no-such-library"]) == ["pytest"]
    assert colab.in_use([]) == []


def test_names_are_in_the_spelling_of_pip(monkeypatch):
    found = SimpleNamespace(name="Jupyter_Client", version="7.4.9")
    monkeypatch.setattr(colab.importlib.metadata, "distributions", lambda: [found])
    assert colab.versions() == {"jupyter-client": "7.4.9"}


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Two folders of distributions: an older version before a newer one, and one that lost its metadata."""
    for folder, version in (("first", "1.0"), ("second", "2.0")):
        metadata = tmp_path / folder / f"some_library-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(
            f"Metadata-Version: 2.1\nName: some-library\nVersion: {version}\n", encoding="utf-8"
        )
    rest = tmp_path / "second" / "gone-1.0.dist-info"
    rest.mkdir()
    (rest / "top_level.txt").write_text("sys\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second")])


def test_of_two_distributions_with_one_name_the_first_counts(path):
    """Its modules are imported."""
    assert colab.versions() == {"some-library": "1.0"}


def test_a_distribution_without_a_name_is_none(path):
    assert None not in colab.versions() and colab.in_use(["gone", "some-library"]) == []


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("WARNING: a\nERROR: first.\nERROR: second\n", "first"),
        ("one\ntwo.\n", "two"),
        ("", "nothing"),
    ],
)
def test_the_reason_is_the_first_error(log, why):
    assert colab.reason(log) == why


def test_needs_nothing_but_python_and_what_the_cell_installs(tmp_path):
    """It runs before anything else is installed."""
    shutil.copytree(Path(lazy_loader.__file__).parent, tmp_path / "lazy_loader")
    code = "import sys; sys.path[:0] = sys.argv[1:]; from melody_tutorial.course import set_up_colab"
    command = [sys.executable, "-S", "-I", "-c", code, str(stored.ROOT), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
