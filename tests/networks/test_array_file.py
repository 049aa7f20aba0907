"""Arrays from strangers: what is no plain array of numbers is refused before memory is taken for it."""

import contextlib
import io
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.networks.array_file import read_arrays

ARRAYS = {
    "kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "step": np.array(7, np.int64),
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "none": np.zeros((0, 5), np.float32),
}


def npz(**arrays) -> bytes:
    """What ``numpy.savez`` writes."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def member(data: bytes, name: str = "kernel.npy", method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def npy(shape: str, dtype: str = "<f4", data: bytes = b"") -> bytes:
    """An array file of version 1.0 by hand: its magic, the header's length in two bytes, header, numbers."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def test_what_numpy_wrote_is_read_again():
    found = read_arrays(io.BytesIO(npz(**ARRAYS)))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


PACKED = io.BytesIO()
np.savez_compressed(PACKED, kernel=np.zeros(2_500_000, np.float32))
FAULTS = {
    "an empty file": (b"", "File is not a zip file"),
    "one array alone": (npy("(1,)", data=bytes(4)), "File is not a zip file"),
    "a pickle": (pickle.dumps({}), "File is not a zip file"),
    "cut short": (npz(**ARRAYS)[:-9], "File is not a zip file"),
    "no array": (member(b"", "readme.txt"), "holds 'readme.txt', which is no array"),
    "an empty array file": (member(b""), "EOF"),
    "packed": (PACKED.getvalue(), "kernel.npy is packed"),
    "complex numbers": (npz(kernel=np.zeros(2, complex)), "kernel.npy holds complex128"),
    "dates": (npz(kernel=np.zeros(2, "M8[s]")), "kernel.npy holds datetime64"),
    "text": (npz(kernel=np.array("text")), "kernel.npy holds <U4"),
    "objects, pickled": (npz(kernel=np.array([{}], object)), "kernel.npy holds object"),
    "a terabyte, it says": (
        member(npy("(250000000000,)")),
        "shape is (250000000000,), which its bytes are not",
    ),
    "fewer than nothing": (member(npy("(-4,)", data=bytes(16))), "its bytes are not"),
    "a version that there is not": (member(b"\x93NUMPY\x09\x00"), "version"),
    "a header that is no Python": (
        member(npy("(")),
        "",
    ),  # in words of Python's, which differ from version to version
    "a check sum that is wrong": (npz(kernel=np.zeros(9)).replace(bytes(72), bytes(71) + b"\x01"), "CRC"),
}


@pytest.mark.parametrize(("data", "found"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_no_file_of_numbers_is_refused_in_words(data, found):
    tracemalloc.start()
    with pytest.raises(ValueError) as error:
        read_arrays(io.BytesIO(data))
    assert str(error.value)
    assert found in str(error.value)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_text_is_read_where_it_is_allowed():
    assert read_arrays(io.BytesIO(npz(notes=np.array("text"))), "U")["notes"] == "text"


def test_a_file_that_is_missing_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "none.npz")


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=5))
def test_altered_files_are_read_or_refused(changes):
    data = bytearray(npz(kernel=ARRAYS["kernel"], step=ARRAYS["step"]))
    for place, byte in changes:
        data[int(place * len(data))] = byte
    with contextlib.suppress(ValueError):
        assert all(array.dtype.kind in "fiu" for array in read_arrays(io.BytesIO(data)).values())
