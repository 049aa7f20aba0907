"""What a melody shares with the training melodies: the longest passage, in any key."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.datasets import Notes, extend_hashes, notes_of, step_symbols


@dataclass(frozen=True)
class Copy:
    """A passage of a melody that a training melody has too, in whatever key.

    Attributes:
        notes: how many notes both have, at least 2.
        start, end: the steps of the melody from its first note to the end of its last.
        source: index of the training melody; the first one that has it.
        source_start, source_end: the same steps of the training melody.
    """

    notes: int
    start: int
    end: int
    source: int
    source_start: int
    source_end: int


def longest_copies(melodies: Sequence[np.ndarray], training: Sequence[np.ndarray]) -> list[Copy | None]:
    """The longest passage of each melody that a training melody has too; None when no two notes agree.

    The intervals and the times between the onsets are the same; how long the last note lasts is not compared.
    Passages of two notes, then three, … are hashed at every place on both sides, and only the places with a
    counterpart on the other side grow further.

    Args:
        melodies, training: events, each of shape (steps,).
    """
    notes = notes_of([*melodies, *training])
    symbols = step_symbols(notes)
    steps_left = np.searchsorted(notes.melody, notes.melody, side="right") - np.arange(len(notes)) - 1
    ours, theirs = np.split(np.arange(len(notes)), [np.searchsorted(notes.melody, len(melodies))])
    our_hashes, their_hashes = np.zeros(len(ours), np.uint64), np.zeros(len(theirs), np.uint64)
    best: dict[int, tuple[int, int, int]] = {}  # melody: notes, first note, first note of the counterpart
    steps = 0
    while len(ours):
        ours, our_hashes = _grow(ours, our_hashes, symbols, steps_left, steps)
        theirs, their_hashes = _grow(theirs, their_hashes, symbols, steps_left, steps)
        steps += 1
        counterpart, wanted = _match(our_hashes, their_hashes, theirs)
        found = counterpart >= 0
        ours, our_hashes, counterpart = ours[found], our_hashes[found], counterpart[found]
        theirs, their_hashes = theirs[wanted], their_hashes[wanted]
        _, first = np.unique(notes.melody[ours], return_index=True)
        for place in first:
            best[int(notes.melody[ours[place]])] = steps + 1, int(ours[place]), int(counterpart[place])
    return [
        _copy(notes, len(melodies), *best[index]) if index in best else None for index in range(len(melodies))
    ]


def _grow(
    first: np.ndarray, hashes: np.ndarray, symbols: np.ndarray, steps_left: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Passages of ``steps`` steps made longer by one, where their melody goes on: first notes, hashes."""
    room = steps_left[first] > steps
    first = first[room]
    return first, extend_hashes(hashes[room], symbols[first + steps])


def _match(
    our_hashes: np.ndarray, their_hashes: np.ndarray, theirs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each of our passages the first counterpart or −1; for each of theirs whether it is one."""
    distinct, index = np.unique(our_hashes, return_inverse=True)
    place = np.minimum(np.searchsorted(distinct, their_hashes), max(0, len(distinct) - 1))
    wanted = distinct[place] == their_hashes if len(distinct) else np.zeros(len(theirs), dtype=bool)
    counterpart = np.full(len(distinct), -1)
    counterpart[place[wanted][::-1]] = theirs[wanted][::-1]  # of several the first stays
    return counterpart[index], wanted


def _copy(notes: Notes, melodies: int, count: int, first: int, counterpart: int) -> Copy:
    """The passage of ``count`` notes from note ``first``, and its counterpart in the training melodies."""
    ends = notes.onset + notes.length
    return Copy(
        notes=count,
        start=int(notes.onset[first]),
        end=int(ends[first + count - 1]),
        source=int(notes.melody[counterpart]) - melodies,
        source_start=int(notes.onset[counterpart]),
        source_end=int(ends[counterpart + count - 1]),
    )
