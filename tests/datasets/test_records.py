"""TFRecord files: TensorFlow reads what is written here, and the other way round."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.datasets.records import (
    Record,
    decode_example,
    encode_example,
    frame,
    read_records,
    unframe,
    write_records,
)
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.keys import NOT_CLEAR, SHARPS, Key

TWINKLE = Record(np.array([14, 0, 14, 0, 21, 0, 21, 0, 23], dtype=np.uint8), "Früh/twinkle.mid", -5, 12, 96.0)
KEYED = replace(TWINKLE, key=Key(11, "dorian"), metre=(6, 8), is_whole=True)
LONG = Record(np.arange(300, dtype=np.uint8) % 38)

any_record = st.builds(
    Record,
    ids=st.lists(st.integers(0, 37), max_size=300).map(lambda ids: np.array(ids, dtype=np.uint8)),
    family=st.integers(0, 10**6),
    source=st.text(max_size=200),
    semitones=st.integers(-127, 127),
    steps_per_bar=st.integers(1, 1000),
    qpm=st.floats(1, 1000, width=32),
    key=st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from([*SHARPS, NOT_CLEAR])),
    metre=st.none() | st.tuples(st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16])),
    is_whole=st.booleans(),
)


def same(left: Record, right: Record) -> bool:
    as_list = [asdict(record) | {"ids": record.ids.tolist()} for record in (left, right)]
    return as_list[0] == as_list[1]


@given(any_record)
def test_decoding_undoes_encoding(record):
    assert same(decode_example(encode_example(record)), record)


def test_a_name_that_is_no_unicode_survives():
    source = b"caf\xe9.mid".decode("utf-8", "surrogateescape")
    assert decode_example(encode_example(Record(TWINKLE.ids, source))).source == source


def test_a_record_is_framed_as_the_format_says():
    assert frame(b"la") == bytes.fromhex(
        "0200000000000000"  # length 2
        "78270b34"  # its check sum
        "6c61"  # "la"
        "754e2564"  # its check sum
    )


def test_tensorflow_reads_the_file(tmp_path):
    import tensorflow as tf

    path = write_records(tmp_path / "a.tfrecord", [TWINKLE, LONG, KEYED])
    description = {
        "ids": tf.io.FixedLenFeature([], tf.string),
        "source": tf.io.FixedLenFeature([], tf.string),
        "semitones": tf.io.FixedLenFeature([], tf.int64),
        "steps_per_bar": tf.io.FixedLenFeature([], tf.int64),
        "family": tf.io.FixedLenFeature([], tf.int64),
        "qpm": tf.io.FixedLenFeature([], tf.float32),
        "tonic": tf.io.FixedLenFeature([], tf.int64, -1),
        "mode": tf.io.FixedLenFeature([], tf.string, ""),
        "numerator": tf.io.FixedLenFeature([], tf.int64, 0),
        "denominator": tf.io.FixedLenFeature([], tf.int64, 0),
        "is_whole": tf.io.FixedLenFeature([], tf.int64),
    }
    parsed = [tf.io.parse_single_example(data, description) for data in tf.data.TFRecordDataset(str(path))]
    found = [
        Record(
            tf.io.decode_raw(example["ids"], tf.uint8).numpy(),
            example["source"].numpy().decode(),
            int(example["semitones"]),
            int(example["steps_per_bar"]),
            float(example["qpm"]),
            Key(int(example["tonic"]), mode) if (mode := example["mode"].numpy().decode()) else None,
            int(example["family"]),
            (n, int(example["denominator"])) if (n := int(example["numerator"])) else None,
            bool(example["is_whole"]),
        )
        for example in parsed
    ]
    assert len(found) == 3
    assert all(same(left, right) for left, right in zip(found, [TWINKLE, LONG, KEYED], strict=True))


def test_a_file_that_tensorflow_writes_is_read(tmp_path):
    import tensorflow as tf

    path = tmp_path / "a.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        example = tf.train.Example()
        feature = example.features.feature
        feature["ids"].bytes_list.value.append(TWINKLE.ids.tobytes())
        feature["source"].bytes_list.value.append(TWINKLE.source.encode())
        feature["semitones"].int64_list.value.append(TWINKLE.semitones)
        feature["steps_per_bar"].int64_list.value.append(TWINKLE.steps_per_bar)
        feature["family"].int64_list.value.append(TWINKLE.family)
        feature["is_whole"].int64_list.value.append(0)
        feature["qpm"].float_list.value.append(TWINKLE.qpm)
        writer.write(example.SerializeToString())
        feature["tonic"].int64_list.value.append(KEYED.key.tonic)
        feature["mode"].bytes_list.value.append(KEYED.key.mode.encode())
        feature["numerator"].int64_list.value.append(6)
        feature["denominator"].int64_list.value.append(8)
        feature["is_whole"].int64_list.value[0] = 1
        writer.write(example.SerializeToString())
    without_key, with_key = read_records(path)
    assert same(without_key, TWINKLE) and same(with_key, KEYED)
    assert not same(with_key, TWINKLE)


@pytest.mark.parametrize("length", range(1, len(frame(b"la"))))
def test_a_file_that_ends_inside_a_record_is_refused(tmp_path, length):
    path = tmp_path / "cut.tfrecord"
    path.write_bytes(frame(b"la")[:length])
    with pytest.raises(UserError, match=r"cut\.tfrecord"):
        read_records(path)


@pytest.mark.parametrize("position", range(len(frame(b"la"))))
def test_a_changed_byte_is_noticed(position):
    content = bytearray(frame(b"la"))
    content[position] ^= 1
    with pytest.raises(Exception, match=r"check sum|unpack_from"):
        list(unframe(bytes(content)))


def test_a_file_that_is_no_example_is_refused(tmp_path):
    path = tmp_path / "other.tfrecord"
    path.write_bytes(frame(b"la"))
    with pytest.raises(UserError, match=r"other\.tfrecord"):
        read_records(path)


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def records():
        yield TWINKLE
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_records(tmp_path / "a.tfrecord", records())
    assert not list(tmp_path.iterdir())
