"""Windows: each event predicted once, from the event before it, by a state that starts with its melody."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.datasets.streams import deal, next_event_reading, num_windows, stream_windows
from melody_tutorial.training.windows import tf_windows

any_melodies = st.lists(
    st.lists(st.integers(0, 37), min_size=1, max_size=30).map(lambda ids: np.array(ids, dtype=np.uint8)),
    min_size=1,
    max_size=12,
)


def rows_of(windows):
    """The streams put together again: inputs, labels, mask, resets, each (batch, steps)."""
    return [np.concatenate(columns, axis=1) for columns in zip(*windows, strict=True)]


def test_two_melodies_in_one_stream():
    (first, second) = stream_windows([np.array([5, 6, 7]), np.array([8, 9])], batch_size=1, window=3)
    assert first.inputs.tolist() == [[5, 6, 7]]
    assert first.labels.tolist() == [[6, 7, 0]]
    assert first.mask.tolist() == [[1, 1, 0]]  # what follows a melody is not its business
    assert first.resets.tolist() == [[True, False, False]]
    assert second.inputs.tolist() == [[8, 9, 0]]
    assert second.labels.tolist() == [[9, 0, 0]]
    assert second.mask.tolist() == [[1, 0, 0]]
    assert second.resets.tolist() == [[True, False, False]]


@given(any_melodies, st.integers(1, 5), st.integers(1, 9), st.one_of(st.none(), st.integers(0, 9)))
def test_every_event_is_predicted_once_from_all_of_its_melody(melodies, batch_size, window, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    windows = list(stream_windows(melodies, batch_size, window, rng))
    assert len(windows) == num_windows([len(ids) for ids in melodies], batch_size, window)
    inputs, labels, mask, resets, counted, onsets = rows_of(windows)
    np.testing.assert_array_equal(counted, mask)
    np.testing.assert_array_equal(onsets, mask * (labels >= 2))
    assert inputs.shape == (batch_size, len(windows) * window)
    assert inputs.dtype == labels.dtype == np.uint8
    found = []
    for row in range(batch_size):  # walk along the stream as the network does, with its state as a list
        state = None
        for ids, label, counts, reset in zip(inputs[row], labels[row], mask[row], resets[row], strict=True):
            if reset:
                found.append(state := [])
            if counts == 1:
                assert state is not None
                state.append((int(ids), int(label)))
            else:
                assert counts == 0
                state = None  # a melody is over: nothing may follow it but a reset or padding
    expected = [list(zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True)) for ids in melodies]
    assert sorted(found) == sorted(expected)


@given(any_melodies, st.integers(1, 5))
def test_streams_are_nearly_equal(melodies, batch_size):
    lengths = np.array([len(ids) for ids in melodies])
    streams = deal(lengths, batch_size)
    assert sorted(index for stream in streams for index in stream) == list(range(len(melodies)))
    totals = [lengths[stream].sum() for stream in streams]
    if len(melodies) >= batch_size:
        assert max(totals) - min(totals) <= lengths.max()
    assert max(totals) <= 4 / 3 * max(lengths.sum() / batch_size, lengths.max()) + lengths.max() / 3


def test_padding_stands_only_at_the_end():
    rng = np.random.default_rng(0)
    melodies = [rng.integers(0, 38, size=rng.integers(40, 513)).astype(np.uint8) for _ in range(200)]
    windows = list(stream_windows(melodies, 8, 64, rng))
    steps = sum(window.inputs.size for window in windows)
    assert steps < sum(map(len, melodies)) + 8 * (64 + 40)


def test_the_seed_decides_the_order():
    melodies = [np.full(5, number, dtype=np.uint8) for number in range(30)]
    passes = [
        np.concatenate(
            [window.inputs for window in stream_windows(melodies, 4, 8, np.random.default_rng(seed))]
        )
        for seed in (1, 1, 2)
    ]
    assert (passes[0] == passes[1]).all()
    assert (passes[0] != passes[2]).any()


def test_tensorflow_gets_the_same_windows():
    melodies = [np.arange(length, dtype=np.uint8) for length in (9, 12, 20)]
    ours = list(stream_windows(melodies, 2, 8, np.random.default_rng(3)))
    readings = [next_event_reading(ids) for ids in melodies]
    theirs = list(tf_windows(readings, 2, 8, np.random.default_rng(3)))
    assert len(ours) == len(theirs)
    for left, right in zip(ours, theirs, strict=True):
        for ours_array, theirs_tensor in zip(left, right, strict=True):
            assert theirs_tensor.dtype.as_numpy_dtype == ours_array.dtype
            assert (theirs_tensor.numpy() == ours_array).all()
        assert right.inputs.shape == (2, 8)
