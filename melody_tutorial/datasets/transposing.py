"""Melodies of all keys → records in the keys that the network shall learn, and what keys they were in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from melody_tutorial.config import MODELS, ModelSettings
from melody_tutorial.datasets.records import Record
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import (
    ALL_CLASSES,
    NOT_CLEAR,
    NUM_CLASSES,
    Melody,
    encode_events,
    find_keys,
    squash_all,
    to_common_tonic,
)


def with_keys(melodies: Sequence[Melody]) -> list[Melody]:
    """The melodies, each with its key: where it is not known, the one that its notes are in."""
    found = iter(find_keys([melody for melody in melodies if melody.key is None]))
    return [replace(melody, key=next(found)) if melody.key is None else melody for melody in melodies]


def count_keys(melodies: Sequence[Melody]) -> dict[str, Any]:
    """For the manifest: how many melodies have which key and which mode, most frequent first; what told it;
    and the share of those whose mode is not clear."""
    keys = [melody.key for melody in melodies if melody.key]
    modes = Counter(key.mode for key in keys)
    return {
        "keys": dict(Counter(map(str, keys)).most_common()),
        "modes": dict(modes.most_common()),
        "found": dict(Counter(key.found for key in keys).most_common()),
        "not_clear": round(modes[NOT_CLEAR] / max(1, len(keys)), 4),
    }


def classes_of(transpose: str) -> int:
    """How many classes of events melodies have that were transposed so."""
    return ALL_CLASSES if transpose == "none" else NUM_CLASSES


def check_transposed(transpose: str, model: ModelSettings, where: str | Path) -> None:
    """Raise a UserError that says where, unless melodies are transposed as a model reads them.

    Melodies in all keys serve a model that reads squashed ones.
    """
    if (found := "squash" if transpose == "all" else transpose) != model.transpose:
        others = [name for name, other in MODELS.items() if other.transpose == found]
        raise UserError(
            f"{where} has melodies of --transpose {transpose}, but the model reads those of --transpose "
            f"{model.transpose}: extract with that, or train another --model: {' or '.join(others)}"
        )


def to_records(melodies: Sequence[Melody], transpose: str, families: Sequence[int] = ()) -> list[Record]:
    """The melodies as token ids, folded into the range of the classes where they are transposed.

    A common tonic is C in every mode, as for folk-RNN (B. Sturm et al., Music transcription modelling and
    composition using deep learning, 2016): what the network predicts then is a degree of the scale, and the
    mode is heard in the thirds, sixths and sevenths. A in minor would give minor the notes of C major again.

    Args:
        melodies: with their keys.
        transpose: "squash": once, to where most notes are white piano keys; "tonic": once, the tonic to C;
            "all": as "squash", and from there to the other eleven keys; "none": not at all.
        families: number of the family of each melody; empty: each is its own.
    """
    events = [melody.events for melody in melodies]
    families = families or range(len(melodies))
    if transpose == "none":
        return _records(melodies, families, events, np.zeros(len(events), int), ALL_CLASSES)
    if transpose == "tonic":
        tonics = [melody.key.tonic if melody.key else 0 for melody in melodies]
        return _records(melodies, families, *to_common_tonic(events, tonics))
    keys = range(12) if transpose == "all" else (0,)
    return [record for key in keys for record in _records(melodies, families, *squash_all(events, key))]


def _records(
    melodies: Sequence[Melody],
    families: Sequence[int],
    moved: list[np.ndarray],
    semitones: np.ndarray,
    classes: int = NUM_CLASSES,
) -> list[Record]:
    """Records of melodies that were moved by so many semitones."""
    ids = encode_events(np.concatenate(moved), classes)
    ends = np.cumsum([0, *map(len, moved)]).tolist()
    return [
        Record(
            ids[start:end],
            melody.source,
            by,
            melody.steps_per_bar,
            melody.qpm,
            melody.key and melody.key.moved(by),
            family,
            melody.metre,
            melody.is_whole,
        )
        for melody, family, (start, end), by in zip(
            melodies, families, pairwise(ends), semitones.tolist(), strict=True
        )
    ]
