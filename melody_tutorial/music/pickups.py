"""Pickups: silence put before an incomplete first bar, so that bar lines fall on multiples of the bar.

A converter that writes a tune from tick 0 puts its pickup where the first bar should stand, and every bar
line comes too early. Extraction counts bars from the start of a score, so the first bar must be made whole.
"""

from dataclasses import dataclass, replace

import numpy as np

from melody_tutorial.music.midi_faults import MidiError
from melody_tutorial.music.score import Score

BAR_START_VELOCITY = 105  # abc2midi plays the first note of a bar at 105, other beats at 95, the rest at 80
ONSET_DELAY = 1  # abc2midi's notes start one tick after their place
MOST_SECTIONS = 1_000  # of a tune; the bar starts are looked through for each
MOST_STRAY_BARS = 0.1  # share of the bar starts off the common phase above which a tune's bars drift


@dataclass(frozen=True)
class Aligned:
    """A score whose first bar is whole; whether it was padded, and whether its bars drift all the same."""

    score: Score
    padded: bool
    drifting: bool


def align_bars(score: Score) -> Aligned:
    """Pad the first bar of a score by abc2midi, and the first after each change of time signature or tempo.

    Where bars start is told by velocity 105, which the first note of all has in any case. The phase that most
    bar starts share is made 0; bars drift where more than a tenth of them have another phase.

    Raises:
        MidiError: time signature or tempo change more often than in any tune.
    """
    sections = np.unique(np.concatenate([[0], score.signature_tick, score.tempo_tick])).astype(np.int64)
    if len(sections) > MOST_SECTIONS:
        changes = f"{len(sections):,} changes of time signature or tempo"
        raise MidiError("costly", f"{changes}; a tune may have {MOST_SECTIONS:,}")
    starts = np.sort(score.onset[score.velocity == BAR_START_VELOCITY]).astype(np.int64) - ONSET_DELAY
    section_of_start = np.searchsorted(sections, starts, "right") - 1
    padding = np.zeros(len(sections), np.int64)
    stray = 0
    for number, section in enumerate(sections):
        places = (starts[section_of_start == number] - section) % _bar_ticks(score, section)
        phase = common_phase(places)
        padding[number] = -phase % _bar_ticks(score, section)
        stray += np.count_nonzero(places[1:] != phase)
    drifting = stray > MOST_STRAY_BARS * len(starts)
    return Aligned(_shift(score, sections, np.cumsum(padding)), bool(padding.any()), bool(drifting))


def common_phase(places: np.ndarray) -> int:
    """The place within the bar that most bar starts share; the first one counts only where it is alone.

    Args:
        places: ticks since the last multiple of the bar, of each bar start in order; shape (bar starts,).
    """
    if len(places) == 0:
        return 0
    values, counts = np.unique(places[1:] if len(places) > 1 else places, return_counts=True)
    return int(values[counts.argmax()])


def _bar_ticks(score: Score, tick: int) -> int:
    """Ticks in a bar of the time signature in force; 4/4 where there is none."""
    number = int(np.searchsorted(score.signature_tick, tick, "right")) - 1
    if number < 0:
        return 4 * score.ticks_per_quarter
    numerator, denominator = score.signature_numerator[number], score.signature_denominator[number]
    return max(1, 4 * score.ticks_per_quarter * int(numerator) // int(denominator))


def _shift(score: Score, sections: np.ndarray, silence: np.ndarray) -> Score:
    """Move the notes of each section by the silence up to its start, the start itself by that before it."""
    by = silence[np.searchsorted(sections, score.onset, "right") - 1].astype(np.int32)

    def moved(ticks: np.ndarray) -> np.ndarray:
        before = np.concatenate([[0], silence])[np.searchsorted(sections, ticks, "left")]
        return (ticks + before).astype(np.int32)

    return replace(
        score,
        onset=score.onset + by,
        end=score.end + by,
        tempo_tick=moved(score.tempo_tick),
        signature_tick=moved(score.signature_tick),
        key_tick=moved(score.key_tick),
    )
