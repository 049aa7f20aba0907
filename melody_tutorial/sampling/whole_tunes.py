"""Whole tunes, drawn again until they are as they were asked for.

That is rejection sampling (von Neumann 1951): of the tunes that the model draws, those that do not keep to
what was asked are thrown away, the others stay as likely among each other as they were.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from melody_tutorial.config import ModelSettings, SamplingSettings
from melody_tutorial.melodies import NUM_SPECIAL_EVENTS, decode_events
from melody_tutorial.networks import Checkpoint, Facts, has_pickup
from melody_tutorial.sampling.sampler import Samples, draw, with_steps

MOST_DRAWS = 4  # of a tune, of which the last one stays as it is
AGAIN = 2  # beside the seed: draws after the first, apart from all others
MINOR = ("minor", "dorian")  # modes with a minor third


def sample_tunes(
    checkpoint: Checkpoint,
    primer: Sequence[int] | np.ndarray,
    settings: SamplingSettings,
    facts: Sequence[Facts],
    *,
    count_pickups: bool = False,
) -> tuple[Samples, list[Facts]]:
    """Draw tunes, and each that is not as asked again, up to ``MOST_DRAWS`` times.

    Of the first draw, output 3 of 8 is output 3 of 64; so it is of the others.

    Args:
        primer: ids that every tune begins with.
        facts: what is asked of each tune.
        count_pickups: whether a tune that begins with a pickup has one bar more than was asked, that which
            the pickup is in.

    Returns:
        As ``sample_ids`` gives it; and the facts that each tune was drawn with.
    """
    settings, told = with_steps(settings, checkpoint.model), list(facts)
    ids = np.full((len(told), settings.num_steps), checkpoint.model.classes, np.uint8)
    likelihoods, left = np.zeros(len(told)), np.arange(len(told))
    for attempt in range(MOST_DRAWS):
        chosen = [facts[row] for row in left]
        if count_pickups:
            beginning = _streams(settings.seed, attempt, len(told), left)
            chosen = with_pickups(checkpoint, primer, settings, beginning, chosen)
        drawn = draw(checkpoint, primer, settings, _streams(settings.seed, attempt, len(told), left), chosen)
        ids[left], likelihoods[left] = drawn
        for row, each in zip(left, chosen, strict=True):
            told[row] = each
        left = [row for row in left if not is_as_asked(ids[row], told[row], checkpoint.model)]
        left = np.array([row for row in left if has_room(told[row], settings)], int)
        if not len(left):
            break
    return Samples(ids, likelihoods), told


def _streams(seed: int, attempt: int, count: int, rows: Iterable[int]) -> list[np.random.Generator]:
    """The generators of some tunes for one of their draws; for the first, those of ``sample_ids``."""
    streams = np.random.default_rng([seed, AGAIN, attempt] if attempt else seed).spawn(count)
    return [streams[row] for row in rows]


def with_pickups(
    checkpoint: Checkpoint,
    primer: Sequence[int] | np.ndarray,
    settings: SamplingSettings,
    rngs: Sequence[np.random.Generator],
    facts: Sequence[Facts],
) -> list[Facts]:
    """The facts, with one bar more for a tune that will begin with a pickup, as its first bar tells."""
    if not any(each.bars for each in facts):
        return list(facts)
    beginnings = [primer] * len(facts)
    if not len(primer):
        settings = replace(settings, num_steps=max(each.steps_per_bar for each in facts))
        open_ended = [replace(each, bars=None) for each in facts]  # or their number would tell of a pickup
        beginnings = draw(checkpoint, (), settings, rngs, open_ended).ids
    return [
        replace(each, bars=each.bars + has_pickup(ids, each.steps_per_bar)) if each.bars else each
        for each, ids in zip(facts, beginnings, strict=True)
    ]


def has_room(facts: Facts, settings: SamplingSettings) -> bool:
    """Whether a tune can end within the steps that are drawn."""
    return (facts.bars or 1) * facts.steps_per_bar < settings.num_steps


def is_as_asked(ids: np.ndarray, facts: Facts, model: ModelSettings) -> bool:
    """Whether a tune has the bars that were asked for, and ends there by itself and at a cadence.

    At a cadence means, where it is known which note is the tonic: on a note of the tonic's triad.
    """
    ended = ids[ids < model.classes]
    notes = ended[ended >= NUM_SPECIAL_EVENTS]
    if len(ended) == len(ids) or not len(notes):
        return False
    if facts.bars is not None and -(-len(ended) // facts.steps_per_bar) != facts.bars:
        return False
    if model.transpose != "tonic" or facts.mode is None:
        return True
    triad = (0, 3 if facts.mode in MINOR else 4, 7)
    return int(decode_events(notes[-1:], model.classes)[0]) % 12 in triad
