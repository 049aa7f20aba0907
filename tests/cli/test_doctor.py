"""The doctor finds what is missing, says what to do, and survives what is broken."""

import importlib.metadata
import io
import os
import re
import subprocess
import sys

import pytest

from melody_tutorial.cli import app, doctor
from melody_tutorial.course import requirements


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
    monkeypatch.setitem(doctor.IMPORT_NAMES, "numpy", "numpy_that_was_deleted")
    check = doctor.check_dependency(("numpy", ">=2.0"))
    assert not check.ok and "its files are gone" in check.found


def test_a_dependency_whose_import_fails(monkeypatch):
    """Installed, but broken: the last line of the traceback says why, and the doctor goes on."""
    assert doctor.check_import(("threadpoolctl", ">=3")).ok
    monkeypatch.setitem(doctor.IMPORT_NAMES, "threadpoolctl", "threadpoolctl.no_such_part")
    check = doctor.check_import(("threadpoolctl", ">=3"))
    assert not check.ok and check.found.startswith("ModuleNotFoundError: No module named 'threadpoolctl.no")


@pytest.mark.parametrize(("allowed", "ok"), [(">=3.11", True), (">=99", False), (">=3.11,<3.11.1", False)])
def test_this_python_is_compared_with_what_the_program_is_meant_for(allowed, ok, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: {"Requires-Python": allowed})
    check = doctor.check_python()
    assert check.ok == ok and allowed in check.name and sys.executable in check.found


def test_all_dependencies_are_those_of_this_python():
    names = [name for name, _ in requirements.dependencies()]
    assert {"numpy", "tensorflow", "symusic"} <= set(names)
    assert "pytest" not in names, "what developers need is not for users"


def test_folders_are_tried_where_they_exist_and_not_created(tmp_path):
    assert doctor.try_writing(tmp_path / "new" / "folder") == "can be written"
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    check = doctor.attempt(
        "folder", lambda: doctor.try_writing(tmp_path / "file" / "below"), "choose another"
    )
    assert not check.ok


def test_this_machine_has_what_takes_no_checkpoint():
    """One probe each for the machine, the converter, the tune books and the kernel, as doctor calls them."""
    assert "cores" in doctor.find_machine()
    assert doctor.try_abc2midi() == "one bar of ABC became 4 notes"
    assert doctor.find_tune_books().endswith("files in music21")
    assert "Python" in doctor.find_kernel()


def test_a_machine_without_the_calls_of_linux_is_described_too(monkeypatch):
    """Windows knows neither the affinity of a process nor sysconf."""
    for name in ("sched_getaffinity", "sysconf"):
        monkeypatch.delattr(os, name, raising=False)
    assert doctor.find_machine().startswith(f"{os.cpu_count()} cores")


@pytest.mark.parametrize(("encoding", "lacks"), [("utf-8", False), ("cp1252", True), ("ascii", True)])
def test_the_encoding_of_the_console_is_named(encoding, lacks, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    found = doctor.find_encodings()
    assert f"stdout takes {encoding}" in found and ("replaced" in found) == lacks


def test_a_dataset_is_built_in_a_folder_named_relative_to_where_the_command_runs():
    assert doctor.try_extracting() == "dataset with 3 melodies to learn from and 1 held out"


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
    check = doctor.attempt("extract", doctor.try_extracting, "report it")
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
    assert "ok       extract: dataset with 3 melodies to learn from and 1 held out" in shown
    assert "doctor --full" in shown[-1]


def test_training_on_the_tunes_that_ship():
    assert re.fullmatch(r"epoch 1, \d\.\d{3} nats per held-out event", doctor.try_training())


def test_a_command_that_fails_says_why_in_its_own_words():
    check = doctor.attempt("train", lambda: doctor.try_commands("train nowhere"), "report it")
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
