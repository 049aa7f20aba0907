"""Related melodies: how many of those known to be related are found, how many strangers, and what it costs.

The numbers of the rule were chosen with every second melody, and with half of the titles; the figures of what
is found are those of the other halves. Titles serve here alone, as a second opinion.
"""

import re
import tempfile
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.inputs import archives
from benchmarks.measure import Options, Row, check, in_turn, python, run, seconds
from benchmarks.variants import VARIANTS, backwards, tunes_by_chance, vary
from melody_tutorial.datasets import (
    connected_components,
    find_relatives,
    overlap_left,
    write_chorales,
    write_top_voices,
)
from melody_tutorial.melodies import Melody, extract_sources

PLANTED, QUICK_PLANTED = 200, 60
TIMES, QUICK_TIMES = (1, 4, 16), (1, 2)
SPLITS, QUICK_SPLITS = 20, 2
QUICK_CHORALES = 60
LEAST_FOUND, MOST_STRANGERS, LEAST_HYMNS, MOST_OVERLAP = 0.97, 0.005, 0.9, 0.01
MOST_SECONDS, MANY, MOST_MINUTES = 5, 100_000, 5
HELD_OUT = 0.1
KIBIBYTE = 1024  # what Linux counts memory in
# Other tunes have these for a title too.
NO_TITLES = re.compile(
    r"(irish|scotch|highland|german|french|italian|english|welsh)? ?(slow |quick )?"
    r"(air|jig|reel|march|quick ?step|minuet|hornpipe|waltz|gavotte|rondo|strathspey|dance|clog|song|)s?"
)
SEARCH = """
import resource, sys, time
import numpy as np
from melody_tutorial.datasets import find_relatives
columns = np.load(sys.argv[1])
melodies = np.split(columns["events"], np.cumsum(columns["lengths"])[:-1])
start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
find_relatives(melodies)
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def measure(options: Options) -> list[Row]:
    """What is found in the tune books and in the chorales, and how the cost grows."""
    melodies, _ = extract_sources([archives(options)["tune books"]])
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        hymns = read_hymns(Path(folder), options)
        growth = growth_rows(melodies, Path(folder), options, rng)
    return [
        time_row(melodies, options),
        *growth,
        planted_row(melodies, QUICK_PLANTED if options.quick else PLANTED, rng),
        stranger_row(melodies),
        hymn_row(hymns),
        title_row(melodies),
        *overlap_rows(melodies, QUICK_SPLITS if options.quick else SPLITS),
    ]


def time_row(melodies: list[Melody], options: Options) -> Row:
    """How long the search takes, and what families it finds."""
    found = families_of(melodies)
    sizes = Counter(np.bincount(found).tolist())
    taken = in_turn({"ours": lambda: seconds(lambda: relatives(melodies))}, options.runs)["ours"]
    return Row(
        f"relatives among {len(melodies):,} melodies of the tune books: {found.max() + 1:,} families",
        "s",
        taken,
        target=f"≤ {MOST_SECONDS} s",
        met=median(taken) <= MOST_SECONDS,
        note="families by size: " + ", ".join(f"{sizes[size]:,} of {size}" for size in sorted(sizes)),
    )


def growth_rows(
    melodies: list[Melody], folder: Path, options: Options, rng: np.random.Generator
) -> list[Row]:
    """Processor time and memory of a search among more and more tunes made by chance."""
    taken = {}
    for copies in QUICK_TIMES if options.quick else TIMES:
        tunes = tunes_by_chance(melodies, copies * len(melodies), rng)
        path = folder / f"{copies}.npz"
        np.savez(path, events=np.concatenate(tunes), lengths=[len(tune) for tune in tunes])
        taken[copies] = [float(figure) for figure in run([*python(SEARCH), str(path)]).split()]
    (*_, before, most) = taken
    power = np.log(taken[most][0] / taken[before][0]) / np.log(most / before)
    minutes = taken[most][0] * (MANY / (most * len(melodies))) ** power / 60
    each = [f"{n}×: {taken[n][0] / (n * len(melodies)) * 1e6:.0f} µs/tune" for n in taken]
    name = f"relatives among {most * len(melodies):,} tunes made by chance"
    return [
        Row(
            f"{name}, processor time of one process",
            "s",
            [taken[most][0]],
            target=f"{MANY:,} tunes in {MOST_MINUTES} minutes",
            met=bool(minutes <= MOST_MINUTES),
            note=f"{', '.join(each)}; by this growth {MANY:,} tunes take {minutes:.1f} minutes",
        ),
        Row(f"{name}, memory beside that of the tunes", "MB", [taken[most][1] * KIBIBYTE / 1e6]),
    ]


def planted_row(melodies: list[Melody], number: int, rng: np.random.Generator) -> Row:
    """Variants of melodies, hidden among all: how many are found to be relatives of their originals."""
    found = {}
    for name, changes in VARIANTS.items():
        originals = rng.choice(np.arange(1, len(melodies), 2), number, replace=False)
        variants = [vary(melodies[index], changes, rng) for index in originals]
        pairs = set(map(tuple, relatives([*melodies, *variants]).tolist()))
        found[name] = np.mean(
            [(int(index), len(melodies) + place) in pairs for place, index in enumerate(originals)]
        )
    check(
        min(found.values()) >= LEAST_FOUND, f"of the variants that were planted, so many are found: {found}"
    )
    return percentage(
        f"variants found of {number} melodies, changed in every way at once",
        found["all at once"],
        f"≥ {LEAST_FOUND:.0%}",
        True,
        ", ".join(f"{name}: {share:.1%}" for name, share in found.items()),
    )


def stranger_row(melodies: list[Melody]) -> Row:
    """Melodies read backwards, which have no relatives: how many are taken for one of some melody."""
    chosen = np.arange(1, len(melodies), 2)
    mirrored = [backwards(melodies[index]) for index in chosen]
    left, right = relatives([*melodies, *mirrored]).T
    place = right - len(melodies)
    strange = (left < len(melodies)) & (place >= 0)
    strange[strange] = left[strange] != chosen[place[strange]]
    share = len(np.unique(place[strange])) / len(chosen)
    check(share <= MOST_STRANGERS, f"{share:.1%} of the melodies read backwards are taken for relatives")
    return percentage(
        f"strangers taken for relatives: of {len(chosen):,} melodies read backwards",
        share,
        f"≤ {MOST_STRANGERS:.1%}",
        True,
    )


def hymn_row(hymns: list[Melody]) -> Row:
    """Chorales of equal title: how many pairs are of one family."""
    from music21.corpus.chorales import ChoraleList, ChoraleListRKBWV

    listed = [*ChoraleList().byBWV.values(), *ChoraleListRKBWV().byRiemenschneider.values()]
    titles = {str(entry["bwv"]).lower(): entry["title"] for entry in listed}
    named = [titles.get(Path(melody.source).stem.removeprefix("bwv").lower()) for melody in hymns]
    share, number = share_in_one_family(hymns, [plain(title) if title else "" for title in named])
    check(share >= LEAST_HYMNS or number < 20, f"{share:.1%} of the hymn tunes of equal title are found")
    return percentage(
        f"hymn tunes of equal title that are found: of {number} pairs",
        share,
        f"≥ {LEAST_HYMNS:.0%}",
        share >= LEAST_HYMNS,
        "most of the others have the same words to another tune",
    )


def title_row(melodies: list[Melody]) -> Row:
    """Tunes whose title stands once in each of two books: how many pairs are of one family."""
    books = [Path(melody.source).parent.name for melody in melodies]
    names = [plain(Path(melody.source).stem.lstrip("0123456789").split(" -- ")[0]) for melody in melodies]
    counts = Counter(zip(books, names, strict=True))
    once = [
        name if counts[book, name] == 1 and not NO_TITLES.fullmatch(name) else ""
        for book, name in zip(books, names, strict=True)
    ]
    share, number = share_in_one_family(melodies, once)
    return percentage(
        f"tunes of equal title in two books that are found: of {number} pairs",
        share,
        note="many titles were given to several tunes",
    )


def share_in_one_family(melodies: list[Melody], titles: list[str]) -> tuple[float, int]:
    """Share of the pairs of equal title that are of one family, and the number of pairs."""
    family, named = families_of(melodies), defaultdict(list)
    for index, title in enumerate(titles):
        if title and sum(map(ord, title)) % 2:
            named[title].append(index)
    pairs = [pair for group in named.values() for pair in combinations(group, 2)]
    return float(np.mean([family[left] == family[right] for left, right in pairs] or [0])), len(pairs)


def overlap_rows(melodies: list[Melody], splits: int) -> list[Row]:
    """What held-out melodies still have in common with training, in so many splits by family."""
    family = families_of(melodies)
    figures = []
    for seed in range(splits):
        held = np.random.default_rng(seed).permutation(family.max() + 1) < HELD_OUT * (family.max() + 1)
        figures.append(overlap_left(melodies, held[family]))
    rows = []
    for kind in ("intervals", "beats"):
        shares = [split[kind]["share"] for split in figures]
        chance = max(split[kind]["backwards"] for split in figures)
        rows.append(
            Row(
                f"held-out melodies that share a quarter of their {kind} with a training melody",
                "%",
                [100 * share for share in shares],
                target=f"≤ {MOST_OVERLAP:.0%}",
                met=median(shares) <= MOST_OVERLAP,
                note=f"{splits} splits by family; read backwards at most {chance:.1%} share as many {kind}",
            )
        )
    return rows


def read_hymns(folder: Path, options: Options) -> list[Melody]:
    """The top voices of Bach's chorales, as chapter 08 makes them."""
    chorales = write_chorales(folder / "chorales.zip", QUICK_CHORALES if options.quick else None)
    melodies, _ = extract_sources([write_top_voices([chorales], folder / "top_voices.zip")])
    return melodies


def relatives(melodies: list[Melody]) -> np.ndarray:
    """Pairs of related melodies."""
    return find_relatives([melody.events for melody in melodies]).melodies


def families_of(melodies: list[Melody]) -> np.ndarray:
    """Number of the family of each melody."""
    return connected_components(len(melodies), relatives(melodies))


def plain(title: str) -> str:
    """A title without articles, brackets, marks and capitals."""
    words = re.split(r"[(\[]", title.lower().replace("'", ""))[0]
    return " ".join(word for word in re.findall(r"\w+", words) if word not in ("the", "a"))


def percentage(measure: str, share: float, target: str = "", met: bool | None = None, note: str = "") -> Row:
    """A row of one share, in per cent."""
    return Row(measure, "%", [100 * float(share)], target=target, met=met, note=note)
