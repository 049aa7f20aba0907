"""The state of a training is a stranger's file: it is read, or refused in a sentence, whatever it holds."""

import json

import numpy as np
import pytest

from melody_tutorial.errors import UserError
from melody_tutorial.training.state import check_arrays, read_state

NOTES = {"model": {}, "training": {}, "progress": {}}


def write(folder, **arrays):
    """A state of these arrays, and of notes unless they are among them."""
    np.savez(folder / "training_state.npz", **{"notes": np.array(json.dumps(NOTES)), **arrays})


def test_notes_and_arrays_are_read_again(tmp_path):
    write(tmp_path, **{"weights/a": np.ones(3, np.float32)})
    notes, arrays = read_state(tmp_path)
    assert notes == NOTES
    assert {name: array.tolist() for name, array in arrays.items()} == {"weights/a": [1, 1, 1]}


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04}.", b"PK\x05\x06" + bytes(18)], ids=["empty", "pickle", "no notes"]
)
def test_a_file_of_something_else_is_refused(tmp_path, data):
    (tmp_path / "training_state.npz").write_bytes(data)
    with pytest.raises(UserError, match=r"training_state.npz cannot be read .* train anew"):
        read_state(tmp_path)


@pytest.mark.parametrize("notes", ["", "[]", "7", "{}", '{"model": 1, "training": {}, "progress": {}}'])
def test_notes_of_something_else_are_refused(tmp_path, notes):
    write(tmp_path, notes=np.array(notes))
    with pytest.raises(UserError, match=r"training_state.npz cannot be read"):
        read_state(tmp_path)


def test_packed_arrays_are_refused(tmp_path):
    """1.9 MB were 2 GB of zeros."""
    np.savez_compressed(tmp_path / "training_state.npz", notes=np.array(json.dumps(NOTES)), a=np.zeros(9))
    with pytest.raises(UserError, match="packed"):
        read_state(tmp_path)


@pytest.mark.parametrize(
    ("array", "found"),
    [
        (None, "holds for a nothing, this training has the shape (2,) of float32"),
        (np.zeros(3, np.float32), "holds for a the shape (3,) of float32"),
        (np.zeros(2, np.int32), "holds for a the shape (2,) of int32"),
        (np.array([0, np.nan], np.float32), "a holds values that are not finite"),
    ],
)
def test_an_array_that_is_not_the_network_s_is_named(tmp_path, array, found):
    arrays = {} if array is None else {"a": array}
    with pytest.raises(UserError) as error:
        check_arrays(tmp_path, arrays, {"a": np.zeros(2, np.float32)})
    assert found in str(error.value)
