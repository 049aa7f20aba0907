"""Settings: small frozen dataclasses, the models that can be trained, and where data and package lie."""

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

from melody_tutorial.errors import (
    UserError,
    check_at_least,
    check_between,
    check_choice,
    check_positive,
)

Settings = TypeVar("Settings")
MOST_BARS = 64  # that may be asked of a tune
QPM = 10, 600  # slowest and fastest; the sound of a melody at MIDI's slowest, 3.6, takes 8 GB
MOST_BYTES = 10**15
MOST_SEED = 2**32 - 1  # NumPy's and TensorFlow's
MOST_AT_ONCE = 10_000  # what stands in memory at the same time, such as streams, or melodies of a beam


@dataclass(frozen=True)
class SourceCaps:
    """Limits that keep a hostile or broken archive from costing memory or hours."""

    max_member_bytes: int = 1_000_000  # one MIDI file, uncompressed
    max_members: int = 200_000
    max_total_bytes: int = 4_000_000_000  # all members, uncompressed
    max_ratio: float = 200.0  # uncompressed / compressed size of one member

    def __post_init__(self):
        check_at_least(0, max_members=self.max_members)
        sizes = {"max_member_bytes": self.max_member_bytes, "max_total_bytes": self.max_total_bytes}
        check_at_least(0, MOST_BYTES, **sizes)
        check_positive(max_ratio=self.max_ratio)


@dataclass(frozen=True)
class ExtractionSettings:
    """Rules of melody extraction; the defaults are those of Magenta's melody_rnn as it stands."""

    steps_per_quarter: int = 4  # sixteenth notes
    min_bars: int = 7  # a shorter melody is rejected
    max_steps: int = 512  # a longer melody is cut here
    min_unique_pitches: int = 5  # pitch classes; fewer are rejected
    gap_bars: float = 1.0  # a melody ends when this many bars are silent
    polyphony: Literal["discard", "highest"] = "discard"  # notes that start on one step
    off_grid: Literal["bend", "discard"] = "bend"  # notes that start between steps

    def __post_init__(self):
        check_at_least(
            1, steps_per_quarter=self.steps_per_quarter, min_bars=self.min_bars, max_steps=self.max_steps
        )
        check_at_least(1, min_unique_pitches=self.min_unique_pitches)
        check_positive(gap_bars=self.gap_bars)
        check_choice(("discard", "highest"), polyphony=self.polyphony)
        check_choice(("bend", "discard"), off_grid=self.off_grid)


def check_ratios(eval_ratio: float, test_ratio: float) -> None:
    """Raise a UserError unless both leave something on each of the three sides."""
    if not (eval_ratio > 0 and test_ratio > 0 and eval_ratio + test_ratio < 1):
        raise UserError(
            f"--eval-ratio {eval_ratio:g} and --test-ratio {test_ratio:g} would leave a side empty: give "
            "ratios above 0 with a sum below 1, so that something is left to learn from"
        )


@dataclass(frozen=True)
class DatasetSettings:
    """How melodies become a dataset on disk."""

    eval_ratio: float = 0.1  # share of the melodies for validation, by whole families
    test_ratio: float = 0.1  # share for the test, likewise
    # squash: to where most notes are white piano keys, as in 2016; tonic: each tonic to C; all: to all keys;
    # none: as they are, with a class for each of the 128 pitches
    transpose: Literal["squash", "tonic", "all", "none"] = "squash"
    seed: int = 0

    def __post_init__(self):
        check_between(0.0, 1.0, eval_ratio=self.eval_ratio, test_ratio=self.test_ratio)
        check_ratios(self.eval_ratio, self.test_ratio)
        check_at_least(0, MOST_SEED, seed=self.seed)
        check_choice(("squash", "tonic", "all", "none"), transpose=self.transpose)


@dataclass(frozen=True)
class ModelSettings:
    """Description of a network: features of what was heard → recurrent layers → logits of the next event."""

    cell: Literal["rnn", "lstm", "gru", "mingru"] = "lstm"
    units: tuple[int, ...] = (128, 128)  # one recurrent layer for each number
    dropout: float = 0.2  # share of each layer's outputs dropped while training
    feature_dropout: float = 0.0  # share of the features that are not read at a step, likewise
    classes: int = 38  # of events
    features: tuple[str, ...] = ("event",)  # what it reads at each step, of networks.FEATURES
    embedding: int = (
        0  # width of the sum of the features' rows; 0: they stand side by side, as one-hot vectors
    )
    has_end: bool = False  # whether it reads that nothing was heard yet, and has a class for the tune's end
    pointer: bool = False  # whether the events it looks back at are made likelier, as much as it says
    # what it says: events, or these and "as 16 or 32 steps ago", as Magenta's lookback and key encodings
    labels: Literal["events", "lookback", "key"] = "events"
    attention: int = 0  # how many of the first layer's last outputs it attends to
    transpose: Literal["squash", "tonic", "none"] = "squash"  # how the melodies that it reads were transposed

    def __post_init__(self):
        check_choice(("rnn", "lstm", "gru", "mingru"), cell=self.cell)
        check_choice(("squash", "tonic", "none"), transpose=self.transpose)
        check_choice(("events", "lookback", "key"), labels=self.labels)
        check_at_least(0, embedding=self.embedding, attention=self.attention)
        check_between(0.0, 1.0, dropout=self.dropout, feature_dropout=self.feature_dropout)
        for number, units in enumerate(self.units, 1):
            check_at_least(1, **{f"units of layer {number}": units})
        if not self.units:
            raise UserError("units is empty: give the size of at least one recurrent layer, such as 128")
        if self.labels != "events" and (self.has_end or self.pointer):
            raise UserError(f"labels is {self.labels!r}: a model with an end or a pointer says events")
        if self.feature_dropout and not self.embedding:
            raise UserError("feature_dropout is for a model whose features are summed up: give embedding too")
        if self.attention and self.cell == "mingru":
            raise UserError("cell is 'mingru': with attention choose another, such as lstm")

    @property
    def outcomes(self) -> int:
        """How many things may come next: the classes of events and, where there is one, the end."""
        return self.classes + self.has_end


BARS_BACK = (1, 2, 4, 8, 16)  # at which melody_rnn looks back
MODELS = {
    "basic_rnn": ModelSettings(),
    "mono_rnn": ModelSettings(classes=130, transpose="none"),
    "lookback_rnn": ModelSettings(
        features=("event", "ago_16", "ago_32", "count_5", "repeats_16", "repeats_32"), labels="lookback"
    ),
    "attention_rnn": ModelSettings(
        features=(
            *("sounding", "attack", "direction", "repeats_16", "repeats_32"),
            *("count_7", "bar_begins", "scales", "recent_scales"),
        ),
        labels="key",
        attention=40,
    ),
    "melody_rnn": ModelSettings(
        features=(
            *("event", "pitch", "pitch_before", "since", "place", "mode", "bar", "bars_left"),
            *("pickup", "whole_bars"),
            *(f"back_{bars}" for bars in BARS_BACK),
            *(f"agreed_{bars}" for bars in BARS_BACK),
            *("copy", "copied"),
        ),
        embedding=64,
        has_end=True,
        pointer=True,
        transpose="tonic",
        dropout=0.3,
        feature_dropout=0.15,
    ),
}
DEFAULT_MODEL = "melody_rnn"  # of `melody-tutorial run`, and the one that composes where no other is named
CLIP_NORMS = {"attention_rnn": 3.0}  # of Magenta's; the others are trained with that of their preset
MODELS["mingru"] = replace(MODELS["melody_rnn"], cell="mingru", units=(256, 256))


@dataclass(frozen=True)
class TrainingSettings:
    """How the network is trained: batches are parallel streams of events, cut into windows."""

    batch_size: int = 64  # parallel streams
    window: int = 64  # steps of truncated backpropagation through time
    learning_rate: float = 0.006  # highest rate of the schedule
    clip_norm: float = 1.0  # global norm of the gradients
    epochs: int = 12
    num_training_steps: int | None = None  # weight updates; None: as many as the epochs hold
    patience: int = 4  # epochs without a better validation loss before training stops
    seed: int = 0

    def __post_init__(self):
        check_at_least(1, MOST_AT_ONCE, batch_size=self.batch_size, window=self.window)
        check_at_least(1, epochs=self.epochs, patience=self.patience)
        check_at_least(0, MOST_SEED, seed=self.seed)
        check_positive(learning_rate=self.learning_rate, clip_norm=self.clip_norm)
        if self.num_training_steps is not None:
            check_at_least(1, num_training_steps=self.num_training_steps)


@dataclass(frozen=True)
class SamplingSettings:
    """How new events are drawn from the network's distribution."""

    num_outputs: int = 8
    num_steps: int | None = None  # most steps of a melody, the primer counted in; None: as the model has it
    temperature: float = 1.0
    top_k: int | None = None  # draw from the k likeliest classes only
    top_p: float | None = None  # draw from the fewest classes that hold this probability (nucleus)
    beam_size: int = 1  # sequences kept in parallel; 1: plain sampling
    branch_factor: int = 1  # continuations tried for each sequence of the beam
    steps_per_iteration: int = 1  # steps of a continuation before the beam is pruned
    best_of: int | None = None  # melodies to draw, of which the best num_outputs are kept; None: all are
    seed: int = 0

    def __post_init__(self):
        check_at_least(1, MOST_AT_ONCE, num_outputs=self.num_outputs)
        check_at_least(1, MOST_AT_ONCE, beam_size=self.beam_size, branch_factor=self.branch_factor)
        check_at_least(1, steps_per_iteration=self.steps_per_iteration)
        check_at_least(0, MOST_SEED, seed=self.seed)
        check_positive(temperature=self.temperature)
        if self.num_steps is not None:
            check_at_least(1, MOST_AT_ONCE, num_steps=self.num_steps)
        if self.best_of is not None:
            check_at_least(self.num_outputs, MOST_AT_ONCE, best_of=self.best_of)
        if self.top_k is not None:
            check_at_least(1, top_k=self.top_k)
        if self.top_p is not None:
            check_between(0.0, 1.0, top_p=self.top_p)
            check_positive(top_p=self.top_p)


@dataclass(frozen=True)
class TuneSettings:
    """What is asked of new tunes; what is not asked is drawn for each, as the model has learned it."""

    metre: str | None = None  # time signature, such as 6/8
    key: str | None = None  # tonic, such as D, F# or Bb
    mode: str | None = None  # such as dorian
    bars: int | None = None  # that of a pickup not counted

    def __post_init__(self):
        if self.bars is not None:
            check_between(1, MOST_BARS, bars=self.bars)


def settings_of(kind: type[Settings], values: dict[str, Any]) -> Settings:
    """A settings object from what JSON made of it: its lists were tuples.

    Raises:
        TypeError: there is no such setting, or its value has another type.
        UserError: a value is not allowed.
    """
    types = {each.name: each.type for each in fields(kind)}
    for name, value in values.items():
        if not is_of(value, types.get(name, Any)):
            raise TypeError(f"{name} is {value!r}, which is not {types[name]}")
    return kind(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    )


def is_of(value: Any, kind: Any) -> bool:
    """Whether JSON makes such a value of a setting's type; a whole number may stand for any number."""
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return isinstance(value, str)  # which ones, the settings say themselves
    if get_origin(kind) is UnionType:
        return any(is_of(value, part) for part in parts)
    if get_origin(kind) is tuple:
        return isinstance(value, list | tuple) and all(is_of(each, parts[0]) for each in value)
    if kind is NoneType:
        return value is None
    return kind is Any or type(value) is kind or (kind is float and type(value) is int)


def shipped_data() -> Path:
    """Folder with the checkpoints and primers that ship: in the wheel, or ``data/`` of a checkout."""
    installed = Path(__file__).parent / "data"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "data"


def built_data() -> Path:
    """Folder for what is built: ``$MELODY_TUTORIAL_DATA``, ``data/`` of a checkout, else ``./data``."""
    if chosen := os.environ.get("MELODY_TUTORIAL_DATA"):
        return Path(chosen)
    checkout = Path(__file__).parents[1]
    return checkout / "data" if (checkout / "pyproject.toml").is_file() else Path("data")


def child_environment(**changes: str) -> dict[str, str]:
    """The environment, with changes, for a Python that finds this package whatever its working folder."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, **changes}
