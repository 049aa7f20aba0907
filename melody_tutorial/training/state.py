"""What an interrupted training needs to go on as if nothing had happened, in one file."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from melody_tutorial.config import TrainingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.files import atomic_path
from melody_tutorial.networks import MelodyModel
from melody_tutorial.training.runs import MAY_CHANGE, STATE_FILE, check_same


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
        UserError: as of ``read_state``, or the state was made with other settings.
    """
    path = Path(folder) / STATE_FILE
    notes, arrays = read_state(folder)
    check_same(path, "model", notes["model"], asdict(model.settings), set())
    check_same(path, "training", notes["training"], asdict(settings), MAY_CHANGE)
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
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
        return json.loads(str(arrays.pop("notes"))), arrays
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} cannot be read ({error}): train anew into another --output") from None
