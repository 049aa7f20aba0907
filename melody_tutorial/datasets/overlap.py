"""Overlap: how much of the held-out melodies still stands in training, beside what chance would give.

Measured apart from the search for relatives, and without its caps: each held-out melody is compared with all
of training, by grams of its notes, and by grams of what sounds on each quarter note.
"""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.datasets.grams import GramTable, Line, gram_table, line_of_beats, line_of_notes
from melody_tutorial.datasets.passages import notes_of
from melody_tutorial.melodies import Melody

NOTE_INTERVALS, BEAT_INTERVALS = 7, 8  # in a gram of notes, and of quarters
MUCH = 0.25  # share of a melody's grams from which it counts as overlapping
CELLS = 1 << 19  # pairs of melodies compared at a time, which bounds the memory


def overlap_left(melodies: Sequence[Melody], held_out: np.ndarray) -> dict[str, dict[str, float]]:
    """Count the held-out melodies that have much in common with one melody of training.

    Two melodies overlap by the grams that both have, whatever the key, as a share of the distinct grams of
    the one that has fewer.

    Args:
        melodies: of both sides.
        held_out: which are held out; bool.

    Returns:
        For grams of "intervals" from note to note, rhythm ignored, and from quarter to quarter, "beats": the
        number of held-out "melodies" that overlap with one of training by ``MUCH`` or more, their "share" of
        all held out, and the share that does so when read "backwards", which shows what scales and other
        common figures alone would give.
    """
    notes = notes_of([melody.events for melody in melodies])
    beat = np.array([melody.steps_per_quarter for melody in melodies], dtype=np.int64)[notes.melody]
    lines = {
        "intervals": (line_of_notes(notes), NOTE_INTERVALS),
        "beats": (line_of_beats(notes, beat), BEAT_INTERVALS),
    }
    return {name: _figures(line, intervals, held_out) for name, (line, intervals) in lines.items()}


def _figures(line: Line, intervals: int, held_out: np.ndarray) -> dict[str, float]:
    """What ``overlap_left`` says of one kind of grams."""
    backwards = Line(line.pitch[::-1], line.melody[::-1])
    table, mirrored = (gram_table([(each, intervals, 1)], len(held_out)) for each in (line, backwards))
    found, by_chance = (
        int((largest_overlaps(grams, table, held_out) >= MUCH).sum()) for grams in (table, mirrored)
    )
    number = max(1, int(held_out.sum()))
    return {"melodies": found, "share": round(found / number, 4), "backwards": round(by_chance / number, 4)}


def largest_overlaps(grams: GramTable, table: GramTable, held_out: np.ndarray) -> np.ndarray:
    """Largest overlap of each held-out melody, by ``grams``, with one of training, by ``table``: 0 … 1."""
    sizes = np.bincount(table.melody, minlength=len(held_out))
    held_sizes, trained_sizes = np.maximum(sizes[held_out], 1), np.maximum(sizes[~held_out], 1)
    held_rows, trained_rows = held_out[grams.melody], ~held_out[table.melody]
    held = (np.cumsum(held_out) - 1)[grams.melody[held_rows]]  # counted among the held-out alone
    trained = (np.cumsum(~held_out) - 1)[table.melody[trained_rows]]
    gram, known = grams.gram[held_rows], table.gram[trained_rows]
    first = np.searchsorted(known, gram, side="left")
    found = np.searchsorted(known, gram, side="right") - first
    largest = np.zeros(len(held_sizes))
    block = max(1, CELLS // max(1, len(trained_sizes)))
    for low in range(0, len(largest), block):
        smaller = np.minimum(held_sizes[low : low + block, None], trained_sizes)
        rows = np.flatnonzero((held >= low) & (held < low + block))
        spread = np.repeat(first[rows] - np.cumsum(found[rows]) + found[rows], found[rows])
        partner = trained[spread + np.arange(len(spread))]
        cell = np.repeat(held[rows] - low, found[rows]) * len(trained_sizes) + partner
        common = np.bincount(cell, minlength=smaller.size).reshape(smaller.shape)
        largest[low : low + block] = (common / smaller).max(axis=1, initial=0)
    return largest
