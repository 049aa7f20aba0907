"""A trained model on disk: its weights, and the ``config.json`` that names them and vouches for them."""

import hashlib
import io
import re
import reprlib
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from melody_tutorial.config import DEFAULT_MODEL, ModelSettings, settings_of, shipped_data
from melody_tutorial.errors import MOST_WHOLE, UserError
from melody_tutorial.files import (
    building_folder,
    checked_name,
    locked,
    publish,
    read_json,
    sweep,
    write_bytes,
    write_json,
)
from melody_tutorial.networks.array_file import arrays_bytes, read_arrays
from melody_tutorial.networks.features import check_sizes, inputs_of, offsets_of, pointed_at
from melody_tutorial.networks.labels import num_labels
from melody_tutorial.networks.repertoire import Repertoire, from_json, to_json

FORMAT = "melody_tutorial checkpoint"
VERSION = 2
VERSIONS = (1, VERSION)  # that are read; the first held basic_rnn alone, whose settings are the defaults
WEIGHTS_FILE = re.compile(r"weights(-[0-9a-f]{12})?\.npz")  # ends with the beginning of its SHA-256
CONFIG_FILE = "config.json"
CHECKPOINT = "checkpoint"  # where the folder of a run has it
# What the description of a model fixes, and weights depend on.
DESCRIBED = ("classes", "features", "embedding", "has_end", "pointer", "labels", "attention")
GATES = {"rnn": 1, "lstm": 4, "gru": 3, "mingru": 2}


@dataclass(frozen=True)
class Checkpoint:
    """A trained model, as plain arrays.

    Attributes:
        model: shape of the network.
        weights: float32 arrays with the names and shapes of ``weight_shapes(model)``; float16 is stored so.
        first_event_counts: how many training melodies begin with each class; int64, shape (classes,).
        figures: what training reported (losses in nats per event, accuracies, seconds, …); JSON values.
        repertoire: the tunes it has learned from, in numbers.
        sha256: of the file of weights, set by ``load_checkpoint``.
    """

    model: ModelSettings
    weights: dict[str, np.ndarray]
    first_event_counts: np.ndarray
    figures: dict = field(default_factory=dict)
    repertoire: Repertoire = field(default_factory=Repertoire)
    sha256: str = ""


def weight_shapes(model: ModelSettings) -> dict[str, tuple[int, ...]]:
    """Name and shape of every weight, in Keras's layouts.

    Gates stand side by side on the last axis: i, f, c, o for the LSTM; z, r, h for the GRU, whose bias
    has two rows (input, recurrent: Keras's ``reset_after``). The minimal GRU, z, h, has no recurrent kernel.
    """
    gates, inputs = GATES[model.cell], inputs_of(model)
    shapes = {"embedding/kernel": (int(offsets_of(model)[-1]), inputs)} if model.embedding else {}
    if model.attention:
        shapes |= attention_shapes(model)
    for number, units in enumerate(model.units, 1):
        width = gates * units
        shapes[f"layer_{number}/kernel"] = (inputs, width)
        if model.cell != "mingru":
            shapes[f"layer_{number}/recurrent_kernel"] = (units, width)
        shapes[f"layer_{number}/bias"] = (2, width) if model.cell == "gru" else (width,)
        inputs = units
    outputs = {"logits": num_labels(model)} | ({"pointer": len(pointed_at(model))} if model.pointer else {})
    for name, width in outputs.items():
        shapes |= {f"{name}/kernel": (inputs, width), f"{name}/bias": (width,)}
    return shapes


def attention_shapes(model: ModelSettings) -> dict[str, tuple[int, ...]]:
    """Name and shape of the weights of ``Attention``, which lies around the first layer."""
    inputs, units = inputs_of(model), model.units[0]
    shapes = {
        "input_kernel": (inputs + units, inputs),
        "input_bias": (inputs,),
        "query_kernel": (units * (2 if model.cell == "lstm" else 1), units),
        "query_bias": (units,),
        "memory_kernel": (units, units),
        "score": (units,),
        "output_kernel": (2 * units, units),
        "output_bias": (units,),
    }
    return {f"attention/{name}": shape for name, shape in shapes.items()}


def save_checkpoint(folder: str | Path, checkpoint: Checkpoint) -> str:
    """Write a checkpoint and return the SHA-256 of its file of weights; one in the folder is replaced.

    Equal weights give equal bytes. The old checkpoint is whole until the new one is, at every moment.

    Raises:
        UserError: a weight is missing, has another shape than ``weight_shapes`` says, or is not finite; the
            folder's ``config.json`` is somebody else's.
    """
    folder = Path(folder)
    check_weights(checkpoint, folder)
    data = arrays_bytes(checkpoint.weights)
    digest = hashlib.sha256(data).hexdigest()
    name = checked_name("weights.npz", digest)
    config = {
        "format": FORMAT,
        "version": VERSION,
        "model": asdict(checkpoint.model),
        "weights": {"file": name, "sha256": digest},
        "figures": checkpoint.figures,
        "first_event_counts": np.asarray(checkpoint.first_event_counts).tolist(),
        "repertoire": to_json(checkpoint.repertoire),
    }
    with locked(folder), building_folder(folder) as building:
        check_own(folder)
        old = own_files(folder) - {name}
        write_bytes(building / name, data)
        write_json(building / CONFIG_FILE, config)
        publish(building, folder, CONFIG_FILE)
        sweep(folder, old)
    return digest


def check_own(folder: Path) -> None:
    """Raise a UserError if a folder holds a ``config.json`` of another program."""
    path = folder / CONFIG_FILE
    if path.exists() and f'"format": "{FORMAT}"'.encode() not in read_file(path):
        raise UserError(
            f"{path} is none of this program's: choose a folder without it, so that nothing is lost"
        )


def own_files(folder: Path) -> set[str]:
    """Names of the files of weights in a folder that a checkpoint left there."""
    names = {path.name for path in folder.glob("weights-*.npz") if WEIGHTS_FILE.fullmatch(path.name)}
    try:
        return names | {read_config(folder / CONFIG_FILE)["file"]}
    except UserError:
        return names


def shipped() -> list[str]:
    """Names of the models that ship."""
    return sorted(path.parent.name for path in (shipped_data() / "checkpoints").glob(f"*/{CONFIG_FILE}"))


def is_shipped(run: str | Path) -> bool:
    """Whether a word names a model that ships; a folder of that name in the working folder goes before."""
    return str(run) in shipped() and not Path(run).exists()


def checkpoint_of(run: str | Path) -> Path:
    """Folder of a checkpoint: of a run's, or of a model that ships; one itself stands for itself."""
    if is_shipped(run):
        return shipped_data() / "checkpoints" / str(run)
    run = Path(run)
    return run if (run / CONFIG_FILE).exists() else run / CHECKPOINT


def load_checkpoint(run: str | Path = DEFAULT_MODEL) -> Checkpoint:
    """Read a checkpoint and verify it.

    Args:
        run: folder of a run or of a checkpoint, or the name of a model that ships, such as "basic_rnn".

    Raises:
        UserError: a file is missing, is no checkpoint, was altered, or does not fit its own settings.
    """
    folder = checkpoint_of(run)
    if not (folder / CONFIG_FILE).exists():
        raise UserError(
            f"{run} holds no trained model: give the folder of a run, or its checkpoint, or the name of a "
            f"model that ships: {', '.join(shipped())}"
        )
    config = read_config(folder / CONFIG_FILE)
    path = folder / config.pop("file")
    data = read_file(path)
    found = hashlib.sha256(data).hexdigest()
    if found != config["sha256"]:
        raise UserError(
            f"{path} was altered or cut short: its SHA-256 begins {found[:12]}, "
            f"{CONFIG_FILE} says {config['sha256'][:12]}; copy the checkpoint again or train anew"
        )
    checkpoint = Checkpoint(weights=read_weights(path, data), **config)
    check_weights(checkpoint, path)
    return checkpoint


def check_fits(checkpoint: Checkpoint, model: ModelSettings) -> None:
    """Raise a UserError unless a network of these settings can take over the checkpoint's weights.

    Dropout may differ, since no weight depends on it.
    """
    for name in ("cell", "units", *DESCRIBED):
        asked, found = getattr(model, name), getattr(checkpoint.model, name)
        if asked != found:
            option = "--model" if name in DESCRIBED else f"--{name}"
            what = f"{name} of {option}" if name in DESCRIBED else option
            raise UserError(
                f"{what} is {in_words(asked)}, the weights to start from have {in_words(found)}: "
                f"leave {option} out, or train anew, without --from"
            )


def in_words(setting: str | int | tuple[int, ...]) -> str:
    """A setting as an option takes it: (128, 128) is 128,128."""
    return ",".join(map(str, setting)) if isinstance(setting, tuple) else str(setting)


def read_weights(path: Path, data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a file of weights, given its bytes; a UserError that names it, where it is none."""
    try:
        weights = read_arrays(io.BytesIO(data), "f")
    except ValueError as error:
        raise UserError(f"{path} is no file of weights ({error}): train anew") from None
    for name, array in weights.items():
        if array.dtype not in (np.float16, np.float32):
            raise UserError(
                f"{path}: {name} holds {array.dtype}, allowed are float16 and float32: train anew"
            )
    return {name: array.astype(np.float32, copy=False) for name, array in weights.items()}


def check_weights(checkpoint: Checkpoint, path: Path) -> None:
    """Raise a UserError that names ``path`` unless names, shapes and values fit the checkpoint's settings."""
    expected = weight_shapes(checkpoint.model)
    found = {name: np.shape(array) for name, array in checkpoint.weights.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise UserError(
                f"{path}: {name} has the shape {found.get(name, 'of nothing: it is missing')}, "
                f"the model settings ask for {expected.get(name, 'no such weight')}; train anew"
            )
        if not np.isfinite(checkpoint.weights[name]).all():
            raise UserError(f"{path}: {name} holds values that are not finite: train with a lower rate")
    counts = np.asarray(checkpoint.first_event_counts)
    fits = counts.shape == (checkpoint.model.classes,)
    if not fits or counts.min() < 0 or counts.max() > MOST_WHOLE or not counts.sum():
        raise UserError(
            f"{path}: first_event_counts must be {checkpoint.model.classes} counts, not all "
            f"zero; found {reprlib.repr(counts.tolist())}; train anew"
        )


def read_config(path: Path) -> dict:
    """What a ``config.json`` says, as arguments of ``Checkpoint``, and the name of the "file" of weights."""
    try:
        config = read_json(path)
        if config["format"] != FORMAT or config["version"] not in VERSIONS:
            raise ValueError(f"it is {config['format']!r} version {config['version']}")
        if not WEIGHTS_FILE.fullmatch(config["weights"]["file"]):
            raise ValueError(f"it names {config['weights']['file']!r} as its file of weights")
        return {
            "file": config["weights"]["file"],
            "model": check_sizes(settings_of(ModelSettings, config["model"])),
            "first_event_counts": counts_of(config["first_event_counts"]),
            "figures": dict(config["figures"]),
            "repertoire": from_json(config["repertoire"]) if "repertoire" in config else Repertoire(),
            "sha256": str(config["weights"]["sha256"]),
        }
    except OSError as error:
        raise UserError(f"{path} {unreadable(error)}") from None
    except (ValueError, TypeError, KeyError, AttributeError, UserError) as error:
        raise UserError(
            f"{path} is no {FORMAT} of version {VERSION} ({type(error).__name__}: {error}): "
            "give a folder that train wrote, or train anew"
        ) from None


def counts_of(values: list[int]) -> np.ndarray:
    """Counts from what JSON made of them; a TypeError where they are none."""
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise TypeError("first_event_counts are no counts")
    return np.array(values, np.int64)


def read_file(path: Path) -> bytes:
    """The bytes of a checkpoint's file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} {unreadable(error)}") from None


def unreadable(error: OSError) -> str:
    """What an error of the system means for one of a checkpoint's files."""
    return f"cannot be read ({error.strerror}): give a folder with a whole checkpoint"
