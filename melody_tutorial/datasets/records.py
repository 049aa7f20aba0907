"""TFRecord files of melodies, written and read without TensorFlow.

A TFRecord file is a row of records: length, check sum of the length, data, check sum of the data
(https://www.tensorflow.org/tutorials/load_data/tfrecord). The data here is a ``tf.train.Example``, a protocol
buffer that maps names to lists of bytes, floats or integers; ``FEATURES`` lists the names.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap
from pathlib import Path

import numpy as np

from melody_tutorial.errors import UserError
from melody_tutorial.files import atomic_path
from melody_tutorial.melodies import Key

# The field of tf.train.Feature that holds each of our features: 1 bytes_list, 2 float_list, 3 int64_list.
FEATURES = {
    "ids": 1,
    "source": 1,
    "qpm": 2,
    "semitones": 3,
    "steps_per_bar": 3,
    "family": 3,
    "tonic": 3,
    "mode": 1,
    "numerator": 3,
    "denominator": 3,
    "is_whole": 3,
}


@dataclass(frozen=True)
class Record:
    """One melody as it lies in a dataset.

    Attributes:
        ids: token ids 0 … 37, or 0 … 129 where nothing was transposed; uint8, shape (steps,).
        source: name of the file that it came from.
        semitones: how far it was transposed, before single notes were folded into the range.
        steps_per_bar: steps in a bar; 16 in 4/4.
        qpm: tempo in quarter notes per minute, kept as float32.
        key: the key of ``ids``, so after the transposition; None: not known.
        family: number of the family of tunes that it belongs to, within its dataset.
        metre: numerator and denominator of its time signature; None: not known.
        is_whole: whether the tune ends where it ends, so that nothing was cut off behind it.
    """

    ids: np.ndarray
    source: str = ""
    semitones: int = 0
    steps_per_bar: int = 16
    qpm: float = 120.0
    key: Key | None = None
    family: int = 0
    metre: tuple[int, int] | None = None
    is_whole: bool = False


def write_records(path: str | Path, records: Iterable[Record]) -> Path:
    """Write records as a TFRecord file, whole or not at all."""
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        for record in records:
            file.write(frame(encode_example(record)))
    return Path(path)


def read_records(path: str | Path) -> list[Record]:
    """The records of a TFRecord file that ``write_records`` wrote.

    Raises:
        UserError: the file is cut off, or a check sum does not fit; the message names the file.
    """
    try:
        return [decode_example(data) for data in unframe(Path(path).read_bytes())]
    except (ValueError, LookupError, struct.error) as error:
        raise UserError(f"{path}: not a whole file of melodies ({error}); run `extract` again") from error


def masked_crc(data: bytes) -> int:
    """The check sum of TFRecords: CRC-32C, rotated right by 15 bits, plus a constant, modulo 2³²."""
    import google_crc32c

    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(data: bytes) -> bytes:
    """Bytes of one record: length (8 bytes), its check sum (4), the data, its check sum (4)."""
    length = struct.pack("<Q", len(data))
    return b"".join(
        (length, struct.pack("<I", masked_crc(length)), data, struct.pack("<I", masked_crc(data)))
    )


def unframe(content: bytes) -> Iterator[bytes]:
    """The data of each record of a TFRecord file: the inverse of ``frame``, one record after the other.

    Raises:
        ValueError, struct.error: the content ends inside a record, or a check sum does not fit.
    """
    start = 0
    while start < len(content):
        length, length_crc = struct.unpack_from("<QI", content, start)
        if masked_crc(content[start : start + 8]) != length_crc:
            raise ValueError(f"the length at byte {start} fails its check sum")
        data = content[start + 12 : start + 12 + length]
        (data_crc,) = struct.unpack_from("<I", content, start + 12 + length)
        if masked_crc(data) != data_crc:
            raise ValueError(f"the record at byte {start} fails its check sum")
        yield data
        start += 16 + length


def encode_example(record: Record) -> bytes:
    """Bytes of a record as ``tf.train.Example``: one feature for each name in ``FEATURES`` that is known."""
    values = {
        "ids": _field(1, record.ids.astype(np.uint8).tobytes()),
        "source": _field(1, record.source.encode("utf-8", "surrogateescape")),
        "qpm": _field(1, struct.pack("<f", record.qpm)),
        "semitones": _field(1, _varint(record.semitones)),
        "steps_per_bar": _field(1, _varint(record.steps_per_bar)),
        "family": _field(1, _varint(record.family)),
        "is_whole": _field(1, _varint(record.is_whole)),
    }
    if record.metre:
        values |= {
            name: _field(1, _varint(number))
            for name, number in zip(("numerator", "denominator"), record.metre, strict=True)
        }
    if record.key:
        values["tonic"] = _field(1, _varint(record.key.tonic))
        values["mode"] = _field(1, record.key.mode.encode())
    own = b"".join(_feature(name, values.pop(name)) for name in ("ids", "source"))
    return _field(1, own + b"".join(starmap(_shared_feature, values.items())))


def decode_example(data: bytes) -> Record:
    """The record of a ``tf.train.Example``: the inverse of ``encode_example``."""
    ((_, features),) = _fields(data)
    values = {}
    for _, feature in _fields(features):
        (_, name), (_, value) = _fields(feature)
        ((_, values_list),) = _fields(value)
        ((_, values[name.decode()]),) = _fields(values_list)
    return Record(
        ids=np.frombuffer(values["ids"], dtype=np.uint8),
        source=values["source"].decode("utf-8", "surrogateescape"),
        semitones=_read_varint(values["semitones"], 0)[0],
        steps_per_bar=_read_varint(values["steps_per_bar"], 0)[0],
        qpm=struct.unpack("<f", values["qpm"])[0],
        key=Key(_read_varint(values["tonic"], 0)[0], values["mode"].decode()) if "mode" in values else None,
        family=_read_varint(values["family"], 0)[0],
        metre=(_read_varint(values["numerator"], 0)[0], _read_varint(values["denominator"], 0)[0])
        if "numerator" in values
        else None,
        is_whole=bool(_read_varint(values["is_whole"], 0)[0]),
    )


def _feature(name: str, value: bytes) -> bytes:
    """One entry of the map from names to lists of values."""
    return _field(1, _field(1, name.encode()) + _field(2, _field(FEATURES[name], value)))


_shared_feature = lru_cache(_feature)  # many melodies have the same metre, tempo or key


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited field of a protocol buffer: key, length, payload."""
    return bytes((number << 3 | 2,)) + _varint(len(payload)) + payload


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and payload of each field; everything in these messages is length-delimited."""
    start = 0
    while start < len(data):
        length, begin = _read_varint(data, start + 1)
        yield data[start] >> 3, data[begin : begin + length]
        start = begin + length


def _varint(number: int) -> bytes:
    """Seven bits to a byte, lowest first, the top bit set on all bytes but the last; negatives modulo 2⁶⁴."""
    if 0 <= number <= 0x7F:
        return bytes((number,))
    number &= 0xFFFFFFFFFFFFFFFF
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _read_varint(data: bytes, start: int) -> tuple[int, int]:
    """The signed number that starts there, and where the next byte is."""
    number = shift = 0
    while data[start] > 0x7F:
        number |= (data[start] & 0x7F) << shift
        start, shift = start + 1, shift + 7
    number |= data[start] << shift
    return number - (1 << 64) if number >> 63 else number, start + 1
