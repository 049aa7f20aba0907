"""A folder of composed melodies, in which those of a later call take the place of an earlier one's."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from melody_tutorial.errors import UserError
from melody_tutorial.files import UNFINISHED, building_folder, claim_folder, locked, read_json, sha256, sweep

PROVENANCE_FILE = "provenance.json"  # lists the melodies of the folder, each file with its SHA-256
MOVING = f"{UNFINISHED}moving"  # holds files that are whole and are on their way into the folder
TUNES_FILE = "tunes.abc"  # all melodies of the folder, where they are written as ABC
MELODY_FILE = re.compile(r"melody_\d+\.[a-z]+|tunes\.abc")


def claim_melodies(folder: str | Path) -> Path:
    """A folder that melodies may be composed into: new, empty, or one that holds composed melodies.

    Raises:
        UserError: it is a file, or somebody else's folder, or another process is writing there; nothing of
            it is touched.
    """
    folder = claim_folder(folder, PROVENANCE_FILE) if not (Path(folder) / MOVING).exists() else Path(folder)
    finish_moving(folder)
    check_free(folder, [PROVENANCE_FILE])
    return folder


@contextmanager
def replacing(folder: str | Path) -> Iterator[Path]:
    """Give a temporary folder for new melodies and their provenance; then they replace those in ``folder``.

    What the old provenance lists goes, as far as nobody changed it since; all other files stay. When the
    block raises, nothing changes. Names like melody_01.mid return, so it takes several renames to replace
    them: a process that is killed between two leaves the rest in ``MOVING``, and the next call moves it
    first.

    Raises:
        UserError: a file of the same name as a new one was changed, or was not composed here; or another
            process is writing to the folder.
    """
    folder = Path(folder)
    finish_moving(folder)
    with locked(folder):
        with building_folder(folder) as building:
            yield building
            check_free(folder, [*listed_files(building), PROVENANCE_FILE])
            os.rename(building, folder / MOVING)
        move(folder)
        sweep(folder)


def finish_moving(folder: Path) -> None:
    """Move into a folder what a killed process had left on its way there.

    Raises:
        UserError: a file that is to be replaced was changed meanwhile, or another process is writing there.
    """
    if (folder / MOVING).is_dir():
        with locked(folder):
            move(folder)


def move(folder: Path) -> None:
    """Move what is on its way into a locked folder, the provenance last; as often as it takes."""
    moving = folder / MOVING
    if (moving / PROVENANCE_FILE).exists():
        new = listed_files(moving)
        waiting = [name for name in [*new, PROVENANCE_FILE] if (moving / name).exists()]
        check_free(folder, waiting)
        old = [path.name for path in unchanged_files(folder) if path.name not in new]
        for name in waiting[:-1]:
            os.replace(moving / name, folder / name)
        sweep_named(folder, old)
        os.replace(moving / PROVENANCE_FILE, folder / PROVENANCE_FILE)
    if moving.is_dir():
        moving.rmdir()


def sweep_named(folder: Path, names: Iterable[str]) -> None:
    """Remove melodies that the new provenance does not list."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


def check_free(folder: Path, names: Iterable[str]) -> None:
    """Raise a UserError if a file of one of these names would be lost."""
    ours = {path.name for path in unchanged_files(folder)}
    if is_provenance(folder / PROVENANCE_FILE):
        ours.add(PROVENANCE_FILE)
    for name in names:
        if os.path.lexists(folder / name) and name not in ours:
            raise UserError(
                f"{folder / name} was changed after it was composed, or was put there by somebody: move it, "
                "or choose another --output"
            )


def is_provenance(path: Path) -> bool:
    """Whether a file is a provenance that ``compose`` wrote."""
    try:
        return read_provenance(path).keys() >= {"settings", "checkpoint", "primer", "melodies"}
    except UserError:
        return False


def read_provenance(path: Path) -> dict[str, Any]:
    """What a provenance says.

    Raises:
        UserError: it cannot be read, or it is something else.
    """
    try:
        return read_json(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}): move it, or choose another --output") from None


def listed_files(folder: Path) -> dict[str, str]:
    """Name and SHA-256 of the files of melodies that a folder's provenance lists; errors as of reading it."""
    try:
        provenance = read_provenance(folder / PROVENANCE_FILE)
        owners = [*provenance["melodies"], {"files": provenance.get("files", {})}]
        listed = dict(item for owner in owners for item in owner["files"].items())
    except (TypeError, KeyError, AttributeError):
        raise UserError(f"{folder / PROVENANCE_FILE} lists no melodies: choose another --output") from None
    return {name: digest for name, digest in listed.items() if MELODY_FILE.fullmatch(name)}


def unchanged_files(folder: Path) -> list[Path]:
    """Files that a folder's provenance lists and that are as it says; none where there is no provenance."""
    if not is_provenance(folder / PROVENANCE_FILE):
        return []
    listed = {folder / name: digest for name, digest in listed_files(folder).items()}
    return [path for path, digest in listed.items() if path.is_file() and sha256(path) == digest]
