"""What a model composes, beside real melodies and beside chance; what it has copied, and whence."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from melody_tutorial.config import SamplingSettings, built_data
from melody_tutorial.datasets import Dataset, Record, find_relatives, open_dataset
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import (
    Originality,
    equal_sets,
    find_frame,
    longest,
    mean_surprise,
    melody_statistics,
    originality,
    with_random_pitches,
)
from melody_tutorial.melodies import NUM_CLASSES, decode_events, encode_events
from melody_tutorial.networks import Checkpoint
from melody_tutorial.sampling import sample_ids
from melody_tutorial.training import SHIPPED, dataset_of, initial_of


def compare_samples(
    checkpoint: Checkpoint, dataset: Dataset, earlier: Sequence[Record], samples: int, seed: int
) -> dict[str, Any]:
    """Compare samples with real melodies that were held out, on equal sets, and both with random pitches.

    Samples are drawn at temperature 1, without a primer.

    Args:
        checkpoint: the model.
        dataset: it has learned from its training side; the real melodies come from its test side.
        earlier: what the model has learned from besides; its relatives are left out of the real melodies.
        samples: how many to draw; of fewer real melodies of that length, as many are compared.
        seed: of all draws.

    Returns:
        ``composed``, ``real`` and ``chance`` (real melodies with random pitches), each with the fields of
        ``Statistics``, with ``exact`` and ``varied`` of ``Originality``, and with ``surprise``, the model's
        ``mean_surprise``; ``copies``, the longest passage of a sample of either kind; and ``settings``.
    """
    real = without_relatives(dataset.records("test"), earlier, checkpoint.model.classes)
    training = [*dataset.records("train"), *earlier]
    classes = checkpoint.model.classes
    learned = [decode_events(record.ids, classes) for record in training]
    frame = find_frame(real)
    settings = SamplingSettings(num_outputs=samples, num_steps=frame.steps, seed=seed)
    sets = equal_sets(sample_ids(checkpoint, [], settings).ids, real, frame, seed=seed)
    composed = [decode_events(ids, classes) for ids in sets.composed]
    played = [decode_events(record.ids, classes) for record in sets.real]
    family = [record.family for record in sets.real]
    compared = {
        "composed": (composed, None),
        "real": (played, family),
        "chance": (with_random_pitches(played, seed), family),
    }
    outcome, shared = {}, {}
    for name, (melodies, families) in compared.items():
        shared[name] = originality(melodies, learned, families)
        outcome[name] = asdict(melody_statistics(melodies, frame.steps_per_bar, families)) | {
            "exact": shared[name].exact,
            "varied": shared[name].varied,
            "surprise": mean_surprise(
                checkpoint, [encode_events(each, classes) for each in melodies], families
            ),
        }
    copies = show_copies(shared["composed"], composed, training, classes)
    return outcome | {"copies": copies, "settings": {"bars": frame.bars, **asdict(settings)}}


def show_copies(
    shared: Originality,
    melodies: Sequence[np.ndarray],
    training: Sequence[Record],
    classes: int = NUM_CLASSES,
) -> dict[str, dict[str, Any]]:
    """The longest passage of each kind: its notes in common, its events, and its source's, with its name."""
    shown = {}
    for kind, copies in (("exact", shared.exact_copies), ("varied", shared.varied_copies)):
        if found := longest(copies):
            melody, copy = found
            source = training[copy.source]
            shown[kind] = {
                "notes": copy.notes,
                "composed": melodies[melody][copy.start : copy.end].tolist(),
                "source": decode_events(source.ids, classes)[copy.source_start : copy.source_end].tolist(),
                "source_name": source.source,
            }
    return shown


def without_relatives(
    real: Sequence[Record], earlier: Sequence[Record], classes: int = NUM_CLASSES
) -> list[Record]:
    """The real melodies that have no relatives among earlier ones; all of them, if none would be left."""
    if not earlier:
        return list(real)
    events = [decode_events(record.ids, classes) for record in [*real, *earlier]]
    pairs = find_relatives(events).melodies
    related = set(pairs[(pairs[:, 0] < len(real)) & (pairs[:, 1] >= len(real)), 0].tolist())
    return [record for number, record in enumerate(real) if number not in related] or list(real)


def earlier_melodies(run: str | Path | None, dataset: Dataset) -> tuple[list[Record], list[str]]:
    """What a model has learned from besides a dataset, before it was fine-tuned for example.

    Args:
        run: folder of a run; None: the model that ships, which has learned from the tune books.
        dataset: what is known already.

    Returns:
        Training melodies; and the models of which nobody knows, or has, what they learned from.
    """
    records, unknown = [], []
    origin = SHIPPED if run is None else str(run)
    while origin:
        try:
            shipped = origin == SHIPPED
            folder = built_data() / "datasets" / "tunebooks" if shipped else dataset_of(origin)
            found = open_dataset(folder, ("train",))
            if found.manifest != dataset.manifest:
                records += found.records("train")
            origin = None if shipped else initial_of(origin)
        except UserError:
            unknown.append(origin)
            origin = None
    return records, unknown
