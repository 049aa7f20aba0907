"""Melodies of known descent: variants as players and editors make them, and tunes made by chance."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from melody_tutorial.datasets import extend_hashes, notes_of, step_symbols
from melody_tutorial.melodies import Melody

ORNAMENTED = 0.1  # share of the notes
BARS_FOR_A_CHANGE = 2
ORDER = 4  # of the chain: about as many candidates as among as many real tunes
LOWEST, RANGE = 55, 30  # pitches of tunes made by chance

Change = Callable[[Melody, np.random.Generator], Melody]


def transposed(melody: Melody, rng: np.random.Generator) -> Melody:
    """In another key, at most a tritone away."""
    semitones = rng.choice([*range(-6, 0), *range(1, 7)])
    events = np.where(melody.events >= 0, melody.events + semitones, melody.events)
    return replace(melody, events=events.astype(np.int8))


def doubled(melody: Melody, rng: np.random.Generator) -> Melody:
    """In double note values, in bars of twice the length or of the same."""
    events = np.full(2 * len(melody.events), -2, dtype=np.int8)
    events[::2] = melody.events
    return replace(melody, events=events, steps_per_bar=melody.steps_per_bar * int(rng.choice([1, 2])))


def ornamented(melody: Melody, rng: np.random.Generator) -> Melody:
    """With the next pitch above or below before, within or after a tenth of the notes."""
    onset, end, pitch = melody.notes()
    events = melody.events.copy()
    (long,) = np.nonzero(end - onset >= 2)
    for note in rng.permutation(long)[: round(ORNAMENTED * len(onset))]:
        start, length = onset[note], end[note] - onset[note]
        ornament, part = neighbour(pitch, note, rng), max(1, length // 4)
        kind = rng.choice(["before", "within", "after"] if length >= 3 else ["before", "after"])
        if kind == "before":
            events[start], events[start + part] = ornament, pitch[note]
        elif kind == "within":
            events[start + part], events[start + 2 * part] = ornament, pitch[note]
        else:
            events[end[note] - part] = ornament
    return replace(melody, events=events)


def changed(melody: Melody, rng: np.random.Generator) -> Melody:
    """With one note of every two bars moved to another pitch of the tune."""
    onset, _, pitch = melody.notes()
    events = melody.events.copy()
    place = onset // (BARS_FOR_A_CHANGE * melody.steps_per_bar)
    for bars in np.unique(place):
        note = rng.choice(np.flatnonzero(place == bars))
        events[onset[note]] = neighbour(pitch, note, rng, farthest=3)
    return replace(melody, events=events)


def neighbour(pitch: np.ndarray, note: int, rng: np.random.Generator, farthest: int = 1) -> int:
    """Another pitch of the tune, at most so many places from that of a note, up or down."""
    pitches = np.unique(pitch)
    place = int(np.searchsorted(pitches, pitch[note]))
    near = [other for other in range(place - farthest, place + farthest + 1) if other != place]
    return pitches[rng.choice([other for other in near if 0 <= other < len(pitches)])]


def rebarred(melody: Melody, rng: np.random.Generator) -> Melody:
    """In bars of half the length or twice the length, the first bar line at another note."""
    silence = np.full(rng.integers(1, melody.steps_per_bar), -2, dtype=np.int8)
    bar = int(melody.steps_per_bar * rng.choice([0.5, 2]))
    return replace(melody, events=np.append(silence, melody.events), steps_per_bar=bar)


def without_pickup(melody: Melody, rng: np.random.Generator) -> Melody:
    """Without what stands before the first full bar."""
    first = int(melody.notes()[0][0])
    bar = melody.steps_per_bar
    return replace(melody, events=melody.events[bar if first % bar else 0 :])


VARIANTS: dict[str, Sequence[Change]] = {
    "transposed": [transposed],
    "doubled": [doubled],
    "ornamented": [ornamented],
    "changed": [changed],
    "rebarred": [rebarred],
    "without pickup": [without_pickup],
    "all at once": [without_pickup, changed, doubled, ornamented, rebarred, transposed],
}


def vary(melody: Melody, changes: Sequence[Change], rng: np.random.Generator) -> Melody:
    """Make one change after the other."""
    for change in changes:
        melody = change(melody, rng)
    return melody


def backwards(melody: Melody) -> Melody:
    """The same notes from last to first: as many scales and figures, but no relative."""
    _, end, pitch = melody.notes()
    events = np.full(len(melody.events), -2, dtype=np.int8)
    events[len(events) - end] = pitch
    return replace(melody, events=events)


def tunes_by_chance(models: Sequence[Melody], number: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Events of tunes that go on, after any ``ORDER`` steps from note to note, as some model does after them.

    A Markov chain, all tunes at a time: from where a tune is in the models it jumps to any place that comes
    after the same steps, and takes the step that follows there.
    """
    notes = notes_of([melody.events for melody in models])
    states, intervals = step_symbols(notes), np.diff(notes.pitch)
    times = np.clip(np.diff(notes.onset), 1, 16)
    for _ in range(ORDER - 1):
        states = extend_hashes(np.append(states[:1], states[:-1]), step_symbols(notes))
    # Steps with ORDER steps of their melody before them, and what those are.
    inside = np.flatnonzero(notes.melody[: -ORDER - 1] == notes.melody[ORDER + 1 :]) + ORDER
    places = inside[np.argsort(states[inside - 1])]
    before = states[places - 1]
    lengths = rng.choice(np.bincount(notes.melody), number)
    here, steps = rng.choice(places, number), []
    for _ in range(lengths.max()):
        steps.append((intervals[here], times[here]))
        low, high = (np.searchsorted(before, states[here], side=side) for side in ("left", "right"))
        chosen = places[np.minimum(low + rng.integers(0, np.maximum(high - low, 1)), len(places) - 1)]
        here = np.where(high > low, chosen, rng.choice(places, number))
    moves, waits = np.array(steps).transpose(1, 2, 0)  # (tunes, steps) each
    pitch = LOWEST + (np.cumsum(moves, axis=1) + rng.integers(0, RANGE, (number, 1))) % RANGE
    onset = np.cumsum(waits, axis=1) - waits
    return [_events(onset[tune, :length], pitch[tune, :length]) for tune, length in enumerate(lengths)]


def _events(onset: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    events = np.full(onset[-1] + 4, -2, dtype=np.int8)
    events[onset] = pitch
    return events
