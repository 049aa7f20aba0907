"""The frozen split of the default corpus, drawn anew.

python -m tools.split    write data/splits/; figures measured with another split cannot be compared any more
"""

from collections import Counter
from itertools import count, pairwise

import numpy as np

from melody_tutorial.config import DatasetSettings
from melody_tutorial.datasets import (
    SIDES,
    Split,
    build_corpus,
    connected_components,
    corpus_facts,
    draw_sides,
    find_families,
    inputs_sum,
    write_split,
)
from melody_tutorial.evaluation import DEGREES, SEMITONES, find_alike_bars, longest_varied_copies
from melody_tutorial.melodies import Melody, extract_sources

# Chapters show what the model that ships makes of these tunes, so they are for the test.
SHOWN = ("The New Road", "My Peggy")
PASSAGE = 30  # notes in common by alignment; of 358 tunes (an earlier test) backwards, 8 have it
ALIKE = 0.68  # share of the degrees that agree in eight bars; of 357 tunes read backwards, 1 has so many
CONTROL = 10  # every so many tunes are read backwards
PARTS = 8  # of the tunes or families, each compared with all the others
LEFT = 0.7  # share of the pitches in eight bars by which the relatives are counted that are left


def main() -> None:
    """Write the split, and say what is in it."""
    archive = build_corpus()
    facts = corpus_facts(archive)
    melodies = extract_sources([archive])[0]
    sides = draw(melodies)
    held_out = {tune: side for tune, side in sides.items() if side != "train"}
    split = Split(facts["corpus"], inputs_sum(facts["inputs"]), held_out)
    print(f"{write_split(split)}: {dict(Counter(sides.values()))} tunes, SHA-256 {split.sha256}", flush=True)
    tell_what_is_left(melodies, split)


def draw(melodies: list[Melody]) -> dict[str, str]:
    """The side of each tune: whole families, by the first seed that puts the shown tunes in the test."""
    settings, family = DatasetSettings(), close_families(melodies)
    for seed in count():
        drawn = draw_sides(family, settings.eval_ratio, settings.test_ratio, seed)
        sides = dict(zip([melody.source for melody in melodies], drawn.tolist(), strict=True))
        if all(side == "test" for tune, side in sides.items() if any(title in tune for title in SHOWN)):
            return sides


def close_families(melodies: list[Melody]) -> np.ndarray:
    """Families that share neither eight bars alike nor a passage of ``PASSAGE`` notes, even varied.

    What ``find_families`` leaves apart is compared, each melody with all the others, which takes minutes; by
    passages again, until nothing more is found.
    """
    families = find_families(melodies)
    family = join(families.family, link_alike_bars(melodies, np.unique(families.first)))
    while len(links := link_passages(melodies, family)):
        family = join(family, links)
    return family


def join(family: np.ndarray, links: np.ndarray) -> np.ndarray:
    """The families, those of linked melodies made one."""
    joined = connected_components(family.max() + 1, family[links])[family]
    largest = np.sort(np.bincount(joined))[-5:].tolist()
    print(f"{family.max() + 1} families → {joined.max() + 1}, the largest of {largest} melodies", flush=True)
    return joined


def link_alike_bars(melodies: list[Melody], distinct: np.ndarray) -> np.ndarray:
    """Pairs of melodies whose degrees agree enough in some eight bars, shape (links, 2); and the control."""
    tunes, links = [melodies[number] for number in distinct], []
    for low, high in pairwise(np.linspace(0, len(tunes), PARTS + 1).astype(int)):
        alike = find_alike_bars(tunes[low:high], tunes[low:], ALIKE, DEGREES)
        links.append(distinct[low + np.stack([alike.ours, alike.theirs], axis=1)])
    found = np.concatenate(links)
    found = found[found[:, 0] != found[:, 1]]
    control = np.arange(0, len(tunes), CONTROL)
    chance = find_alike_bars([tunes[number] for number in control], tunes, ALIKE, DEGREES, backwards=True)
    by_chance = np.unique(chance.ours[control[chance.ours] != chance.theirs])
    print(
        f"{len(np.unique(found))} of {len(tunes)} tunes alike with others by {ALIKE:.0%} of eight bars, "
        f"{len(found)} pairs; backwards {len(by_chance)} of {len(control)}",
        flush=True,
    )
    return found


def link_passages(melodies: list[Melody], family: np.ndarray) -> np.ndarray:
    """Pairs of melodies of two families with a passage in common, shape (links, 2)."""
    events, links = [melody.events for melody in melodies], [np.zeros((0, 2), dtype=np.int64)]
    for part in range(PARTS):
        ours, theirs = (np.flatnonzero(chosen) for chosen in (family % PARTS == part, family % PARTS != part))
        copies = longest_varied_copies([events[n] for n in ours], [events[n] for n in theirs])
        long = [n for n, copy in enumerate(copies) if copy and copy.notes >= PASSAGE]
        sources = [copies[n].source for n in long]
        links.append(np.stack([ours[long], theirs[sources]], axis=1))
    found = np.concatenate(links)
    print(f"{len(found)} melodies with {PASSAGE} notes of a passage in other families", flush=True)
    return found


def tell_what_is_left(melodies: list[Melody], split: Split) -> None:
    """Print how many held-out tunes agree with a training tune by ``LEFT`` of the pitches in eight bars."""
    tunes = [melodies[number] for number in np.unique(find_families(melodies).first)]
    on = {side: [tune for tune in tunes if split.side(tune.source) == side] for side in SIDES}
    for side in SIDES[1:]:
        forward, backwards = (
            len(np.unique(find_alike_bars(on[side], on["train"], LEFT, SEMITONES, reverse).ours))
            for reverse in (False, True)
        )
        print(
            f"{side}: {forward} of {len(on[side])} tunes alike with training, backwards {backwards}",
            flush=True,
        )


if __name__ == "__main__":
    main()
