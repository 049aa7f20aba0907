"""Tunes as a model reads them: in training all side by side, what it is to say beside what it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.config import ModelSettings
from melody_tutorial.datasets import Reading, Record, next_event_reading
from melody_tutorial.melodies import NUM_SPECIAL_EVENTS
from melody_tutorial.networks.features import MOST_LEFT, features_of, is_plain
from melody_tutorial.networks.heard import NOTHING_KNOWN, Facts, Heard
from melody_tutorial.networks.labels import label_events

GROUP = 1024  # tunes that are read side by side


@dataclass(frozen=True)
class Tune:
    """A melody as a model reads it.

    Attributes:
        ids: token ids, uint8, shape (steps,).
        facts: what is known about it.
        is_whole: whether it ends where it ends, so that an end may be learned from it.
        semitones: how far it was transposed.
    """

    ids: np.ndarray
    facts: Facts = NOTHING_KNOWN
    is_whole: bool = False
    semitones: int = 0


def tune_of(record: Record) -> Tune:
    """The tune of a record; of one that was cut, nobody knows how many bars it has."""
    bars = -(-len(record.ids) // record.steps_per_bar) if record.is_whole else None
    facts = Facts(record.metre, record.key.mode if record.key else None, bars, record.steps_per_bar)
    return Tune(record.ids, facts, record.is_whole, record.semitones)


def read_tunes(model: ModelSettings, tunes: Sequence[Tune | np.ndarray]) -> list[Reading]:
    """What a model reads of tunes, or of token ids, and what it is to say.

    Raises:
        UserError: the model has a feature that this program does not know.
    """
    tunes = [tune if isinstance(tune, Tune) else Tune(np.asarray(tune, np.uint8)) for tune in tunes]
    if is_plain(model):
        return [next_event_reading(tune.ids) for tune in tunes]
    readings: list[Reading | None] = [None] * len(tunes)
    order = np.argsort([len(tune.ids) for tune in tunes], kind="stable").tolist()
    for start in range(0, len(order), GROUP):
        group = order[start : start + GROUP]
        columns, labels = _columns(model, [tunes[index] for index in group])
        for place, index in enumerate(group):
            readings[index] = _reading(model, tunes[index], columns[:, place], labels[:, place])
    return readings


def _columns(model: ModelSettings, tunes: Sequence[Tune]) -> tuple[np.ndarray, np.ndarray]:
    """What is read and what is to be said, of tunes side by side.

    Returns:
        Values of the features before each event and after the last, (steps + 1, tunes, features); the label
        of each event, uint8, (steps, tunes).
    """
    features, longest = features_of(model), max(len(tune.ids) for tune in tunes)
    heard = Heard([tune.facts for tune in tunes], model.classes, longest)
    is_small = max(feature.values(model.classes) for feature in features) <= 256
    columns = np.zeros((longest + 1, len(tunes), len(features)), np.uint8 if is_small else np.uint16)
    labels = np.zeros((longest, len(tunes)), np.uint8)
    padded = np.zeros((longest, len(tunes)), np.uint8)
    for place, tune in enumerate(tunes):
        padded[: len(tune.ids), place] = tune.ids
    for step in range(longest + 1):
        for number, feature in enumerate(features):
            columns[step, :, number] = feature.read(heard)
        if step < longest:
            labels[step] = label_events(model, heard, padded[step])
            heard.hear(padded[step])
    return columns, labels


def _reading(model: ModelSettings, tune: Tune, columns: np.ndarray, labels: np.ndarray) -> Reading:
    """The reading of a tune from its columns, (more steps, features), and labels, (more steps,)."""
    steps = len(tune.ids)
    counted = np.ones(steps + 1, np.float32)
    counted[[0, -1]] = 0
    mask = np.ones_like(counted)
    mask[-1] = tune.is_whole
    onsets = counted * np.append(tune.ids >= NUM_SPECIAL_EVENTS, False)
    labels = np.append(labels[:steps], np.uint8(model.classes))
    reading = Reading(columns[: steps + 1].copy(), labels, mask, counted, onsets)
    if model.has_end:
        return reading
    return Reading(*(part[1:] for part in reading))._replace(mask=counted[1:])


def without_bars(
    model: ModelSettings, readings: Sequence[Reading], rng: np.random.Generator | None = None
) -> list[Reading]:
    """The readings without a word of how many bars there are: half of them, drawn by ``rng``, or all."""
    if "bars_left" not in model.features:
        return list(readings)
    column = model.features.index("bars_left")
    chosen = np.ones(len(readings), bool) if rng is None else rng.random(len(readings)) < 0.5
    return [
        reading._replace(inputs=_with_column(reading.inputs, column, MOST_LEFT)) if forget else reading
        for reading, forget in zip(readings, chosen, strict=True)
    ]


def _with_column(inputs: np.ndarray, column: int, value: int) -> np.ndarray:
    """A copy with one column changed."""
    inputs = inputs.copy()
    inputs[:, column] = value
    return inputs
