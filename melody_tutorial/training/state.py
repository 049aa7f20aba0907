"""What an interrupted training needs to go on as if nothing had happened, in one file."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from melody_tutorial.config import TrainingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.files import atomic_path
from melody_tutorial.networks import MelodyModel, read_arrays
from melody_tutorial.training.runs import MAY_CHANGE, STATE_FILE, check_same

NUMBERS_AND_TEXT = "fiuU"


def save_state(
    folder: str | Path,
    model: MelodyModel,
    optimizer: keras.optimizers.Optimizer,
    settings: TrainingSettings,
    progress: dict,
) -> None:
    """Write weights, optimizer variables, settings and progress (JSON values) into one file, atomically."""
    notes = {"model": asdict(model.settings), "training": asdict(settings), "progress": progress}
    arrays = {f"weights/{name}": array for name, array in model.arrays().items()}
    arrays |= {f"optimizer/{n}": variable.numpy() for n, variable in enumerate(optimizer.variables)}
    with atomic_path(Path(folder) / STATE_FILE) as path:
        np.savez(path, notes=np.array(json.dumps(notes)), **arrays)


def load_state(
    folder: str | Path,
    model: MelodyModel,
    optimizer: keras.optimizers.Optimizer,
    settings: TrainingSettings,
) -> dict:
    """Put saved weights and optimizer variables back, and return the saved progress.

    Raises:
        UserError: as of ``read_state``, or the state was made with other settings, or lacks a variable.
    """
    path = Path(folder) / STATE_FILE
    notes, arrays = read_state(folder)
    check_same(path, "model", notes["model"], asdict(model.settings), set())
    check_same(path, "training", notes["training"], asdict(settings), MAY_CHANGE)
    expected = {f"weights/{name}": array for name, array in model.arrays().items()}
    expected |= {f"optimizer/{n}": variable.numpy() for n, variable in enumerate(optimizer.variables)}
    check_arrays(path, arrays, expected)
    model.load_arrays({name.removeprefix("weights/"): array for name, array in arrays.items()})
    for number, variable in enumerate(optimizer.variables):
        variable.assign(arrays[f"optimizer/{number}"])
    return notes["progress"]


def read_state(folder: str | Path) -> tuple[dict, dict[str, np.ndarray]]:
    """The notes (settings and progress) and the arrays that ``save_state`` wrote.

    Raises:
        UserError: there is no state, or it cannot be read.
    """
    path = Path(folder) / STATE_FILE
    if not path.is_file():
        raise UserError(f"{path} is missing: there is nothing to resume; train without --resume")
    try:
        arrays = read_arrays(path, NUMBERS_AND_TEXT)
        notes = json.loads(str(arrays.pop("notes")))
        if not all(isinstance(notes[part], dict) for part in ("model", "training", "progress")):
            raise ValueError("its notes are none of this program's")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error}): train anew into another --output") from None
    return notes, arrays


def check_arrays(path: Path, found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """Raise a UserError that names the first array that is not as one of the network or the optimizer."""
    for name in sorted(found.keys() | expected.keys()):
        shapes = [(a[name].shape, a[name].dtype.name) if name in a else None for a in (found, expected)]
        if shapes[0] != shapes[1]:
            raise UserError(
                f"{path} holds for {name} {in_words(shapes[0])}, this training has {in_words(shapes[1])}: "
                "train anew into another --output"
            )
        if not np.isfinite(found[name]).all():
            raise UserError(f"{path}: {name} holds values that are not finite: train anew, with a lower rate")


def in_words(shape: tuple[tuple[int, ...], str] | None) -> str:
    """The shape and the type of an array, in words."""
    return f"the shape {shape[0]} of {shape[1]}" if shape else "nothing"
