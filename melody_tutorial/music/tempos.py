"""Tempos: stretches of constant tempo, and ticks → seconds, with the arithmetic of pretty_midi."""

from dataclasses import dataclass

import numpy as np

from melody_tutorial.music.score import ScoreTable, run_lengths, run_starts

DEFAULT_QPM = 120.0


@dataclass(frozen=True)
class Tempos:
    """Stretches of constant tempo, sorted by score and tick; the first of each score begins at tick 0.

    Attributes:
        score, tick: where the stretch begins.
        seconds: the same in seconds from the start of the score; float64.
        seconds_per_tick, qpm: the tempo; float64.
    """

    score: np.ndarray
    tick: np.ndarray
    seconds: np.ndarray
    seconds_per_tick: np.ndarray
    qpm: np.ndarray


def place(score: np.ndarray, tick: np.ndarray) -> np.ndarray:
    """Score and tick as one sortable integer; ticks from −1 up."""
    return (score.astype(np.int64) << 32) + tick + 1


def find_tempos(table: ScoreTable) -> Tempos:
    """Tempo map of every score as pretty_midi makes it: 120 before the first, repeated ones dropped."""
    scores = len(table.ticks_per_quarter)
    score = np.concatenate([np.arange(scores), table.tempo_score])
    tick = np.concatenate([np.zeros(scores, np.int64), table.tempo_tick])
    qpm = np.concatenate([np.full(scores, DEFAULT_QPM), table.tempo_qpm])
    order = np.argsort(place(score, tick), kind="stable")
    score, tick, qpm = score[order], tick[order], qpm[order]
    # Of several tempos at tick 0, the default among them, the last one counts.
    last = np.ones(len(score), bool)
    last[:-1] = run_starts(score)[1:] | (tick[1:] > 0)
    score, tick, qpm = score[last], tick[last], qpm[last]
    seconds_per_tick = 60.0 / (qpm * table.ticks_per_quarter[score])
    new = run_starts(score, seconds_per_tick)
    score, tick, seconds_per_tick = score[new], tick[new], seconds_per_tick[new]
    seconds = tempo_seconds(score, tick, seconds_per_tick)
    return Tempos(
        score, tick, seconds, seconds_per_tick, 60.0 / (seconds_per_tick * table.ticks_per_quarter[score])
    )


def tempo_seconds(score: np.ndarray, tick: np.ndarray, seconds_per_tick: np.ndarray) -> np.ndarray:
    """Seconds at which each tempo begins: the lengths of the stretches before it, added in their order."""
    seconds = np.zeros(len(tick))
    lengths = seconds_per_tick[:-1] * np.diff(tick)
    first = np.flatnonzero(run_starts(score))
    tempos = run_lengths(first, len(score))
    for start, end in zip(first[tempos > 1], (first + tempos)[tempos > 1], strict=True):
        seconds[start + 1 : end] = np.cumsum(lengths[start : end - 1])
    return seconds
