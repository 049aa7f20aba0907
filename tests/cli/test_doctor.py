"""The doctor finds what is missing, says what to do, and survives what is broken."""

import errno
import importlib.metadata
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import lazy_loader
import pytest

from melody_tutorial.cli import app, doctor, probes
from melody_tutorial.config import shipped_data
from melody_tutorial.course import course_files, requirements

ROOT = Path(__file__).parents[2]
MISSING = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ImportError(f"{{name}} is broken")

sys.meta_path.insert(0, Missing())
"""


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """A function that makes libraries fail to be imported, in all Pythons that are started from here."""

    def broken(*names: str):
        (tmp_path / "sitecustomize.py").write_text(MISSING.format(names=names), encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return broken


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A copy of the data that ship."""
    shutil.copytree(shipped_data() / "primers", tmp_path / "data" / "primers")
    monkeypatch.setattr(probes, "shipped_data", lambda: tmp_path / "data")
    return tmp_path / "data"


def test_a_failed_probe_is_a_failed_check_whatever_it_raised():
    def broken():
        raise RuntimeError("libm.so.6 is too old")

    check = doctor.attempt("music", broken, "install it again")
    assert not check.ok and check.found == "libm.so.6 is too old" and check.advice == "install it again"


def test_a_dependency_is_looked_for_and_its_version_compared():
    assert doctor.check_dependency(("numpy", ">=2.0")).ok
    old = doctor.check_dependency(("numpy", ">=99"))
    assert not old.ok and ">=99" in old.found
    assert old.advice == "python -m pip install --upgrade 'numpy>=99'"


def test_a_dependency_that_is_not_installed():
    check = doctor.check_dependency(("no-such-thing", ">=1"))
    assert not check.ok and "no-such-thing" in check.found


def test_a_dependency_that_is_listed_but_gone(monkeypatch):
    monkeypatch.setitem(probes.IMPORT_NAMES, "numpy", "numpy_that_was_deleted")
    check = doctor.check_dependency(("numpy", ">=2.0"))
    assert not check.ok and "its files are gone" in check.found


def test_a_dependency_whose_import_fails(monkeypatch):
    """Installed, but broken: the last line of the traceback says why, and the doctor goes on."""
    assert doctor.check_import(("threadpoolctl", ">=3")).ok
    monkeypatch.setitem(probes.IMPORT_NAMES, "threadpoolctl", "threadpoolctl.no_such_part")
    check = doctor.check_import(("threadpoolctl", ">=3"))
    assert not check.ok and check.found.startswith("ModuleNotFoundError: No module named 'threadpoolctl.no")


@pytest.mark.parametrize(("allowed", "ok"), [(">=3.11", True), (">=99", False), (">=3.11,<3.11.1", False)])
def test_this_python_is_compared_with_what_the_program_is_meant_for(allowed, ok, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: {"Requires-Python": allowed})
    check = doctor.attempt("Python", probes.find_python, "install such a Python")
    assert check.ok == ok and sys.executable in check.found
    assert ok or check.found.endswith(f"but {allowed} is needed")


def test_where_versions_cannot_be_compared_one_check_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    (check,) = doctor.compare_versions()
    assert not check.ok and "packaging" in check.found and "pip install packaging" in check.advice
    assert doctor.known_dependencies() == []


def test_it_is_loaded_where_nothing_else_can_be(tmp_path):
    """But what a room's door needs; the command line needs Typer too."""
    shutil.copytree(Path(lazy_loader.__file__).parent, tmp_path / "lazy_loader")
    code = "import sys; sys.path[:0] = sys.argv[1:]; from melody_tutorial.cli import doctor"
    command = [sys.executable, "-S", "-I", "-c", code, str(ROOT), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "start", [["-m", "melody_tutorial.cli"], ["-c", probes.COMMAND]], ids=["-m", "script"]
)
@pytest.mark.parametrize("name", ["typer", "lazy_loader"])
def test_without_what_every_command_needs_there_is_one_sentence(name, start, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules[{name!r}] = None", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    done = subprocess.run(
        [sys.executable, *start, "doctor"], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    name = name.replace("_", "-")
    sentence = f"error: {name} is not installed, which every command needs: python -m pip install {name}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


def test_it_goes_on_where_libraries_are_broken(broken):
    broken("numpy", "symusic")
    command = [sys.executable, "-c", probes.COMMAND, "doctor"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 1 and done.stderr == ""
    told = dict(re.findall(r"^(?:ok|MISSING|without) +([^:]+): (.*)$", done.stdout, re.MULTILINE))
    for name in ("cores and memory", "abc2midi", "extract", "sample"):
        assert told[name].endswith("is broken")
    assert "Jupyter kernel" in told, "the last check"


def test_all_dependencies_are_those_of_this_python():
    names = [name for name, _ in requirements.dependencies()]
    assert {"numpy", "tensorflow", "symusic"} <= set(names)
    assert "pytest" not in names, "what developers need is not for users"


def test_folders_are_tried_where_they_exist_and_not_created(tmp_path):
    assert probes.try_writing(tmp_path / "new" / "folder") == "can be written"
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    check = doctor.attempt(
        "folder", lambda: probes.try_writing(tmp_path / "file" / "below"), "choose another"
    )
    assert not check.ok


@pytest.mark.skipif(sys.platform == "win32", reason="there, no limit can be set")
def test_a_folder_in_which_nothing_can_be_stored_is_found_out(tmp_path):
    """A file can be created there, as on a full disk, but holds nothing."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        check = doctor.attempt("folder", lambda: probes.try_writing(tmp_path), "free some space")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not check.ok and "File too large" in check.found


def test_a_folder_that_cannot_be_written_comes_with_what_helps(monkeypatch, tmp_path):
    def refuse(folder):
        raise OSError(errno.EROFS, "Read-only file system", str(folder))

    monkeypatch.setenv("MELODY_TUTORIAL_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(probes, "try_writing", refuse)
    _, _, data, runs = itertools.islice(doctor.quick_checks(), 4)
    assert (data.name, runs.name) == (f"folder {tmp_path / 'data'}", "folder runs")
    assert "MELODY_TUTORIAL_DATA" in data.advice and "--output" not in data.advice
    assert "--output" in runs.advice and "MELODY_TUTORIAL_DATA" not in runs.advice


def test_a_converter_that_loses_notes_is_found_out(monkeypatch):
    monkeypatch.setattr(probes, "ONE_BAR", probes.ONE_BAR.replace("F|", "z|"))
    with pytest.raises(RuntimeError, match="a bar of 4 notes in ABC became 3"):
        probes.try_abc2midi()


def test_this_machine_has_what_takes_no_checkpoint():
    """One probe each for the machine, the converter, the tune books and the kernel, as doctor calls them."""
    assert "cores" in probes.find_machine()
    assert probes.try_abc2midi() == "one bar of ABC became 4 notes"
    assert probes.find_tune_books().endswith("files in music21")
    assert "Python" in probes.find_kernel()


def test_a_machine_without_the_calls_of_linux_is_described_too(monkeypatch):
    """Windows knows neither the affinity of a process nor sysconf."""
    for name in ("sched_getaffinity", "sysconf"):
        monkeypatch.delattr(os, name, raising=False)
    assert probes.find_machine().startswith(f"{os.cpu_count()} cores")


def test_a_machine_with_one_core_is_described_in_the_singular(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert probes.find_machine().startswith("1 core, ")


@pytest.mark.parametrize(("encoding", "lacks"), [("utf-8", False), ("cp1252", True), ("ascii", True)])
def test_the_encoding_of_the_console_is_named(encoding, lacks, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    found = probes.find_encodings()
    assert f"stdout takes {encoding}" in found and ("replaced" in found) == lacks


def test_a_dataset_is_built_in_a_folder_named_relative_to_where_the_command_runs():
    split = "2 melodies to learn from, 1 for validation, 1 for the test, drawn with seed 0"
    assert probes.try_extracting() == f"dataset with {split}"


def test_a_tune_that_is_damaged_is_found_out(shipped):
    tune = shipped / "primers" / "twinkle.mid"
    tune.write_bytes(tune.read_bytes()[:40])
    with pytest.raises(RuntimeError, match=r"4 tunes became a .* files that ship are damaged"):
        probes.try_extracting()


class TestFilesThatShip:
    def test_are_as_many_as_there_are(self):
        found = {kind: int(count) for count, kind in re.findall(r"(\d+) ([^,]+)", probes.find_shipped())}
        assert found == probes.SHIPPED, "a new one has to be counted"

    def test_one_that_is_missing(self, shipped):
        (shipped / "primers" / "twinkle.mid").unlink()
        with pytest.raises(RuntimeError, match="only 3 of 4 primers"):
            probes.find_shipped()

    def test_a_notebook_that_is_cut_short_or_missing(self, tmp_path, monkeypatch):
        first, second, *others = course_files()
        cut = tmp_path / first.name
        cut.write_bytes(first.read_bytes()[:-2])
        monkeypatch.setattr(probes, "course_files", lambda: [cut, tmp_path / second.name, *others])
        with pytest.raises(RuntimeError, match="only 7 of 9 notebooks"):
            probes.find_shipped()

    def test_the_page_of_a_report(self, tmp_path, monkeypatch):
        (tmp_path / "templates").mkdir()
        monkeypatch.setattr(probes.importlib.resources, "files", lambda package: tmp_path)
        with pytest.raises(RuntimeError, match="only 0 of 1 report page"):
            probes.find_shipped()


def test_a_picture_that_cannot_be_drawn_is_found_out(broken):
    """By the formats that a user gets who names none."""
    assert probes.try_sampling().startswith("wrote melody_01.mid, melody_01.wav, melody_01.png")
    broken("matplotlib")
    check = doctor.attempt("sample", probes.try_sampling, doctor.LIBRARY)
    assert not check.ok and check.found == "ImportError: matplotlib is broken"


def test_a_kernel_whose_program_is_gone_is_found_out(tmp_path, monkeypatch):
    kernel = tmp_path / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    gone = str(tmp_path / "removed" / "python")
    argv = [gone, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": argv, "display_name": "Old", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=f"Old starts {re.escape(gone)}, which is not there"):
        probes.find_kernel()


def test_a_notebook_is_run():
    assert probes.try_notebook().startswith("runs ")


FAULT = """
from pathlib import Path
from melody_tutorial.datasets import dataset
build = dataset.build_dataset

def build_in_absolute_folders_only(melodies, funnel, output, *more):
    if not Path(output).is_absolute():
        raise FileNotFoundError(2, "No such file or directory", str(output))
    return build(melodies, funnel, output, *more)

dataset.build_dataset = build_in_absolute_folders_only
"""


def test_a_program_that_fails_in_relative_folders_is_found_out(tmp_path, monkeypatch):
    """Such as one that compares a relative path with that of tempfile, absolute from Python 3.12 on."""
    (tmp_path / "sitecustomize.py").write_text(FAULT, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    check = doctor.attempt("extract", probes.try_extracting, "report it")
    assert not check.ok and check.found.startswith("dataset: No such file or directory")


def test_the_quick_checks_find_nothing_wrong_and_load_nothing_large():
    code = """
import sys
from melody_tutorial.cli import app
assert app.execute(["doctor"]) == 0
large = "tensorflow", "keras", "note_seq", "music21", "matplotlib", "rich.progress"
print([name for name in large if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    *shown, loaded = done.stdout.splitlines()
    assert loaded == "[]"
    split = "2 melodies to learn from, 1 for validation, 1 for the test, drawn with seed 0"
    assert f"ok       extract: dataset with {split}" in shown
    assert "doctor --full" in shown[-1]


def test_training_on_the_tunes_that_ship():
    assert re.fullmatch(r"epoch 1, \d\.\d{3} nats per validation event", probes.try_training())


def test_a_command_that_fails_says_why_in_its_own_words():
    check = doctor.attempt("train", lambda: probes.try_commands("train nowhere"), "report it")
    assert not check.ok and check.found.startswith("nowhere: there is no dataset here")


def test_the_full_checks_are_announced_before_they_start(monkeypatch, capsys):
    def full():
        assert "up to a minute" in capsys.readouterr().out.splitlines()[-1]
        yield doctor.Check("train", False, "gone", "fetch it")

    monkeypatch.setattr(doctor, "quick_checks", lambda: iter([doctor.Check("a", True, "fine")]))
    monkeypatch.setattr(doctor, "full_checks", full)
    assert app.execute(["doctor", "--full"]) == 1
    assert "MISSING  train: gone" in capsys.readouterr().out
    assert app.execute(["doctor"]) == 0


@pytest.mark.parametrize(("required", "status"), [(True, 1), (False, 0)])
def test_the_command_fails_only_for_what_is_required(required, status, monkeypatch, capsys):
    checks = [doctor.Check("a", True, "fine"), doctor.Check("b", False, "gone", "fetch it", required)]
    monkeypatch.setattr(doctor, "quick_checks", lambda: iter(checks))
    assert app.execute(["doctor"]) == status
    shown = capsys.readouterr().out
    assert "fetch it" in shown
    assert ("everything that is needed is there" in shown) == (status == 0)
