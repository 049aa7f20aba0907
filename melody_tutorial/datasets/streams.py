"""Batches for truncated backpropagation through time: melodies end to end in parallel streams.

Row b of a window goes on where row b of the window before it ended, so the network's state is carried along;
where a melody starts, it is reset. Every event of a melody but the first is predicted once, from all of the
melody before it, and nothing is spent on padding but at the very end.
"""

import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from melody_tutorial.melodies import NUM_SPECIAL_EVENTS


class Window(NamedTuple):
    """What one update reads: ``window`` steps of each of ``batch_size`` streams.

    Attributes:
        inputs: token ids, uint8, shape (batch, window); or columns of numbers, (batch, window, columns).
        labels: what is to be said after each input, such as the next event of the same melody; uint8, shape
            (batch, window).
        mask: 1 where something does; 0 at the end of a melody and on padding; float32.
        resets: whether the input is the first of its melody, so that the state before it is zero; bool.
        counted: 1 where figures count it; float32.
        onsets: 1 where they do and it is an onset; float32.
    """

    inputs: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    resets: np.ndarray
    counted: np.ndarray
    onsets: np.ndarray


class Reading(NamedTuple):
    """A melody, step by step: what a model reads, and what it is to say.

    Attributes:
        inputs, labels, mask, counted, onsets: as of ``Window``, without the axis of the batch.
    """

    inputs: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    counted: np.ndarray
    onsets: np.ndarray


def next_event_reading(ids: np.ndarray) -> Reading:
    """Each event of a melody is read, and the one after it is to be said."""
    mask = np.ones(len(ids), np.float32)
    mask[-1:] = 0
    labels = np.append(ids[1:], ids[:1] * 0)
    return Reading(ids, labels, mask, mask, mask * (labels >= NUM_SPECIAL_EVENTS))


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
        as many as ``num_windows`` says.
    """
    for arrays in zip(*all_windows(melodies, batch_size, window, rng), strict=True):
        yield Window(*arrays)


def num_windows(lengths: Sequence[int], batch_size: int, window: int) -> int:
    """Windows in one pass over melodies of so many steps; shuffling does not change it."""
    lengths = np.array(lengths, int)
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
    """All windows of one pass over token ids, stacked: arrays of shape (windows, batch, window)."""
    return windows_of([next_event_reading(ids) for ids in melodies], batch_size, window, rng)


def windows_of(
    readings: Sequence[Reading], batch_size: int, window: int, rng: np.random.Generator | None
) -> Window:
    """All windows of one pass over readings, stacked: arrays of shape (windows, batch, window, …)."""
    if rng is not None:
        readings = [readings[index] for index in rng.permutation(len(readings))]
    lengths = np.array([len(reading.labels) for reading in readings], dtype=int)
    streams = deal(lengths, batch_size)
    if rng is not None:
        for stream in streams:
            rng.shuffle(stream)
    order = [index for stream in streams for index in stream]
    inputs, labels, mask, counted, onsets = (
        np.concatenate(part) for part in zip(*(readings[index] for index in order), strict=True)
    )
    ends = np.cumsum(lengths[order])
    resets = np.zeros(len(labels), dtype=bool)
    resets[np.append(0, ends)[:-1][lengths[order] > 0]] = True
    columns = Window(inputs, labels, mask, resets, counted, onsets)
    return _cut(columns, [int(lengths[stream].sum()) for stream in streams], window)


def _cut(columns: Window, events: list[int], window: int) -> Window:
    """Lay columns, stream after stream, in rows padded with zeros, and cut the rows into windows."""
    count = -(-max(events) // window)
    filled = np.arange(count * window) < np.array(events)[:, None]  # (batch, steps)
    rows = [np.zeros((*filled.shape, *column.shape[1:]), dtype=column.dtype) for column in columns]
    for row, column in zip(rows, columns, strict=True):
        row[filled] = column
    shape = (len(events), count, window)
    return Window(*(row.reshape(*shape, *row.shape[2:]).swapaxes(0, 1) for row in rows))
