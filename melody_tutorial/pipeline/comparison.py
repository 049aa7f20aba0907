"""What a model composes, beside real melodies and beside chance; what it has copied, and whence."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from melody_tutorial.config import SamplingSettings
from melody_tutorial.datasets import Dataset, Record, find_relatives, open_dataset
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import (
    Originality,
    equal_sets,
    find_frame,
    learn_metres,
    longest,
    mean_surprise,
    melody_statistics,
    originality,
    pitches_drawn,
)
from melody_tutorial.melodies import NUM_CLASSES, decode_events, encode_events
from melody_tutorial.networks import Checkpoint, Facts, Tune, is_shipped, tune_of
from melody_tutorial.pipeline.tune_comparison import (
    MOST_STEPS,
    beside,
    compare_tunes,
    composes_tunes,
    draw_tunes,
)
from melody_tutorial.sampling import sample_ids
from melody_tutorial.training import dataset_of, initial_of


class Sets(NamedTuple):
    """Melodies that are compared.

    Attributes:
        composed, real: equal sets, with what is known of each melody.
        family: of each real melody.
        bars: how many each melody has; None: they are whole tunes.
        settings: with which the composed ones were drawn.
    """

    composed: list[Tune]
    real: list[Tune]
    family: list[int]
    bars: int | None
    settings: SamplingSettings


def compare_samples(
    checkpoint: Checkpoint, dataset: Dataset, earlier: Sequence[Record], samples: int, seed: int
) -> dict[str, Any]:
    """Compare samples with real melodies that were held out, on equal sets, and both with random pitches.

    Samples are drawn at temperature 1, without a primer. Of a model that composes whole tunes, whole tunes
    are compared, else melodies of one length.

    Args:
        checkpoint: the model.
        dataset: it has learned from its training side; the real melodies come from its test side.
        earlier: what the model has learned from besides; its relatives are left out of the real melodies.
        samples: how many to draw; of fewer real melodies of that length, as many are compared.
        seed: of all draws.

    Returns:
        ``composed``, ``real`` and ``chance`` (real melodies with random pitches), each with the fields of
        ``Statistics``, with ``exact`` and ``varied`` of ``Originality``, and with ``surprise``, the model's
        ``mean_surprise``; ``copies``, the longest passage of a sample of either kind; and ``settings``. Of
        whole tunes also ``tunes``, as ``compare_tunes`` gives it, and ``beside``: of each figure, where the
        composed ones lie beside the real ones.
    """
    classes = checkpoint.model.classes
    real = without_relatives(dataset.records("test"), earlier, classes)
    training = [*dataset.records("train"), *earlier]
    learned = [decode_events(record.ids, classes) for record in training]
    whole = [record for record in real if record.is_whole] if composes_tunes(checkpoint.model) else []
    sets = (
        whole_sets(checkpoint, whole, samples, seed) if whole else cut_sets(checkpoint, real, samples, seed)
    )
    compared = {
        "composed": (sets.composed, None),
        "real": (sets.real, sets.family),
        "chance": (pitches_drawn(sets.real, seed, classes), sets.family),
    }
    outcome, shared = {}, {}
    for name, (tunes, family) in compared.items():
        melodies = [decode_events(tune.ids, classes) for tune in tunes]
        shared[name] = originality(melodies, learned, family)
        steps_per_bar = [tune.facts.steps_per_bar for tune in tunes]
        outcome[name] = asdict(melody_statistics(melodies, steps_per_bar, family)) | {
            "exact": shared[name].exact,
            "varied": shared[name].varied,
            "surprise": mean_surprise(checkpoint, tunes, family),
        }
    composed = [decode_events(tune.ids, classes) for tune in sets.composed]
    outcome["copies"] = show_copies(shared["composed"], composed, training, classes)
    outcome["settings"] = {"bars": sets.bars, **asdict(sets.settings)}
    if whole:
        ear = learn_metres([tune_of(record) for record in training])
        outcome["tunes"] = compare_tunes(sets.composed, sets.real, sets.family, ear, seed)
        outcome["beside"] = beside(outcome["composed"], outcome["real"]) | outcome["tunes"].pop("beside")
    return outcome


def cut_sets(checkpoint: Checkpoint, real: Sequence[Record], samples: int, seed: int) -> Sets:
    """Melodies of one time signature and one length."""
    frame = find_frame(real)
    settings = SamplingSettings(num_outputs=samples, num_steps=frame.steps, seed=seed)
    drawn = sample_ids(checkpoint, [], settings).melodies(checkpoint.model.classes)
    composed, played = equal_sets(drawn, real, frame, seed=seed)
    facts = Facts(steps_per_bar=frame.steps_per_bar)
    return Sets(
        composed=[Tune(ids, facts) for ids in composed],
        real=[Tune(record.ids, facts) for record in played],
        family=[record.family for record in played],
        bars=frame.bars,
        settings=settings,
    )


def whole_sets(checkpoint: Checkpoint, real: Sequence[Record], samples: int, seed: int) -> Sets:
    """Whole tunes, composed with the facts of the real ones."""
    tunes = [tune_of(record) for record in real]
    settings = SamplingSettings(num_outputs=samples, num_steps=MOST_STEPS, seed=seed)
    composed = draw_tunes(checkpoint, [tune.facts for tune in tunes], settings)
    return Sets(composed, tunes, [record.family for record in real], None, settings)


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
    related = related_to(real, earlier, classes)
    return [record for number, record in enumerate(real) if number not in related] or list(real)


def related_to(real: Sequence[Record], earlier: Sequence[Record], classes: int = NUM_CLASSES) -> set[int]:
    """Numbers of the real melodies that have relatives among earlier ones, or stand among them."""
    if not earlier:
        return set()
    events = [decode_events(record.ids, classes) for record in [*real, *earlier]]
    pairs = find_relatives(events).melodies
    return set(pairs[(pairs[:, 0] < len(real)) & (pairs[:, 1] >= len(real)), 0].tolist())


def earlier_melodies(run: str | Path, dataset: Dataset) -> tuple[list[Record], list[str]]:
    """What a model has learned from besides a dataset, before it was fine-tuned for example.

    Args:
        run: folder of a run, or a model that ships, which has learned from the tune books.
        dataset: what is known already.

    Returns:
        Training melodies; and the models of which nobody knows, or has, what they learned from.
    """
    records, unknown = [], []
    origin = str(run)
    while origin:
        try:
            found = open_dataset(dataset_of(origin), ("train",))
            if found.manifest != dataset.manifest:
                records += recoded(found, dataset.manifest["classes"])
            origin = None if is_shipped(origin) else initial_of(origin)
        except UserError:
            unknown.append(origin)
            origin = None
    return records, unknown


def recoded(dataset: Dataset, classes: int) -> list[Record]:
    """Training melodies of a dataset, with the ids that their events have among so many classes."""
    own, records = dataset.manifest["classes"], dataset.records("train")
    if own == classes:
        return records
    return [replace(each, ids=encode_events(decode_events(each.ids, own), classes)) for each in records]
