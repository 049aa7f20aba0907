"""Bars alike: eight bars of two melodies that agree place by place, in any key, however their notes run.

Two settings of a tune may have no run of notes in common, where one fills in what the other leaps, and yet
have the same on most eighth notes. Eight bars of one melody are compared with all eight bars of the others,
at every transposition: products of large matrices, in which nothing is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.melodies import Melody

BARS = 8
LEAST_PLACES = 6  # of a bar: eighth notes in 4/4 and 6/8, sixteenths in 2/4 and 3/8
LEAST_DISTINCT = 4  # pitches or degrees in eight bars: of fewer, many agree by chance
ROWS = 256  # windows compared at a time, which bounds the memory
SEMITONES = np.arange(12)
# The degree of the scale that is so many semitones above the tonic; one table for all modes.
DEGREES = np.array([0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6])


@dataclass(frozen=True)
class Alike:
    """Pairs of melodies that have eight bars alike, each pair once.

    Attributes:
        ours, theirs: numbers of the two melodies; int64, shape (pairs,).
        share: of the places in their most alike eight bars, how many agree; 0 … 1.
    """

    ours: np.ndarray
    theirs: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class _Windows:
    """Eight bars each: what sounds on each place, shape (windows, places), and whose they are."""

    symbols: np.ndarray
    melody: np.ndarray


def find_alike_bars(
    ours: Sequence[Melody],
    theirs: Sequence[Melody],
    enough: float,
    table: np.ndarray = SEMITONES,
    backwards: bool = False,
) -> Alike:
    """Find the pairs of melodies that agree on enough places of some eight bars.

    A place is an eighth note, or the shorter or longer one of which a bar has 6 … 11: so 2/4 in sixteenths is
    compared with 4/4 in eighths. Ours are taken from every second bar line on, theirs from every half
    bar too.

    Args:
        ours, theirs: melodies, which begin on a bar line.
        enough: share of the places, 0 … 1.
        table: what to compare, by semitones above the tonic: ``SEMITONES``, or ``DEGREES`` of the scale, of
            which the parallel minor has the same, and a third above too. Any transposition of them counts.
        backwards: read ours from the end, as a control: what agrees then does so by chance.
    """
    found = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for places in sorted({_places(melody)[0] for melody in ours}):
        left = _windows(ours, places, 2 * places, table, backwards)
        right = _windows(theirs, places, places if places % 2 else places // 2, table)
        found += _compare(left, right, table.max() + 1, enough)
    here, there, share = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((-share, there, here))
    here, there, share = here[order], there[order], share[order]
    first = np.append(True, (np.diff(here) != 0) | (np.diff(there) != 0))[: len(here)]
    return Alike(here[first], there[first], share[first])


def _places(melody: Melody) -> tuple[int, int]:
    """Places in a bar of the melody, and steps from place to place."""
    steps = melody.steps_per_bar
    halvings = max(0, (steps // LEAST_PLACES).bit_length() - 1)
    while steps % 2**halvings:
        halvings -= 1
    return steps >> halvings, 1 << halvings


def _windows(
    melodies: Sequence[Melody], places: int, hop: int, table: np.ndarray, backwards: bool = False
) -> _Windows:
    """Eight bars from every ``hop`` places on, of the melodies that have so many places in a bar."""
    symbols, owners = [np.zeros((0, BARS * places), np.int64)], [np.zeros(0, np.int64)]
    for number, melody in enumerate(melodies):
        line = _line(melody, table) if _places(melody)[0] == places else np.zeros(0, np.int64)
        if len(line) < BARS * places:
            continue
        line = line[: len(line) // places * places][:: -1 if backwards else 1]
        windows = np.lib.stride_tricks.sliding_window_view(line, BARS * places)[::hop]
        distinct = 1 + np.count_nonzero(np.diff(np.sort(windows)), axis=1)
        symbols.append(windows[distinct >= LEAST_DISTINCT])
        owners.append(np.full(len(symbols[-1]), number))
    return _Windows(np.concatenate(symbols), np.concatenate(owners))


def _line(melody: Melody, table: np.ndarray) -> np.ndarray:
    """What sounds on each place of a melody, or has sounded last; before the first note, the first."""
    onset, _, pitch = melody.notes()
    tonic = melody.key.tonic if melody.key else 0
    step = np.arange(0, len(melody.events), _places(melody)[1])
    note = np.searchsorted(onset, step, side="right") - 1
    return table[(pitch[np.maximum(note, 0)] - tonic) % 12]


def _compare(
    left: _Windows, right: _Windows, symbols: int, enough: float
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Melodies of the pairs of windows that agree enough at some transposition, and the shares."""
    found = []
    known = _one_hot(right.symbols, symbols).T
    places = left.symbols.shape[1]
    for low in range(0, len(left.melody), ROWS):
        rows = left.symbols[low : low + ROWS]
        agree = _one_hot(rows, symbols) @ known
        for moved in range(1, symbols):
            np.maximum(agree, _one_hot((rows + moved) % symbols, symbols) @ known, out=agree)
        ours, theirs = np.nonzero(agree >= enough * places - 1e-3)
        found.append((left.melody[low + ours], right.melody[theirs], agree[ours, theirs] / places))
    return found


def _one_hot(windows: np.ndarray, symbols: int) -> np.ndarray:
    """A 1 for the symbol on each place, so that a product counts what agrees; shape (windows, …)."""
    return np.eye(symbols, dtype=np.float32)[windows].reshape(len(windows), windows.shape[1] * symbols)
