"""Controls: real tunes in which something was undone, so that a figure that looks for it has to fall."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from melody_tutorial.evaluation.equal_sets import with_random_pitches
from melody_tutorial.evaluation.tunes.form import first_onset
from melody_tutorial.melodies import NO_EVENT, NUM_CLASSES, Melody, decode_events, encode_events
from melody_tutorial.networks import Tune


def pitches_drawn(tunes: Sequence[Tune], seed: int = 0, classes: int = NUM_CLASSES) -> list[Tune]:
    """The tunes with random pitches, as ``with_random_pitches`` draws them; no pitch means anything."""
    changed = with_random_pitches([decode_events(tune.ids, classes) for tune in tunes], seed)
    return [
        replace(tune, ids=encode_events(events, classes)) for tune, events in zip(tunes, changed, strict=True)
    ]


def bars_shuffled(tunes: Sequence[Tune], seed: int = 0) -> list[Tune]:
    """The tunes with their bars in random order, but for the pickup and the last bar; no form is left."""
    rng, shuffled = np.random.default_rng(seed), []
    for tune in tunes:
        ids, bar = tune.ids.copy(), tune.facts.steps_per_bar
        inner = slice(-(-first_onset(ids) // bar) * bar, (len(ids) - 1) // bar * bar)
        ids[inner] = rng.permutation(ids[inner].reshape(-1, bar)).ravel()
        shuffled.append(replace(tune, ids=ids))
    return shuffled


def read_backwards(tunes: Sequence[Tune]) -> list[Tune]:
    """The tunes from their last note to their first; bar lines stay bar lines, and no end is an end."""
    return [replace(tune, ids=_backwards(tune)) for tune in tunes]


def _backwards(tune: Tune) -> np.ndarray:
    """Token ids of a tune read backwards; what lacked in its last bar is silent before its first note."""
    onset, end, pitch = Melody(decode_events(tune.ids)).notes()
    total = -(-len(tune.ids) // tune.facts.steps_per_bar) * tune.facts.steps_per_bar
    events = np.full(total - first_onset(tune.ids), NO_EVENT)
    stops = total - onset
    events[stops[stops < len(events)]] = -1
    events[total - end] = pitch  # where a note stops and another starts, it starts
    return encode_events(events)
