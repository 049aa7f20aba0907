"""A folder of composed melodies, in which those of a later call take the place of an earlier one's."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from melody_tutorial.errors import UserError
from melody_tutorial.files import UNFINISHED, building_folder, claim_folder, is_finished, sha256, sweep

PROVENANCE_FILE = "provenance.json"  # lists the melodies of the folder, each file with its SHA-256
MOVING = f"{UNFINISHED}moving"  # holds files that are whole and are on their way into the folder


def claim_melodies(folder: str | Path) -> Path:
    """A folder that melodies may be composed into: new, empty, or one that holds composed melodies.

    Raises:
        UserError: it is a file, or somebody else's folder; nothing of it is touched.
    """
    finish_moving(Path(folder))
    return claim_folder(folder, PROVENANCE_FILE)


@contextmanager
def replacing(folder: str | Path) -> Iterator[Path]:
    """Give a temporary folder for new melodies and their provenance; then they replace those in ``folder``.

    What the old provenance lists goes, as far as nobody changed it since; all other files stay. When the
    block raises, nothing changes. Names like melody_01.mid return, so it takes several renames to replace
    them: a process that is killed between two leaves the rest in ``MOVING``, and the next call moves it
    first.

    Raises:
        UserError: a file of the same name as a new one was changed, or was not composed here.
    """
    folder = Path(folder)
    finish_moving(folder)
    with building_folder(folder) as building:
        yield building
        check_free(folder, listed_files(building))
        os.rename(building, folder / MOVING)
    finish_moving(folder)
    sweep(path for path in folder.iterdir() if not is_finished(path))


def check_free(folder: Path, names: Iterable[str]) -> None:
    """Raise a UserError if a file of one of these names would be lost."""
    ours = unchanged_files(folder)
    for path in map(folder.joinpath, names):
        if path.exists() and path not in ours:
            raise UserError(
                f"{path} was changed after it was composed, or was put there by somebody: move it, "
                "or choose another --output"
            )


def finish_moving(folder: Path) -> None:
    """Move what is on its way into the folder, the provenance last; as often as it takes."""
    moving = folder / MOVING
    if (moving / PROVENANCE_FILE).exists():
        new = listed_files(moving)
        sweep(path for path in unchanged_files(folder) if path.name not in new)
        for name in [*new, PROVENANCE_FILE]:
            if (moving / name).exists():
                os.replace(moving / name, folder / name)
    if moving.is_dir():
        moving.rmdir()


def listed_files(folder: Path) -> dict[str, str]:
    """Name and SHA-256 of each file that a folder's provenance lists; none where there is no provenance."""
    try:
        provenance = json.loads((folder / PROVENANCE_FILE).read_text(encoding="utf-8"))
        listed = dict(item for melody in provenance["melodies"] for item in melody["files"].items())
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}  # there is none, or it is somebody else's: nothing is known to be ours
    return {name: digest for name, digest in listed.items() if Path(name).name == name}


def unchanged_files(folder: Path) -> list[Path]:
    """Files that a folder's provenance lists and that are as it says."""
    listed = {folder / name: digest for name, digest in listed_files(folder).items()}
    return [path for path, digest in listed.items() if path.is_file() and sha256(path) == digest]
