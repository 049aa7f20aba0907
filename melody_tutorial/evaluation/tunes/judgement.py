"""Figures of whole tunes: rhythm, mode, form and end, as judges of a contest would ask for them.

After the AI Music Generation Challenge 2020 to 2023, in which musicians judged folk tunes by plagiarism,
rhythm, mode and structure (Sturm & Maruri-Aguilar 2021).
"""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.evaluation.tunes.form import LAGS, find_repeats, first_onset, is_aabb
from melody_tutorial.evaluation.tunes.metre_heard import MetreEar, kind_of
from melody_tutorial.melodies import MODES, Key, Melody, beat, decode_events
from melody_tutorial.networks import Tune

Count = tuple[float, float]  # what was counted in a tune, and of how many


def judge_tunes(
    tunes: Sequence[Tune], ear: MetreEar, family: Sequence[int] | None = None
) -> dict[str, Interval]:
    """Figures of tunes whose tonic is C, with intervals by bootstrap over families; shares lie in 0 … 1.

    Args:
        tunes: with the facts that were asked for; of real tunes, their own.
        ear: tells the metre.
        family: number of the family of each tune, for the intervals; None: each tune is its own.

    Returns:
        never_ended: share of the tunes that were cut off; of them the next four say nothing.
        bars_complete: share of the tunes that last a whole number of bars from their first onset on, so that
            the last bar lacks what the pickup has.
        bars_asked: share of the tunes that have as many bars as were asked for.
        ends_on_tonic, ends_on_beat: share of the tunes whose last note is the tonic, or starts on a beat.
        metre: share of the tunes whose metre is heard from their notes, of those that the ear knows.
        in_mode: share of the notes in the mode; in minor, the raised sixth and seventh belong to it.
        bars_1 … bars_16, pitches_1 … pitches_16: as ``Repeats`` has them, as shares of the bars.
        aabb: share of the tunes of 32 bars that are AABB.
        range: semitones from the lowest to the highest note, mean over the tunes.
    """
    heard = ear.hear(tunes)
    counts = [
        _counts(tune) | {"metre": _agreement(tune, kind, ear)}
        for tune, kind in zip(tunes, heard, strict=True)
    ]
    names = counts[0] if counts else ()
    columns = {name: np.array([count[name] for count in counts], float) for name in names}
    return {name: bootstrap(*column.T, family) for name, column in columns.items()}


def _counts(tune: Tune) -> dict[str, Count]:
    """What is counted in a tune, all but its metre."""
    _, _, pitch = Melody(decode_events(tune.ids)).notes()
    form = is_aabb(tune)
    return {
        "never_ended": (not tune.is_whole, 1),
        **_end(tune),
        "in_mode": _in_mode(tune, pitch),
        **_repeats(tune),
        "aabb": (bool(form), form is not None),
        "range": (np.ptp(pitch), 1) if len(pitch) else (0, 0),
    }


def _end(tune: Tune) -> dict[str, Count]:
    """Figures of the end of a tune; of one that was cut off, and where there is no note, nothing."""
    onset, _, pitch = Melody(decode_events(tune.ids)).notes()
    facts, bar, there = tune.facts, tune.facts.steps_per_bar, tune.is_whole and len(onset) > 0
    if not there:
        return dict.fromkeys(("bars_complete", "bars_asked", "ends_on_tonic", "ends_on_beat"), (0, 0))
    bars = -(-len(tune.ids) // bar)
    in_beat = 0.0
    if facts.metre:
        numerator, denominator = facts.metre
        in_beat = onset[-1] % (beat(facts.metre) * bar * denominator / numerator)
    return {
        "bars_complete": ((len(tune.ids) - first_onset(tune.ids)) % bar == 0, 1),
        "bars_asked": (bars == facts.bars, facts.bars is not None),
        "ends_on_tonic": (pitch[-1] % 12 == 0, 1),
        "ends_on_beat": (in_beat == 0 and facts.metre is not None, facts.metre is not None),
    }


def _in_mode(tune: Tune, pitch: np.ndarray) -> Count:
    """Notes in the mode; nothing where it is none that a model can be asked for."""
    if tune.facts.mode not in MODES:
        return 0, 0
    return np.isin(pitch % 12, list(Key(0, tune.facts.mode).scale())).sum(), len(pitch)


def _repeats(tune: Tune) -> dict[str, Count]:
    """Bars that came before, for each lag."""
    found = {lag: find_repeats(tune, lag) for lag in LAGS}
    exact = {f"bars_{lag}": (each.exact, each.bars) for lag, each in found.items()}
    return exact | {f"pitches_{lag}": (each.pitches, each.bars) for lag, each in found.items()}


def _agreement(tune: Tune, heard: str, ear: MetreEar) -> Count:
    """Whether the metre that is heard is the one of the tune, if the ear knows that one."""
    kind = kind_of(tune.facts.metre)
    return kind == heard, kind in ear.kinds
