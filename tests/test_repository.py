"""What stands around the code is true: versions, environments, and what CONTRIBUTING.md tells to do."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLACEHOLDERS = ("NN_name", "NN")
FILE = re.compile(r"`([\w./-]+(?:/|\.(?:py|pyi|md|ipynb|toml|cff|yml)))`")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def installed_by(text: str) -> list[str]:
    """What the lines of a requirements file or of environment.yml let pip install."""
    return re.findall(r"^[ -]*?(--editable .*)$", text, re.MULTILINE)


class TestVersion:
    def test_the_citation_has_it(self):
        assert f"\nversion: {PROJECT['version']}\n" in text_of("CITATION.cff")

    def test_the_changelog_begins_with_it(self):
        newest = re.search(r"^## (\S+?),? ", text_of("CHANGELOG.md"), re.MULTILINE)[1]
        assert newest == PROJECT["version"]

    def test_the_licence_is_the_same(self):
        assert f"\nlicense: {PROJECT['license']}\n" in text_of("CITATION.cff")


class TestEnvironments:
    """conda, Binder, the dev container and make install the same, on a Python that is declared."""

    def test_binder_installs_what_conda_does(self):
        (line,) = installed_by(text_of("environment.yml"))
        assert installed_by(text_of(".binder/requirements.txt")) == [line]
        assert line.removeprefix("--editable ") in text_of("Makefile")

    def test_conda_allows_every_declared_python_and_no_other(self):
        allowed = re.search(r"^  - python(\S+)$", text_of("environment.yml"), re.MULTILINE)[1]
        assert SpecifierSet(allowed) == SpecifierSet(PROJECT["requires-python"])

    def test_binder_has_a_declared_python(self):
        version = text_of(".binder/runtime.txt").strip().removeprefix("python-")
        assert version in SpecifierSet(PROJECT["requires-python"])

    def test_the_dev_container_has_a_declared_python_and_calls_make(self):
        container = json.loads(text_of(".devcontainer/devcontainer.json"))
        assert container["image"].rpartition(":")[2] in SpecifierSet(PROJECT["requires-python"])
        assert container["postCreateCommand"] == "make .venv/.ready"
        assert re.search(r"^READY := \$\(VENV\)/\.ready$", text_of("Makefile"), re.MULTILINE)


class TestContributing:
    @pytest.mark.parametrize("name", sorted(set(FILE.findall(text_of("CONTRIBUTING.md")))))
    def test_names_files_that_are_there(self, name):
        for placeholder in PLACEHOLDERS:
            name = name.replace(placeholder, "[0-9][0-9]*")
        assert any(any(folder.glob(name.rstrip("/"))) for folder in (ROOT, ROOT / "melody_tutorial"))

    def test_names_targets_that_make_has(self):
        text = text_of("CONTRIBUTING.md")
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
        assert len(named) >= 6
        assert named <= set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))

    def test_names_tables_where_they_are(self):
        lines = [line for line in text_of("CONTRIBUTING.md").splitlines() if re.search(r"`[A-Z]{2,}`", line)]
        assert len(lines) >= 5
        for line in lines:
            code = text_of(next(name for name in FILE.findall(line) if name.endswith(".py")))
            for table in re.findall(r"`([A-Z]{2,})`", line):
                assert re.search(rf"^{table}\b.* = ", code, re.MULTILINE), line


@pytest.mark.parametrize("name", ["problem", "lesson"])
def test_an_issue_form_asks_for_what_doctor_says(name):
    assert "melody-tutorial doctor" in text_of(f".github/ISSUE_TEMPLATE/{name}.yml")
