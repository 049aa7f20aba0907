"""Options and their help; every field of a settings class becomes one, with the default of the preset."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import Field, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from typer import Argument, Option
from typer.models import ArgumentInfo, OptionInfo

from melody_tutorial.config import MODELS, ModelSettings
from melody_tutorial.errors import UserError
from melody_tutorial.presets import PRESETS, Preset, fit_to, preset, with_model


def option(*names: str, text: str, metavar: str | None = None, default: object = None) -> OptionInfo:
    """An option whose help says its default, if there is one, in the way of all others: [default: 8]."""
    text = text if default is None else f"{text}  [default: {default}]"
    return Option(*names, help=text, metavar=metavar, show_default=False)


def argument(metavar: str) -> ArgumentInfo:
    """An argument that the command's own text explains, as Typer's list of them depends on its version."""
    return Argument(metavar=metavar, hidden=True)


InitialOption = Annotated[
    str | None,
    option(
        "--from",
        metavar="RUN",
        text="Start from the weights of a run or a checkpoint, or of a model that ships, by its name "
        "(fine-tuning). The network gets their shape.",
    ),
]
ModelOption = Annotated[
    str | None,
    option(
        "--model",
        metavar="NAME",
        text=f"Which model: {', '.join(MODELS)}; --cell, --units and --dropout change it.",
        default="basic_rnn; melody_rnn or mono_rnn where the dataset is for these",
    ),
]
PresetOption = Annotated[
    str | None,
    option(
        metavar="|".join(PRESETS),
        text="Where all other settings begin; the defaults shown are those of cpu.",
        default="cpu",
    ),
]
READERS = {"tonic": "melody_rnn", "none": "mono_rnn"}  # by how melodies are transposed
FREE = ("cell", "units", "dropout", "feature_dropout")  # what may differ from the description of a model
MODEL_OF_WEIGHTS = "--model does not fit --from: weights bring the model that they are of"
METAVARS = {int: "N", float: "X", str: "NAME"}

HELP = {
    "max_member_bytes": "Skip larger files.",
    "max_members": "Refuse an archive of more files.",
    "max_total_bytes": "Refuse archives that hold more bytes.",
    "max_ratio": "Skip files that unpack to more than this multiple.",
    "steps_per_quarter": "Steps in a quarter note; 4 makes a step a sixteenth, as which the command sample "
    "plays it, and 12 has room for triplets.",
    "min_bars": "Reject shorter melodies.",
    "max_steps": "Cut longer melodies here.",
    "min_unique_pitches": "Reject melodies of fewer pitch classes.",
    "gap_bars": "A melody ends when this many bars are silent.",
    "polyphony": "Where notes start together: discard the rest of the track, or keep the highest.",
    "off_grid": "Where notes start between steps: bend them to the nearest step, or discard the melody.",
    "eval_ratio": "Share of the melodies for validation: training stops by them.",
    "test_ratio": "Share of the melodies for the test, which only evaluate opens.",
    "transpose": "To where most notes are white piano keys (squash), with the tonic on C, to all keys, or, "
    "with a class for each of the 128 pitches, not at all (none).",
    "cell": "Kind of recurrent layer.",
    "units": "Size of each recurrent layer, with commas between.",
    "dropout": "Share of each layer's outputs that is dropped while training.",
    "feature_dropout": "Share of the features that a model of several does not read at a step of training.",
    "batch_size": "Streams of events that are trained on in parallel.",
    "window": "Steps of truncated backpropagation through time.",
    "learning_rate": "Highest learning rate.",
    "clip_norm": "Longest gradient, by its global norm.",
    "epochs": "Passes over the dataset, at most.",
    "num_training_steps": "Weight updates; overrides --epochs.",
    "patience": "Epochs without a better validation loss before training stops.",
    "num_outputs": "Melodies to make.",
    "num_steps": "Most steps of a melody, the primer counted in.  [default: 256, or up to its own end]",
    "temperature": "Below 1: likelier events; above 1: more surprises.",
    "top_k": "Draw from so many of the likeliest events only.",
    "top_p": "Draw from the fewest events that hold this probability.",
    "beam_size": "Melodies that are kept in parallel; 1 is plain sampling.",
    "branch_factor": "Continuations tried for each melody of the beam.",
    "steps_per_iteration": "Steps of a continuation before the beam is pruned.",
    "best_of": "Draw so many melodies and keep the best --num-outputs: those that copy nothing long and are "
    "as likely as real ones.",
    "metre": "Time signature of the tunes, such as 6/8.",
    "key": "Their tonic, such as D, F# or Bb.",
    "mode": "Their mode: major, minor, dorian or mixolydian.",
    "bars": "How many bars they have, more or less; a pickup is not counted.",
    "seed": "Same seed, same result.",
}


def with_settings(command: Callable) -> Callable:
    """Expand each parameter whose type is a settings class into one option for each of its fields.

    The command receives settings objects: those of its ``--preset`` (else the default one), changed by the
    options that the user gave. A run to resume, or weights to start from, bring their own.
    """
    parameters = inspect.signature(command).parameters.values()
    settings = {p.name: p.annotation for p in parameters if is_dataclass(p.annotation)}

    @functools.wraps(command)
    def run(**given: Any) -> None:
        chosen = begin_with(given)
        for name, kind in settings.items():
            values = {field.name: given.pop(field.name) for field in offered(kind)}
            changes = {key: _units(value) if key == "units" else value for key, value in values.items()}
            changes = {key: value for key, value in changes.items() if value is not None}
            with options_named():
                given[name] = replace(getattr(chosen, name, kind()), **changes)
        command(**given)

    expanded = [p.replace(kind=p.KEYWORD_ONLY) for p in parameters if p.name not in settings]
    expanded += [_parameter(field) for kind in settings.values() for field in offered(kind)]
    run.__signature__ = inspect.Signature(expanded)
    run.__annotations__ = {p.name: p.annotation for p in expanded}
    return run


def begin_with(given: Mapping[str, Any]) -> Preset:
    """The settings that options change: of the preset, a run to resume, weights to start from, or a model."""
    from melody_tutorial.training import initial_checkpoint, model_of, training_of

    chosen = preset(given.get("preset"))
    if given.get("resume"):
        others = {"from": given.get("initial"), "model": given.get("described")}
        check_alone(preset=given.get("preset"), **others)
        run = run_folder(given["output"], given["dataset"])
        return replace(chosen, model=model_of(run), training=training_of(run))
    name = given.get("described")
    if initial := given.get("initial"):
        if name:
            raise UserError(MODEL_OF_WEIGHTS)
        return fit_to(chosen, initial_checkpoint(initial).model)
    if not name and "dataset" in given:
        name = reader_of(given["dataset"])
    return with_model(chosen, name) if name else chosen


def reader_of(dataset: Path) -> str:
    """The model that reads melodies transposed as those of a dataset; basic_rnn where there is none."""
    from melody_tutorial.datasets import open_dataset

    try:
        return READERS.get(open_dataset(dataset, ()).manifest["dataset"]["transpose"], "basic_rnn")
    except UserError:
        return "basic_rnn"


def check_alone(**given: Any) -> None:
    """Raise a UserError that names the first option that was given although a run is resumed."""
    for name, value in given.items():
        if value:
            raise UserError(f"--{name} does not fit --resume: a run goes on with what it began with")


def run_folder(output: Path | None, dataset: Path) -> Path:
    """Folder of the run that learns from a dataset: what ``--output`` says, else ``runs/`` and its name."""
    return output or Path("runs") / dataset.resolve().name


@contextmanager
def options_named() -> Iterator[None]:
    """Let the error of a settings class name the option: top_k becomes --top-k."""
    try:
        yield
    except UserError as error:
        name, _, rest = str(error).partition(" ")
        raise UserError(f"--{name.replace('_', '-')} {rest}" if name in HELP else str(error)) from None


def offered(settings: type) -> list[Field]:
    """The fields of a settings class that are options: all but what the description of a model fixes."""
    return [field for field in fields(settings) if settings is not ModelSettings or field.name in FREE]


def _parameter(field: Field) -> inspect.Parameter:
    default, kind = field.default, field.type
    if get_origin(kind) is Literal:
        kind, metavar = str, "|".join(get_args(kind))
    elif field.name == "units":
        kind, metavar, default = str, "N,N", ",".join(map(str, default))
    else:
        kind = next(each for each in METAVARS if each in (kind, *get_args(kind)))
        metavar = METAVARS[kind]
    annotation = Annotated[kind | None, option(text=HELP[field.name], metavar=metavar, default=default)]
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _units(text: str | None) -> tuple[int, ...] | None:
    """'128,128' → (128, 128)."""
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UserError(
            f"--units is {text!r}: allowed are whole numbers with commas between, such as 128,128"
        ) from None
