"""The notebooks handed out: whole, as they are stored, and never over somebody's work."""

import re

import pytest
from nbformat import NO_CONVERT, read

from melody_tutorial.cli import app
from melody_tutorial.course import chapters
from melody_tutorial.errors import UserError
from tools import stored


def test_the_course_is_each_notebook_and_the_page_for_teachers():
    assert chapters.course_files() == [*stored.notebook_paths(), stored.NOTEBOOKS / "TEACHING.md"]


@pytest.mark.parametrize("version", ["3.11.7", "3.13.0"])
def test_the_copies_are_as_stored_but_for_the_version_of_python(version, tmp_path, monkeypatch):
    """With another one than the kernel's, JupyterLab would take a copy for changed when it is opened."""
    monkeypatch.setattr(chapters.platform, "python_version", lambda: version)
    copies = chapters.copy_course(tmp_path / "mine")
    for original, copy in zip(chapters.course_files(), copies, strict=True):
        assert copy == tmp_path / "mine" / original.name
        stored_as = (
            rb'(?<="nbconvert_exporter": "python",\n   "pygments_lexer": "ipython3",\n   "version": ")[\d.]+'
        )
        named = re.sub(stored_as, version.encode(), original.read_bytes())
        assert copy.read_bytes() == named and (copy.suffix == ".md") == (version.encode() not in named)
    read(copies[0], NO_CONVERT)


def test_what_another_python_copied_is_not_changed(tmp_path, monkeypatch):
    chapters.copy_course(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(chapters.platform, "python_version", lambda: "3.12.99")
    chapters.copy_course(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_page_for_teachers_holds_for_a_copy_too(tmp_path):
    """Who has the wheel has neither README nor make: what needs a checkout says so, and all links lead on."""
    text = chapters.copy_course(tmp_path)[-1].read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert stored.repository() in links
    assert [link for link in links if "://" not in link and not (tmp_path / link).exists()] == []
    with_make = [part for part in re.split(r"\n\n|\n- ", text) if "`make " in part]
    assert with_make and all("in a checkout" in part.lower() for part in with_make)
    assert "README" not in text


def test_what_was_changed_is_not_overwritten(tmp_path):
    first, second, *others = chapters.copy_course(tmp_path)
    first.write_text("my answers", encoding="utf-8")
    second.unlink()
    with pytest.raises(
        UserError, match=r"holds 00_quickstart\.ipynb with changes that would be lost: give an"
    ):
        chapters.copy_course(tmp_path)
    assert first.read_text(encoding="utf-8") == "my answers"
    assert not second.exists()  # all or nothing
    assert all(path.exists() for path in others)


def test_what_was_not_changed_may_be_copied_again(tmp_path):
    (tmp_path / "my_notes.txt").write_text("mine", encoding="utf-8")
    assert chapters.copy_course(tmp_path) == chapters.copy_course(tmp_path)
    assert (tmp_path / "my_notes.txt").read_text(encoding="utf-8") == "mine"


def test_links_between_the_notebooks_stay_within_their_folder():
    for path in chapters.course_files():
        text = path.read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!https?://)([^)#]+)\)", text):
            assert (path.parent / link).exists() and "/" not in link, f"{path.name}: {link}"


class TestCommand:
    def test_says_what_it_wrote_and_how_to_open_it(self, tmp_path, capsys):
        assert app.execute(["notebooks", "--output", str(tmp_path / "my course")]) == 0
        *paths, last = capsys.readouterr().out.splitlines()
        assert len(paths) == len(stored.notebook_paths()) + 1
        assert last.startswith(f'open them: jupyter lab "{tmp_path / "my course"}"')
        assert 'pip install "melody-tutorial[lab]"' in last

    def test_a_file_is_no_folder(self, tmp_path, capsys):
        (tmp_path / "file").touch()
        assert app.execute(["notebooks", "--output", str(tmp_path / "file")]) == 1
        assert "--output" in capsys.readouterr().err
