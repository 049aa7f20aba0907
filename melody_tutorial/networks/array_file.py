"""Arrays of an ``.npz`` file whose bytes nobody vouches for: no array is read before its header is."""

import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

DATE = 1980, 1, 1, 0, 0, 0  # of all arrays in a file
LONGEST_HEADER = 10_000  # bytes; those of NumPy have 118
NUMBERS = "fiu"  # NumPy's letters for floats and integers; c would be complex, M dates, O pickled objects


def arrays_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An ``.npz`` of arrays, float16 or else as float32, whose bytes depend on names and numbers alone.

    ``numpy.savez`` promises neither fixed dates nor one order of the members.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", DATE)
            member.create_system = 3  # the same on every operating system
            file = io.BytesIO()
            kind = "<f2" if arrays[name].dtype == np.float16 else "<f4"
            np.lib.format.write_array(file, np.ascontiguousarray(arrays[name], kind), version=(1, 0))
            archive.writestr(member, file.getvalue())
    return buffer.getvalue()


def read_arrays(file: str | Path | IO[bytes], kinds: str = NUMBERS) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` as ``numpy.savez`` writes it: not packed, so that they hold no more than it.

    Nothing is unpickled, and no memory is taken before the size of an array is known to be that of its bytes.

    Args:
        file: its path, or the file, open and seekable.
        kinds: letters of the allowed kinds of numbers, as in ``numpy.dtype.kind``.

    Raises:
        ValueError: it is no such file; says in words why.
        OSError: it cannot be read at all.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            check_members(archive, members)
            return {
                member.filename.removesuffix(".npy"): read_array(archive, member, kinds) for member in members
            }
    except (OSError, ValueError, MemoryError):
        raise
    except Exception as error:  # of zipfile, struct, zlib or NumPy: what is odd ends in any kind of error
        raise ValueError(f"{type(error).__name__}: {error}") from error


def check_members(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Raise a ValueError unless the members are plain arrays, one of each name, that fit into the archive."""
    if len({member.filename for member in members}) < len(members):
        raise ValueError("two of its arrays have one name")
    for member in members:
        if not member.filename.endswith(".npy"):
            raise ValueError(f"it holds {member.filename!r}, which is no array")
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise ValueError(f"{member.filename} is packed; arrays are written as they are")
    if sum(member.file_size for member in members) > archive.fp.seek(0, 2):
        raise ValueError("its arrays lie one over another")


def read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, kinds: str) -> np.ndarray:
    """One array, whose header is checked first; a ValueError where it says anything odd."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version not in read_header:
            raise ValueError(f"{member.filename} is an array file of version {version}")
        shape, _, dtype = read_header[version](file, max_header_size=LONGEST_HEADER)
        if dtype.kind not in kinds:
            raise ValueError(f"{member.filename} holds {dtype}; numbers are what can be read")
        if math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
            raise ValueError(f"{member.filename} says that its shape is {shape}, which its bytes are not")
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
