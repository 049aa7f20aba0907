"""Other Pythons, other versions, the installed wheel, Colab: what is found, laid out and noticed."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import away, colab_like, constraints, everywhere, pythons, stored

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
needs_a_shell = pytest.mark.skipif(sys.platform == "win32", reason="a Python made of a shell script")


def text_of(name: str) -> str:
    return (stored.ROOT / name).read_text(encoding="utf-8")


def script(path, *lines: str):
    """A program of shell commands."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class TestPythons:
    @pytest.fixture
    def folders(self, tmp_path, monkeypatch):
        """Folders in PATH; the first holds a shim for a Python 3.77 that is not selected."""
        folders = [tmp_path / "shims", tmp_path / "bin"]
        monkeypatch.setenv("PATH", ":".join(map(str, folders)))
        script(folders[0] / "python3.77", "echo command not found >&2", "exit 127")
        return folders

    def test_all_that_are_declared(self):
        assert pythons.declared() == ["3.11", "3.12", "3.13"]

    def test_this_one_is_found(self):
        assert pythons.find(pythons.own()) == sys.executable

    @needs_a_shell
    def test_one_that_does_not_start_is_passed_over(self, folders):
        real = script(folders[1] / "python3.77", "echo 3.77")
        assert pythons.find("3.77") == str(real)

    @needs_a_shell
    def test_those_of_a_version_manager_are_found(self, folders, tmp_path):
        real = script(tmp_path / "versions" / "python3.77", "echo 3.77")
        script(folders[0] / "pyenv", f'[ "$*" = "whence --path python3.77" ] && echo {real}')
        assert pythons.find("3.77") == str(real)

    @needs_a_shell
    def test_one_that_is_missing_is_named(self, folders, capsys):
        script(folders[1] / "python3.77", "echo 3.78")  # it is another one
        assert pythons.find("3.77") is None
        assert capsys.readouterr().out.startswith("Python 3.77: not on this machine")


class TestEveryDeclaredPython:
    """What is said of Pythons elsewhere agrees with ``requires-python``."""

    @needs_make
    @needs_a_shell
    @pytest.mark.parametrize("step", [-1, 0, 1])
    @pytest.mark.parametrize("end", [0, -1])
    def test_make_takes_these_and_no_other(self, end, step, tmp_path):
        version = f"3.{int(pythons.declared()[end].removeprefix('3.')) + step}"
        pretend = f"import sys; sys.version_info = ({version.replace('.', ', ')}, 0); exec(sys.argv[1])"
        script(tmp_path / "python", f'exec {sys.executable} -c "{pretend}" "$2"')
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(stored.ROOT / name, tmp_path)
        command = ["make", "PYTHON=./python", ".venv/.ready"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        sentence = f"Python 3.11, 3.12 or 3.13 is needed, but ./python is {version}: call make PYTHON="
        assert (sentence in done.stderr) == (version not in pythons.declared()), done.stderr

    def test_the_workflow_tests_them(self):
        text = text_of(".github/workflows/test.yml")
        assert re.findall(r'"(3\.\d+)"', text) == pythons.declared()
        assert sorted(re.findall(r"^ +(3\.\d+)$", text, re.MULTILINE)) == pythons.declared()

    def test_all_that_make_can_test_is_tested_in_ci(self):
        targets = re.findall(r"^((?:test|lint)[a-z-]*):", text_of("Makefile"), re.MULTILINE)
        assert len(targets) >= 6
        assert set(targets) <= set(re.findall(r"^part (\S+)", text_of(".ci/run"), re.MULTILINE))


@needs_make
@pytest.mark.skipif(sys.platform != "linux", reason="an old make has no --eval")
def test_notebooks_under_make_test_find_no_way_into_the_network(tmp_path):
    """Their kernels run in another folder than make."""
    show = subprocess.run(
        ["make", "--eval", "show: ; @$(OFFLINE) env", "show"],
        cwd=stored.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (path,) = re.findall(r"^PYTHONPATH=(.*)$", show.stdout, re.MULTILINE)
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    child = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, cwd=tmp_path, capture_output=True, text=True
    )
    assert "tests run without a network" in child.stderr


def test_lower_bounds_that_are_not_tested_are_named():
    """Such as one that goes with nothing else; uv then takes a later version."""
    requirements = [Requirement("numpy>=2.0"), Requirement("Matplotlib>=3.8"), Requirement("gone>=1")]
    installed = {"numpy": "2.0.0", "matplotlib": "3.8.4"}
    assert everywhere.not_the_lowest(requirements, installed) == ["Matplotlib>=3.8 (3.8.4)"]


class TestAway:
    def test_the_last_cell_tells_a_checkout_from_an_installed_package(self, tmp_path, monkeypatch):
        package = type(sys)("melody_tutorial")
        monkeypatch.setitem(sys.modules, "melody_tutorial", package)
        package.__file__ = "/env/lib/python3.13/site-packages/melody_tutorial/__init__.py"
        exec(away.IS_INSTALLED, {})
        package.__file__ = "/checkout/melody_tutorial/__init__.py"
        with pytest.raises(AssertionError):
            exec(away.IS_INSTALLED, {})

    def test_notebooks_fail_on_a_checkout(self, tmp_path, capfd):
        """Such as this one: their own cell runs, the one that is added fails."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import melody_tutorial")])
        nbformat.write(notebook, tmp_path / "00_x.ipynb")
        with pytest.raises(SystemExit, match="notebooks fail"):
            away.run(Path(sys.executable), tmp_path, {})
        assert re.findall(r"FAILED (\S+ \d+)", capfd.readouterr().out) == ["00_x.ipynb::Cell 1"]


class TestColab:
    def test_each_notebook_is_opened_with_the_wheel_in_its_set_up_cell(self, tmp_path):
        colab_like.open_notebooks(tmp_path, "/somewhere/course.whl")
        assert [path.name for path in stored.notebook_paths()] == sorted(p.name for p in tmp_path.iterdir())
        for path in stored.notebook_paths():
            before, after = stored.read(path).cells, stored.read(tmp_path / path.name).cells
            assert "/somewhere/course.whl" in after[1].source and "git+" not in after[1].source
            assert [cell.source for cell in before[2:]] == [cell.source for cell in after[2:]]

    def test_a_set_up_cell_without_the_address_is_not_passed_over(self):
        assert colab_like.put_in_place("install git+a", "git+a", "wheel") == "install wheel"
        with pytest.raises(ValueError):
            colab_like.put_in_place("install b", "git+a", "wheel")

    def test_kernels_believe_that_they_run_in_colab(self, tmp_path):
        colab_like.pretend(tmp_path)
        (startup,) = tmp_path.rglob("startup/*.py")
        names = {}
        with mock.patch.dict(sys.modules):
            exec(startup.read_text(encoding="utf-8"), names)
            assert "google.colab" in sys.modules
        assert set(names) == {"__builtins__"}, "a notebook that forgets an import has to fail"

    def test_what_was_replaced_is_named(self):
        before = {"numpy": "2.1.3", "keras": "3.13.2", "jinja2": "3.1.6"}
        after = {"numpy": "2.4.0", "keras": "3.13.2", "symusic": "0.6.0"}
        assert colab_like.replaced(before, after) == ["numpy 2.1.3 → 2.4.0", "jinja2 3.1.6 → gone"]


class TestConstraints:
    def test_a_version_that_not_all_pythons_have_is_marked(self):
        found = {"3.12": {"a": "1", "b": "1", "pip": "24"}, "3.13": {"a": "1", "b": "2", "c": "3"}}
        assert constraints.merge(found) == [
            "a==1",
            "b==1; python_version == '3.12'",
            "b==2; python_version == '3.13'",
            "c==3; python_version == '3.13'",
        ]

    @pytest.mark.parametrize("python", pythons.declared())
    def test_those_that_are_there_hold_one_allowed_version_of_each_requirement(self, python):
        def applies(requirement):
            return not requirement.marker or requirement.marker.evaluate({"python_version": python})

        lines = [line for line in text_of("constraints.txt").splitlines() if not line.startswith("#")]
        constrained = [r for r in map(Requirement, lines) if applies(r)]
        versions = {r.name: str(r.specifier).removeprefix("==") for r in constrained}
        assert len(versions) == len(constrained)
        for required in filter(applies, everywhere.declared_requirements()):
            assert versions[canonicalize_name(required.name)] in required.specifier, "run make constraints"
