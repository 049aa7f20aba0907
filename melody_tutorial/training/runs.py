"""The folder of a run: what it learns from, where its parts lie, and whose folder it is."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from melody_tutorial.config import ModelSettings, TrainingSettings
from melody_tutorial.datasets import MANIFEST
from melody_tutorial.errors import UserError
from melody_tutorial.files import claim_folder, is_finished, sha256, write_bytes, write_text
from melody_tutorial.networks import CONFIG_FILE, Checkpoint, check_fits, load_checkpoint
from melody_tutorial.training.history import HISTORY_FILE

STATE_FILE = "training_state.npz"  # from which training goes on
RUN_FILE = "run.json"  # which dataset, and the settings; marks a folder as a run
CHECKPOINT = "checkpoint"
SHIPPED = "shipped"  # what --from calls the model that ships
DATASET = "dataset"  # where the main job puts a run's dataset
MELODIES = "melodies"  # where it puts what the model composes
MANIFEST_COPY = (
    "dataset_manifest.json"  # so that a run still tells what it learned from when the dataset is gone
)
BASELINES_FILE = "baselines.json"
STATISTICS_FILE = "statistics.json"


def begin_run(
    run: Path,
    dataset: Path,
    model: ModelSettings,
    training: TrainingSettings,
    initial: str | Path | None = None,
    weights: Checkpoint | None = None,
) -> None:
    """Write ``run.json`` and a copy of the dataset's manifest into the folder of a new run.

    Args:
        initial, weights: name and content of the checkpoint that training starts from; None: none.

    Raises:
        UserError: the folder holds a trained run already, or somebody else's files.
    """
    check_new(run)
    place = dataset.resolve()
    if place.is_relative_to(run.resolve()):  # then both can be moved together, to other systems too
        place = place.relative_to(run.resolve()).as_posix()
    facts = {
        "dataset": str(place),
        "manifest_sha256": sha256(dataset / MANIFEST),
        "model": asdict(model),
        "training": asdict(training),
    }
    if weights:
        origin = str(initial) if str(initial) == SHIPPED else str(Path(initial).resolve())
        facts["initial"] = {"from": origin, "weights_sha256": weights.sha256}
    write_json(run / RUN_FILE, facts)
    write_bytes(run / MANIFEST_COPY, (dataset / MANIFEST).read_bytes())


def write_json(path: Path, content: Any) -> Path:
    """Write plain values as a JSON file, whole or not at all."""
    return write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def check_new(run: Path) -> None:
    """Raise a UserError if a folder holds a trained run already, or somebody else's files."""
    found = {path.name for path in run.iterdir() if is_finished(path)} if run.is_dir() else set()
    if found != {DATASET}:  # of a main job that was interrupted before training
        claim_folder(run, RUN_FILE)
    if RUN_FILE in found and "manifest_sha256" not in read_run(run):
        raise UserError(f"{run / RUN_FILE} is none of this program's: choose another --output")
    if {HISTORY_FILE, STATE_FILE} & found:
        raise UserError(
            f"{run} holds a run already: train --resume goes on with it, or choose another --output"
        )


def check_resumed(run: Path, dataset: Path) -> None:
    """Raise a UserError unless a run exists and learned from this dataset, as it is now."""
    if read_run(run)["manifest_sha256"] != sha256(dataset / MANIFEST):
        raise UserError(f"{run} learned from another dataset than {dataset}: give the one it began with")


def read_run(run: str | Path) -> dict[str, Any]:
    """What ``run.json`` in a run's folder says.

    Raises:
        UserError: there is none, or it cannot be read.
    """
    path = Path(run) / RUN_FILE
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{run} is no run, as {RUN_FILE} is missing: give a folder that train wrote"
        ) from None
    except ValueError as error:
        raise UserError(f"{path} cannot be read ({error}): train anew") from None


def dataset_of(run: str | Path) -> Path:
    """Folder of the dataset that a run learned from."""
    return Path(run) / read_run(run)["dataset"]


def model_of(run: str | Path) -> ModelSettings:
    """The shape of a run's network, as ``run.json`` has it; errors as of ``read_run``."""
    model = read_run(run)["model"]
    return ModelSettings(**model | {"units": tuple(model["units"])})


def checkpoint_of(run: str | Path) -> Path:
    """Folder of a run's checkpoint; a folder that is a checkpoint itself stands for itself."""
    run = Path(run)
    return run if (run / CONFIG_FILE).exists() else run / CHECKPOINT


def initial_checkpoint(name: str | Path, model: ModelSettings | None = None) -> Checkpoint:
    """The checkpoint that ``--from`` names: the folder of a run or of a checkpoint, or ``shipped``.

    Args:
        model: the network that is to take over its weights; None: whatever the checkpoint holds.

    Raises:
        UserError: there is none, it cannot be used, or it does not fit the network.
    """
    folder = None if str(name) == SHIPPED else checkpoint_of(name)
    if folder and not (folder / CONFIG_FILE).exists():
        raise UserError(
            f"--from names {name}, which holds no checkpoint: give a folder that train wrote, or {SHIPPED!r}"
        )
    checkpoint = load_checkpoint(folder)
    if model:
        check_fits(checkpoint, model)
    return checkpoint
