"""Batches for truncated backpropagation through time: melodies end to end in parallel streams.

Row b of a window goes on where row b of the window before it ended, so the network's state is carried along;
where a melody starts, it is reset. Every event of a melody but the first is predicted once, from all of the
melody before it, and nothing is spent on padding but at the very end.
"""

import heapq
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    pass


class Window(NamedTuple):
    """What one update reads: ``window`` events of each of ``batch_size`` streams.

    Attributes:
        inputs: token ids, uint8, shape (batch, window).
        labels: the event after each input in the same melody, uint8, shape (batch, window).
        mask: 1 where there is such an event; 0 at the end of a melody and on padding; float32.
        resets: whether the input is the first of its melody, so that the state before it is zero; bool.
    """

    inputs: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    resets: np.ndarray


def stream_windows(
    melodies: Sequence[np.ndarray], batch_size: int, window: int, rng: np.random.Generator | None = None
) -> Iterator[Window]:
    """One pass over all melodies, each whole in one stream, as windows to be taken in this order.

    Args:
        melodies: token ids, each uint8 of shape (steps,).
        batch_size: number of streams; those left over when there are fewer melodies hold padding.
        window: steps in a window.
        rng: shuffles the melodies; None keeps one fixed order.

    Yields:
        ``num_windows(melodies, batch_size, window)`` windows.
    """
    for arrays in zip(*all_windows(melodies, batch_size, window, rng), strict=True):
        yield Window(*arrays)


def num_windows(melodies: Sequence[np.ndarray], batch_size: int, window: int) -> int:
    """Windows in one pass; shuffling does not change it."""
    lengths = np.array([len(ids) for ids in melodies], dtype=int)
    longest = max(lengths[stream].sum() for stream in deal(lengths, batch_size))
    return int(-(-longest // window))


def deal(lengths: np.ndarray, batch_size: int) -> list[list[int]]:
    """Deal melodies to streams of nearly equal length: the longest first, each to the shortest stream.

    (Graham's longest-processing-time rule, 1969.) Melodies of equal length are taken in the order given.

    Args:
        lengths: events of each melody, shape (melodies,).
        batch_size: number of streams.

    Returns:
        For each stream the indices of its melodies, longest first.
    """
    streams: list[list[int]] = [[] for _ in range(batch_size)]
    shortest = [(0, stream) for stream in range(batch_size)]  # a heap of (events so far, stream)
    for melody in np.argsort(-lengths, kind="stable").tolist():
        events, stream = shortest[0]
        streams[stream].append(melody)
        heapq.heapreplace(shortest, (events + int(lengths[melody]), stream))
    return streams


def all_windows(
    melodies: Sequence[np.ndarray], batch_size: int, window: int, rng: np.random.Generator | None
) -> Window:
    """All windows of one pass, stacked: arrays of shape (windows, batch, window)."""
    if rng is not None:
        melodies = [melodies[index] for index in rng.permutation(len(melodies))]
    lengths = np.array([len(ids) for ids in melodies], dtype=int)
    streams = deal(lengths, batch_size)
    if rng is not None:
        for stream in streams:
            rng.shuffle(stream)
    order = [index for stream in streams for index in stream]
    ids = np.concatenate([np.zeros(0, dtype=np.uint8), *(melodies[index] for index in order)])
    ends = np.cumsum(lengths[order])
    last = np.zeros(len(ids), dtype=bool)
    last[ends[ends > 0] - 1] = True
    columns = Window(
        inputs=ids,
        labels=np.where(last, 0, np.roll(ids, -1)),
        mask=(~last).astype(np.float32),
        resets=np.roll(last, 1),
    )
    return _cut(columns, [int(lengths[stream].sum()) for stream in streams], window)


def _cut(columns: Window, events: list[int], window: int) -> Window:
    """Lay columns, stream after stream, in rows padded with zeros, and cut the rows into windows."""
    count = -(-max(events) // window)
    filled = np.arange(count * window) < np.array(events)[:, None]  # (batch, steps)
    rows = [np.zeros(filled.shape, dtype=column.dtype) for column in columns]
    for row, column in zip(rows, columns, strict=True):
        row[filled] = column
    return Window(*(row.reshape(len(events), count, window).swapaxes(0, 1) for row in rows))
