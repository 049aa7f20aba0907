"""Bytes that a dataset takes on disk, beside the one-hot format of 2016."""

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.inputs import archives, make_dataset
from benchmarks.measure import Options, Row, check
from melody_tutorial.melodies import NUM_CLASSES
from melody_tutorial.networks import load_tensorflow

BYTES_PER_EVENT, BYTES_PER_MELODY = 1.1, 200
SAMPLE = 50  # melodies written in the format of 2016


def measure(options: Options) -> list[Row]:
    """One row for each archive."""
    return [measure_archive(name, archive) for name, archive in archives(options).items()]


def measure_archive(name: str, archive: Path) -> Row:
    """Bytes for each event of all files in the dataset's folder."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_dataset(archive, Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        melodies = [ids for side in dataset.sides for ids in dataset.melodies(side)]
    events = sum(map(len, melodies))
    check(all(melody.max() < NUM_CLASSES for melody in melodies), f"{name}: ids beyond the classes")
    allowed = BYTES_PER_EVENT * events + BYTES_PER_MELODY * len(melodies)
    return Row(
        f"dataset on disk, {name}: {len(melodies):,} melodies, {events:,} events",
        "bytes/event",
        [size / events],
        target=f"≤ {allowed / events:.2f}: {BYTES_PER_EVENT} an event, {BYTES_PER_MELODY} a melody",
        met=size <= allowed,
        peers={"one-hot SequenceExample (2016)": [bytes_of_2016(melodies[:SAMPLE])]},
        limit=[1.0],
        limit_name="one byte for each event",
    )


def bytes_of_2016(melodies: list[np.ndarray]) -> float:
    """Bytes for each event as Magenta wrote them: one-hot floats as inputs, the next id as label."""
    load_tensorflow()
    from tensorflow.train import Feature, FeatureList, FeatureLists, FloatList, Int64List, SequenceExample

    size = 0
    for ids in melodies:
        inputs = [Feature(float_list=FloatList(value=row)) for row in np.eye(NUM_CLASSES)[ids[:-1]]]
        labels = [Feature(int64_list=Int64List(value=[label])) for label in ids[1:]]
        lists = {"inputs": FeatureList(feature=inputs), "labels": FeatureList(feature=labels)}
        example = SequenceExample(feature_lists=FeatureLists(feature_list=lists))
        size += len(example.SerializeToString())
    return size / sum(len(ids) - 1 for ids in melodies)
