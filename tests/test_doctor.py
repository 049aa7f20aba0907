"""The doctor finds what is missing, says what to do, and survives what is broken."""

import pytest

from melody_tutorial import cli, doctor


def test_a_failed_probe_is_a_failed_check_whatever_it_raised():
    def broken():
        raise RuntimeError("libm.so.6 is too old")

    check = doctor.attempt("music", broken, "install it again")
    assert not check.ok and check.found == "libm.so.6 is too old" and check.advice == "install it again"


def test_a_dependency_is_imported_and_its_version_compared():
    assert doctor.check_dependency(("numpy", ">=2.0")).ok
    old = doctor.check_dependency(("numpy", ">=99"))
    assert not old.ok and ">=99" in old.found
    assert old.advice == "python -m pip install --upgrade 'numpy>=99'"


def test_a_dependency_that_is_not_installed():
    check = doctor.check_dependency(("no-such-thing", ">=1"))
    assert not check.ok and "no-such-thing" in check.found


def test_a_dependency_whose_import_fails(monkeypatch):
    """Installed, but broken: the last line of the traceback says why, and the doctor goes on."""
    monkeypatch.setitem(doctor.IMPORT_NAMES, "numpy", "numpy.no_such_part")
    check = doctor.check_dependency(("numpy", ">=2.0"))
    assert not check.ok and "cannot be imported: ModuleNotFoundError" in check.found


def test_all_dependencies_are_those_of_this_python():
    names = [name for name, _ in doctor.dependencies()]
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


@pytest.mark.parametrize(("required", "status"), [(True, 1), (False, 0)])
def test_the_command_fails_only_for_what_is_required(required, status, monkeypatch, capsys):
    checks = [doctor.Check("a", True, "fine"), doctor.Check("b", False, "gone", "fetch it", required)]
    monkeypatch.setattr(doctor, "run_checks", lambda: iter(checks))
    assert cli.execute(["doctor"]) == status
    shown = capsys.readouterr().out
    assert "fetch it" in shown
    assert ("everything that is needed is there" in shown) == (status == 0)
