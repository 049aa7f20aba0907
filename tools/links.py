"""The address of the repository, written wherever it stands."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat

from melody_tutorial import files
from tools import stored

# The repository, a notebook of it in Colab, all of it in Binder, and its published gallery.
FORMS = (
    "github.com/{}/{}",
    "colab.research.google.com/github/{}/{}",
    "mybinder.org/v2/gh/{}/{}",
    "{}.github.io/{}",
)
# GitHub's rules: of an owner letters and digits with single hyphens between, of a name also dots and lines.
NAME = re.compile(
    r"(?=[^/]{1,39}/)[a-z\d]+(-[a-z\d]+)*/(?!\.\.?$)(?!.*\.git$)[\w.-]{1,100}", re.ASCII | re.IGNORECASE
)
END = rb"(?:(?=\.git\b)|(?!\.?[\w-]))"  # a longer name is another repository's; a full stop may follow
LIST = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")


def write(name: str | None) -> None:
    """Put another address, if one is given, wherever the present one stands; bring the notebooks up to date.

    Args:
        name: owner/name on GitHub.
    """
    if name and not NAME.fullmatch(name):
        sys.exit(f"REPO is {name!r}: allowed is owner/name, such as someone/melody-tutorial")
    if name:
        old = stored.repository().removeprefix("https://github.com/")
        changed = [path for path in repository_files() if move(path, old, name)]
        print("\n".join(str(path.relative_to(stored.ROOT)) for path in changed))
    for path in stored.notebook_paths():
        link(path)
    print(f"{stored.repository()}: {len(stored.notebook_paths())} notebooks")


def repository_files() -> list[Path]:
    """Every file that belongs to the repository, whether it is committed yet or not."""
    listed = subprocess.run(LIST, cwd=stored.ROOT, capture_output=True, check=True, text=True).stdout
    return [path for path in map(stored.ROOT.joinpath, listed.split("\0")) if path.is_file()]


def move(path: Path, old: str, new: str) -> bool:
    """Write the new address in the place of the old one, both as owner/name; whether the file held it."""
    before = after = path.read_bytes()
    for form in FORMS:
        here, there = (form.format(*name.split("/")).encode() for name in (old, new))
        after = re.sub(rb"(?<![\w-])" + re.escape(here) + END, there, after)
    if after != before:
        files.write_bytes(path, after)
    return after != before


def link(path: Path) -> None:
    """Write the badge, the Colab cell and the link to the next chapter into a notebook, where they differ."""
    notebook = stored.read(path)
    old = [cell.source for cell in notebook.cells]
    stored.link(notebook, path, stored.repository())
    if [cell.source for cell in notebook.cells] != old:
        files.write_text(path, nbformat.writes(notebook) + "\n")
