"""The notebooks of the course as files: where they lie, and a copy of them to work in."""

from pathlib import Path

from melody_tutorial import files
from melody_tutorial.errors import UserError

FOR_TEACHERS = "TEACHING.md"


def course_files() -> list[Path]:
    """The notebooks in reading order, then the page for teachers: in the wheel, or in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "data" / "notebooks"
    folder = installed if installed.is_dir() else package.parent / "notebooks"
    return [*sorted(folder.glob("[0-9]*.ipynb")), folder / FOR_TEACHERS]


def copy_course(folder: str | Path) -> list[Path]:
    """Copy the notebooks and the page for teachers into a folder, as they are stored.

    Raises:
        UserError: one is there already and was changed; then nothing is written.
    """
    copies = {Path(folder) / path.name: path.read_bytes() for path in course_files()}
    changed = [copy.name for copy, data in copies.items() if copy.exists() and copy.read_bytes() != data]
    if changed:
        raise UserError(
            f"--output {folder} holds {', '.join(changed)} with changes that would be lost: "
            "give another folder, or move what you changed away"
        )
    for copy, data in copies.items():
        if not copy.exists():
            files.write_bytes(copy, data)
    return list(copies)
