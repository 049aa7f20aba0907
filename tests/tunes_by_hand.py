"""Whole tunes for tests: written in eighth notes, and made at random with a metre and a form."""

import numpy as np

from melody_tutorial.networks import Facts, Tune

REEL, JIG = Facts((4, 4), "major", 32, 16), Facts((6, 8), "major", 32, 12)


def eighths(pitches, facts=REEL, rest=0, is_whole=True):
    """A tune of eighth notes after so many steps of rest; pitch 0 prolongs the note before."""
    ids = np.zeros(rest + 2 * len(pitches), np.uint8)
    ids[rest::2] = [pitch and pitch - 46 for pitch in pitches]
    return Tune(ids, facts, is_whole)


def random_bars(rng, facts, bars):
    """Bars in C major, with notes on most beats, few between the first and the second; (bars, steps)."""
    beat = 6 if facts.metre[1] == 8 else 4
    steps = np.arange(facts.steps_per_bar)
    chance = np.where(steps % beat == 0, 0.95, np.where(steps % 2 == 0, 0.35, 0.02))
    chance[0], chance[1:beat] = 1.0, 0.1
    pitch = rng.choice([60, 62, 64, 65, 67, 69, 71], (bars, len(steps))) - 46
    return np.where(rng.random((bars, len(steps))) < chance, pitch, 0).astype(np.uint8)


def random_tune(seed, facts=REEL, sections="AABB"):
    """A tune of sections of eight bars, those of one letter alike, that ends on C."""
    rng = np.random.default_rng(seed)
    made = {letter: random_bars(rng, facts, 8) for letter in sorted(set(sections))}
    ids = np.concatenate([made[letter].ravel() for letter in sections])
    ids[-facts.steps_per_bar :] = 0
    ids[-facts.steps_per_bar] = 60 - 46
    return Tune(ids, facts, True)
