"""The folder of a run: what it learns from, where its parts lie, and whose folder it is."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from melody_tutorial.config import ModelSettings, TrainingSettings, built_data, settings_of
from melody_tutorial.datasets import MANIFEST
from melody_tutorial.errors import UserError
from melody_tutorial.files import (
    check_shape,
    claim_folder,
    is_finished,
    read_json,
    sha256,
    write_bytes,
    write_json,
)
from melody_tutorial.networks import Checkpoint, check_fits, is_shipped, load_checkpoint
from melody_tutorial.training.history import HISTORY_FILE

JOB_FILE = "main_job.json"  # what a main job began with
STATE_FILE = "training_state.npz"  # from which training goes on
RUN_FILE = "run.json"  # which dataset, and the settings; marks a folder as a run
DATASET = "dataset"  # where the main job puts a run's dataset
MELODIES = "melodies"  # where it puts what the model composes
MANIFEST_COPY = (
    "dataset_manifest.json"  # so that a run still tells what it learned from when the dataset is gone
)
BASELINES_FILE = "baselines.json"
STATISTICS_FILE = "statistics.json"
SHAPE = {"dataset": str, "manifest_sha256": str, "model": dict, "training": dict}  # of run.json
INITIAL = {"initial": {"from": str, "weights_sha256": str}}  # in it, if training started from weights
MAY_CHANGE = {"epochs", "num_training_steps", "patience"}  # how long to train; a resumed run keeps the rest


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
        facts["initial"] = {"from": origin_of(initial), "weights_sha256": weights.sha256}
    write_json(run / RUN_FILE, facts)
    write_bytes(run / MANIFEST_COPY, (dataset / MANIFEST).read_bytes())


def check_new(run: Path) -> None:
    """Raise a UserError if a folder holds a trained run already, or somebody else's files."""
    found = {path.name for path in run.iterdir() if is_finished(path)} if run.is_dir() else set()
    if JOB_FILE not in found and found != {DATASET}:  # neither a main job nor a dataset to train on here
        claim_folder(run, RUN_FILE)
    if RUN_FILE in found and b'"manifest_sha256"' not in (run / RUN_FILE).read_bytes():
        raise UserError(f"{run / RUN_FILE} is none of this program's: choose another --output")
    if {HISTORY_FILE, STATE_FILE} & found:
        raise UserError(
            f"{run} holds a run already: go on with it by --resume (in Python, resume=True), "
            "or choose another --output (in Python, another folder)"
        )


def check_can_resume(run: Path) -> None:
    """Raise a UserError unless a folder holds a run that can go on."""
    read_run(run)
    if not can_resume(run):
        raise UserError(
            f"{run / STATE_FILE} is missing, as no epoch was finished, so there is nothing to resume: "
            "begin again, with the same command without --resume (in Python, without resume=True)"
        )


def check_resumed(run: Path, dataset: Path, model: ModelSettings, training: TrainingSettings) -> None:
    """Raise a UserError unless a run exists and learned from this dataset, as it is now, in this way.

    How long to train may change, and is noted in ``run.json``.
    """
    facts = read_run(run)
    if facts["manifest_sha256"] != sha256(dataset / MANIFEST):
        raise UserError(f"{run} learned from another dataset than {dataset}: give the one it began with")
    check_same(run / RUN_FILE, "model", facts["model"], asdict(model), set())
    check_same(run / RUN_FILE, "training", facts["training"], asdict(training), MAY_CHANGE)
    if facts["training"] != asdict(training):
        write_json(run / RUN_FILE, facts | {"training": asdict(training)})


def check_same(path: Path, kind: str, saved: dict, asked: dict, may_change: set[str]) -> None:
    """Raise a UserError that names the first setting that differs from the interrupted run's."""
    for name, value in json.loads(json.dumps(asked)).items():
        if saved.get(name) != value and name not in may_change:
            raise UserError(
                f"{path} was made with the {kind} setting {name} = {saved.get(name)}, now it is {value}: "
                "resume with the same settings, or train anew into another --output"
            )


def can_resume(run: Path) -> bool:
    """Whether the folder of a run holds a training that can go on: its first epoch is finished."""
    return (run / STATE_FILE).exists()


def read_run(run: str | Path) -> dict[str, Any]:
    """What ``run.json`` in a run's folder says.

    Raises:
        UserError: there is none, it cannot be read, or was altered.
    """
    path = Path(run) / RUN_FILE
    try:
        facts = read_json(path)
        check_shape(facts, SHAPE | INITIAL if "initial" in facts else SHAPE)
        settings_of(ModelSettings, facts["model"]), settings_of(TrainingSettings, facts["training"])
        return facts
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{run} is no run, as {RUN_FILE} is missing: give a folder that train wrote"
        ) from None
    except (ValueError, TypeError, UserError) as error:
        raise UserError(f"{path} cannot be read ({error}): train anew") from None


def dataset_of(run: str | Path) -> Path:
    """Folder of the dataset that a run learned from; for a model that ships, where that corpus is built."""
    if is_shipped(run):
        return built_data() / "datasets" / "tunebooks"
    return Path(run) / read_run(run)["dataset"]


def initial_of(run: str | Path) -> str | None:
    """What a run started from, a folder or a model that ships, or None; errors as of ``read_run``."""
    return read_run(run).get("initial", {}).get("from")


def model_of(run: str | Path) -> ModelSettings:
    """The shape of a run's network, as ``run.json`` has it; errors as of ``read_run``."""
    return settings_of(ModelSettings, read_run(run)["model"])


def training_of(run: str | Path) -> TrainingSettings:
    """How a run's network is trained, as ``run.json`` has it; errors as of ``read_run``."""
    return settings_of(TrainingSettings, read_run(run)["training"])


def origin_of(initial: str | Path) -> str:
    """What weights to start from are called, wherever one stands: a model that ships, or an absolute path."""
    return str(initial) if is_shipped(initial) else str(Path(initial).resolve())


def initial_checkpoint(name: str | Path, model: ModelSettings | None = None) -> Checkpoint:
    """The checkpoint that ``--from`` names: of a run, or of a model that ships; or a checkpoint's folder.

    Args:
        model: the network that is to take over its weights; None: whatever the checkpoint holds.

    Raises:
        UserError: there is none, it cannot be used, or it does not fit the network.
    """
    checkpoint = load_checkpoint(name)
    if model:
        check_fits(checkpoint, model)
    return checkpoint
