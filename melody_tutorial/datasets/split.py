"""The frozen split of the default corpus: which tune is on which side, in every run on every machine.

``data/splits/tunebooks.json`` lists the tunes for validation and for test; all others are for training. It
holds for the very tunes that it was made from, told by a check sum; `make split` made it.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from melody_tutorial.config import DatasetSettings, shipped_data
from melody_tutorial.datasets.corpus import FactsOf, corpus_facts
from melody_tutorial.errors import UserError
from melody_tutorial.files import check_shape, read_json, write_json
from melody_tutorial.funnel import Funnel, Reject
from melody_tutorial.melodies import Melody

SIDES = ("train", "validation", "test")
HELD_OUT = SIDES[1:]
SHAPE = {"corpus": str, "inputs": str, "sha256": str, **{side: [str] for side in HELD_OUT}}  # of the file
CORPUS = "tunebooks"


@dataclass(frozen=True)
class Split:
    """Which tunes of a corpus are held out.

    Attributes:
        corpus: name of the corpus.
        inputs: check sum of the corpus's ABC files, as of ``inputs_sum``.
        held_out: ``validation`` or ``test`` for each such tune, by its name in the archive.
    """

    corpus: str
    inputs: str
    held_out: dict[str, str]

    def side(self, tune: str) -> str:
        """The side of a tune; one that is not held out is for training."""
        return self.held_out.get(tune, "train")

    @property
    def sha256(self) -> str:
        """Check sum of what is held out."""
        return hashlib.sha256(json.dumps(self.held_out, sort_keys=True).encode()).hexdigest()


def split_file() -> Path:
    """The file of the frozen split, which ships."""
    return shipped_data() / "splits" / f"{CORPUS}.json"


def write_split(split: Split, path: str | Path | None = None) -> Path:
    """Write a split as a file; None: as the frozen one."""
    lists = {side: sorted(tune for tune, its in split.held_out.items() if its == side) for side in HELD_OUT}
    facts = {"corpus": split.corpus, "inputs": split.inputs, "sha256": split.sha256, **lists}
    return write_json(Path(path or split_file()), facts)


def read_split(path: str | Path | None = None) -> Split:
    """The split in a file; None: the frozen one.

    Raises:
        UserError: it cannot be read, or was altered.
    """
    path = Path(path or split_file())
    try:
        facts = read_json(path)
        check_shape(facts, SHAPE)
    except ValueError as error:
        raise UserError(f"{path} is no split ({error}): install melody-tutorial again") from None
    held_out = {tune: side for side in HELD_OUT for tune in facts[side]}
    split = Split(facts["corpus"], facts["inputs"], held_out)
    if split.sha256 != facts["sha256"]:
        raise UserError(f"{path}: the lists of tunes were altered: install melody-tutorial again")
    return split


def find_split(
    archives: Sequence[str | Path],
    settings: DatasetSettings,
    tell: Callable[[str], None],
    facts_of: FactsOf = corpus_facts,
) -> Split | None:
    """The frozen split, where it holds: for the default corpus alone, with the default ratios and seed.

    Args:
        tell: is told when the corpus is another version than the one that was split.
    """
    plain = DatasetSettings(transpose=settings.transpose)
    facts = facts_of(archives[0]) if len(archives) == 1 and settings == plain else {}
    if facts.get("corpus") != CORPUS:
        return None
    split = read_split()
    if inputs_sum(facts["inputs"]) != split.inputs:
        tell(
            f"{archives[0]}: made of another version of the tune books than the one whose split is frozen; "
            "a new split is drawn, so that its figures cannot be compared with those of the README"
        )
        return None
    return split


def inputs_sum(inputs: dict[str, str]) -> str:
    """Check sum of a corpus's ABC files, from the check sums in its manifest."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def related_to_held_out(
    melodies: Sequence[Melody], family: np.ndarray, split: Split, funnel: Funnel
) -> np.ndarray:
    """Which melodies would be learned from though a relative is held out; they are counted in the funnel.

    Of the melodies that the split was made of none is: those that the default rules of extraction find. Other
    rules find more.

    Args:
        family: number of the family of each melody.

    Returns:
        Booleans, shape (melodies,).
    """
    side = np.array([split.side(melody.source) for melody in melodies])
    related = (side == "train") & np.isin(family, family[side != "train"])
    for index in np.flatnonzero(related):
        funnel.reject(Reject(melodies[index].source, "relative"))
    return related
