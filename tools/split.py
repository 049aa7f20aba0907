"""The frozen split of the default corpus, drawn anew.

python -m tools.split    write data/splits/; figures measured with another split cannot be compared any more
"""

from collections import Counter
from itertools import count

import numpy as np

from melody_tutorial.config import DatasetSettings
from melody_tutorial.datasets import (
    Split,
    build_corpus,
    corpus_facts,
    draw_sides,
    find_families,
    inputs_sum,
    write_split,
)
from melody_tutorial.melodies import Melody, extract_sources

# Chapters show what the model that ships makes of these tunes, so they are for the test.
SHOWN = ("The New Road", "My Peggy")


def main() -> None:
    """Write the split, and say what is in it."""
    archive = build_corpus()
    facts = corpus_facts(archive)
    sides = draw(extract_sources([archive])[0])
    held_out = {tune: side for tune, side in sides.items() if side != "train"}
    split = Split(facts["corpus"], inputs_sum(facts["inputs"]), held_out)
    print(f"{write_split(split)}: {dict(Counter(sides.values()))} tunes, SHA-256 {split.sha256}")


def draw(melodies: list[Melody]) -> dict[str, str]:
    """The side of each tune: whole families, by the first seed that puts the shown tunes in the test."""
    settings, found = DatasetSettings(), find_families(melodies)
    distinct = np.flatnonzero(found.first == np.arange(len(melodies)))
    for seed in count():
        drawn = draw_sides(found.family[distinct], settings.eval_ratio, settings.test_ratio, seed)
        side_of = dict(zip(found.family[distinct].tolist(), drawn.tolist(), strict=True))
        sides = {
            melody.source: side_of[family]
            for melody, family in zip(melodies, found.family.tolist(), strict=True)
        }
        if all(side == "test" for tune, side in sides.items() if any(title in tune for title in SHOWN)):
            return sides


if __name__ == "__main__":
    main()
