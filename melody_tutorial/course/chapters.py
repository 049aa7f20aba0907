"""The notebooks of the course as files: where they lie, and a copy of them to work in."""

import json
import platform
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
    """Copy the notebooks and the page for teachers into a folder, as this Python would store them.

    Raises:
        UserError: one is there already and was changed; then nothing is written.
    """
    copies = {Path(folder) / path.name: for_this_python(path) for path in course_files()}
    changed = [copy.name for copy, data in copies.items() if copy.exists() and for_this_python(copy) != data]
    if changed:
        raise UserError(
            f"--output {folder} holds {', '.join(changed)} with changes that would be lost: "
            "give another folder, or move what you changed away"
        )
    for copy, data in copies.items():
        if not copy.exists():
            files.write_bytes(copy, data)
    return list(copies)


def for_this_python(path: Path) -> bytes:
    """A file, which names this Python if it is a notebook: or JupyterLab takes it for changed when opened."""
    data = path.read_bytes()
    try:
        notebook = json.loads(data)
        notebook["metadata"]["language_info"]["version"] = platform.python_version()
    except (ValueError, LookupError, TypeError):
        return data  # no notebook, or one that names no Python
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
