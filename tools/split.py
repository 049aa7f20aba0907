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
    connected_components,
    corpus_facts,
    draw_sides,
    find_families,
    inputs_sum,
    write_split,
)
from melody_tutorial.evaluation import longest_varied_copies
from melody_tutorial.melodies import Melody, extract_sources

# Chapters show what the model that ships makes of these tunes, so they are for the test.
SHOWN = ("The New Road", "My Peggy")
PASSAGE = 30  # notes in common by alignment; of tunes read backwards, one in a hundred has so many
PARTS = 8  # of the families, each compared with all the others


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
    settings, family = DatasetSettings(), close_families(melodies)
    for seed in count():
        drawn = draw_sides(family, settings.eval_ratio, settings.test_ratio, seed)
        sides = dict(zip([melody.source for melody in melodies], drawn.tolist(), strict=True))
        if all(side == "test" for tune, side in sides.items() if any(title in tune for title in SHOWN)):
            return sides


def close_families(melodies: list[Melody]) -> np.ndarray:
    """Families that share no passage of ``PASSAGE`` notes with each other, even varied.

    What ``find_families`` leaves apart is compared by alignment, which takes a minute: each eighth of the
    families with all the others, and again, until nothing more is found.
    """
    family, events = find_families(melodies).family, [melody.events for melody in melodies]
    while True:
        links = []
        for part in range(PARTS):
            ours, others = (
                np.flatnonzero(chosen) for chosen in (family % PARTS == part, family % PARTS != part)
            )
            copies = longest_varied_copies([events[n] for n in ours], [events[n] for n in others])
            links += [
                (family[number], family[others[copy.source]])
                for number, copy in zip(ours, copies, strict=True)
                if copy and copy.notes >= PASSAGE
            ]
        print(f"{family.max() + 1} families, {len(links)} melodies with relatives in others", flush=True)
        if not links:
            return family
        family = connected_components(family.max() + 1, np.array(links))[family]


if __name__ == "__main__":
    main()
