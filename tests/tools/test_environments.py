"""Other Pythons, other versions, the installed wheel, Colab: what is found, laid out and noticed."""

import json
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

from tools import away, colab_like, constraints, environments, everywhere, pythons, stored

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

    @pytest.mark.parametrize(
        "target", [everywhere.on_each_python, everywhere.with_the_lowest_versions, colab_like.main]
    )
    def test_a_target_that_tests_nothing_fails_in_ci_alone(self, target, monkeypatch):
        monkeypatch.setattr(pythons, "find", lambda version: None)
        monkeypatch.delenv("REQUIRE_PYTHONS", raising=False)
        target()
        monkeypatch.setenv("REQUIRE_PYTHONS", "1")
        with pytest.raises(SystemExit, match="nothing was tested"):
            target()

    def test_the_wheel_is_tested_with_the_highest_that_is_there(self, monkeypatch):
        class AskedError(Exception):
            pass

        def create(name, python, *what):
            raise AskedError(python)

        monkeypatch.setattr(pythons, "find", lambda version: {"3.11": "a", "3.12": "b"}.get(version))
        monkeypatch.setattr(away, "build_wheel", lambda folder: folder)
        monkeypatch.setattr(environments, "create", create)
        with pytest.raises(AskedError, match="b"):
            everywhere.from_the_wheel()


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


class TestOtherPythons:
    """Each runs tests and notebooks; only what passed both is kept for ``constraints.txt``."""

    @pytest.fixture
    def log(self, tmp_path, monkeypatch):
        """What the Python of the one environment is asked; it fails where the third word is in "fails"."""
        python = tmp_path / "env" / "bin" / "python"
        python.parent.mkdir(parents=True)
        script(python, f'echo "$*" >> {tmp_path}/log', f'! grep -qFe "$3" {tmp_path}/fails')
        (tmp_path / "fails").write_text("nothing\n", encoding="utf-8")
        monkeypatch.setattr(environments, "create", lambda name, found, *what: python)
        monkeypatch.setattr(environments, "versions", lambda python: {"numpy": "2.4.0"})
        monkeypatch.setattr(everywhere, "find_all", lambda versions: {"3.77": "python3.77"})
        return tmp_path / "log"

    @needs_a_shell
    def test_run_tests_and_notebooks(self, log, tmp_path):
        everywhere.on_each_python()
        tests, notebooks = log.read_text(encoding="utf-8").splitlines()
        assert tests == "-m pytest -p no:cacheprovider" and notebooks == f"-m pytest {' '.join(away.NBVAL)} ."
        assert json.loads((tmp_path / "env" / ".passed.json").read_text()) == {"numpy": "2.4.0"}

    @needs_a_shell
    @pytest.mark.parametrize("fails", ["-p", "--nbval-lax"])
    def test_keep_nothing_where_either_fails(self, fails, log, tmp_path):
        (tmp_path / "fails").write_text(f"{fails}\n", encoding="utf-8")
        with pytest.raises(SystemExit, match="fail with"):
            everywhere.on_each_python()
        assert not (tmp_path / "env" / ".passed.json").exists()


@needs_make
@needs_a_shell
def test_make_says_what_installing_takes_where_pip_fails_and_tries_again(tmp_path):
    """Pip's own words stay; no mark is left, as of an environment that is whole."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(stored.ROOT / name, tmp_path)
    fails = script(tmp_path / "fails", 'case "$*" in *pip*) echo "no such package" >&2; exit 1;; esac')
    venv = f"mkdir -p .venv/bin && cp {fails} .venv/bin/python"
    script(tmp_path / "python", f'case "$*" in *venv*) {venv};; esac')
    for _ in range(2):
        command = ["make", "PYTHON=./python", "run"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        first, ours, makes = done.stderr.splitlines()
        assert done.returncode == 2 and first == "no such package" and "Error 1" in makes
        assert "takes a network" in ours and "HTTPS_PROXY" in ours and "PIP_INDEX_URL" in ours
        assert not (tmp_path / ".venv" / ".ready").exists()


@needs_make
@needs_a_shell
class TestMakeTest:
    """Make in a copy of the checkout, with a Python that only writes down what it is asked."""

    @pytest.fixture
    def checkout(self, tmp_path):
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(stored.ROOT / name, tmp_path)
        (tmp_path / ".venv").mkdir()
        echo = 'case "$*" in *starts*) echo starts;; *) echo "$*" >> log; [ ! -e "fails" ];; esac'
        script(tmp_path / ".venv" / "bin" / "python", echo)
        for name in (".ready", ".passed.json"):
            (tmp_path / ".venv" / name).touch()
        return tmp_path

    def make(self, checkout, *words: str) -> list[str]:
        done = subprocess.run(["make", "test", *words], cwd=checkout, capture_output=True, text=True)
        assert done.returncode == (2 if (checkout / "fails").exists() else 0), done.stderr
        return (checkout / "log").read_text(encoding="utf-8").splitlines()

    def test_keeps_the_versions_that_passed_tests_and_notebooks(self, checkout):
        tests, notebooks, kept = self.make(checkout)
        assert tests.strip() == "-m pytest" and notebooks.endswith(" notebooks")
        assert kept == "-m tools.environments"

    def test_forgets_them_where_they_fail(self, checkout):
        (checkout / "fails").touch()
        assert len(self.make(checkout)) == 1
        assert not (checkout / ".venv" / ".passed.json").exists()

    def test_keeps_nothing_of_chosen_tests(self, checkout):
        assert self.make(checkout, "TESTS=tests/music") == ["-m pytest tests/music"]


@needs_a_shell
def test_ci_tests_all_whatever_the_shell_holds(tmp_path, monkeypatch):
    """Such as TESTS=--version, with which make test would pass at once."""
    held = (
        "TESTS",
        "MAKEFLAGS",
        "PYTEST_ADDOPTS",
        "JUPYTER_PATH",
        "MELODY_TUTORIAL_PRESET",
        "PYTHONOPTIMIZE",
    )
    for name in held:
        monkeypatch.setenv(name, "--version")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    script(tmp_path / "make", f'echo "make $*" >> {tmp_path}/log', f"env >> {tmp_path}/log")
    subprocess.run([stored.ROOT / ".ci" / "run"], check=True, capture_output=True)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "make test\n" in log and "REQUIRE_PYTHONS=1\n" in log
    assert not re.findall(rf"^({'|'.join(held)})=", log, re.MULTILINE)


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
    assert everywhere.not_the_lowest(requirements, [installed]) == ["Matplotlib>=3.8 (3.8.4)"]


def test_a_lower_bound_is_tested_on_one_python_at_least():
    requirements = [Requirement("numpy>=2.0"), Requirement("audioop-lts>=0.2; python_version >= '3.13'")]
    lowest, highest = {"numpy": "2.0"}, {"numpy": "2.1.0", "audioop-lts": "0.2.0"}
    assert everywhere.not_the_lowest(requirements, [lowest, highest]) == []
    highest["audioop-lts"] = "0.2.1"
    assert everywhere.not_the_lowest(requirements, [lowest, highest]) == ["audioop-lts>=0.2 (0.2.1)"]


class TestAway:
    @pytest.fixture
    def folder(self, tmp_path):
        """A folder with a notebook of one cell."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import melody_tutorial")])
        (tmp_path / "notebooks").mkdir()
        nbformat.write(notebook, tmp_path / "notebooks" / "00_x.ipynb")
        return tmp_path / "notebooks"

    @pytest.mark.parametrize("prefix", [sys.prefix, "/another/environment"])
    @pytest.mark.parametrize("source", [stored.ROOT, "/env/lib/python3.13/site-packages"])
    def test_the_last_cell_tells_pythons_and_packages_apart(self, prefix, source, folder):
        away.add_last_cell(folder, Path(prefix), Path(source))
        _, last = stored.read(folder / "00_x.ipynb").cells
        if (prefix, source) == (sys.prefix, stored.ROOT):
            exec(last.source, {})
        else:
            with pytest.raises(AssertionError):
                exec(last.source, {})

    def test_notebooks_fail_with_a_package_that_is_not_the_environments(self, folder, capfd):
        """Such as this checkout: their own cell runs, the one that is added fails."""
        with pytest.raises(SystemExit, match="notebooks fail"):
            away.run(Path(sys.executable), folder, {})
        assert re.findall(r"FAILED (\S+ \d+)", capfd.readouterr().out) == ["00_x.ipynb::Cell 1"]

    def test_notebooks_run_with_the_kernel_of_the_environment(self, folder, tmp_path, monkeypatch):
        """Whatever kernel the caller's settings lead to: here, one that does not start."""
        kernel = tmp_path / "kernels" / "python3" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        kernel.write_text(
            json.dumps({"argv": ["/gone/python"], "display_name": "other", "language": "python"})
        )
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
        away.run(Path(sys.executable), folder, {}, stored.ROOT)


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

    def test_only_what_passed_counts(self, tmp_path, monkeypatch):
        """An environment that merely exists does not."""
        monkeypatch.setattr(environments, "FOLDER", tmp_path)
        python = environments.python_of("3.77")
        python.parent.mkdir(parents=True)
        python.touch()
        with pytest.raises(
            SystemExit, match=r"not all tests have passed on Python 3\.77: run make test-pythons"
        ):
            constraints.versions_of("3.77")
        environments.passed(python).write_text('{"numpy": "2.4.0"}', encoding="utf-8")
        assert constraints.versions_of("3.77") == {"numpy": "2.4.0"}

    def test_what_passed_is_what_is_installed(self):
        pytest.importorskip("uv")
        found = environments.versions(Path(sys.executable))
        assert found["pytest"] == pytest.__version__ and "melody-tutorial" not in found

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
