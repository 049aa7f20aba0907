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
from melody_tutorial.training.runs import STATE_FILE

MAY_CHANGE = {"epochs", "num_training_steps", "patience"}  # how long to train; the rest must stay


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
        UserError: there is no state, it cannot be read, or it was made with other settings.
    """
    path = Path(folder) / STATE_FILE
    if not path.is_file():
        raise UserError(f"{path} is missing: there is nothing to resume; train without --resume")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
        notes = json.loads(str(arrays.pop("notes")))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} cannot be read ({error}): train anew into another --output") from None
    check_same(path, "model", notes["model"], asdict(model.settings), set())
    check_same(path, "training", notes["training"], asdict(settings), MAY_CHANGE)
    model.load_arrays({name.removeprefix("weights/"): array for name, array in arrays.items()})
    for number, variable in enumerate(optimizer.variables):
        variable.assign(arrays[f"optimizer/{number}"])
    return notes["progress"]


def check_same(path: Path, kind: str, saved: dict, asked: dict, may_change: set[str]) -> None:
    """Raise a UserError that names the first setting that differs from the interrupted run's."""
    for name, value in json.loads(json.dumps(asked)).items():
        if saved.get(name) != value and name not in may_change:
            raise UserError(
                f"{path} was made with the {kind} setting {name} = {saved.get(name)}, now it is {value}: "
                "resume with the same settings, or train anew into another --output"
            )
