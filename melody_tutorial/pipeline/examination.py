"""A trained model examined: how well it predicts, what its melodies are like, what it copied."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from melody_tutorial.config import SamplingSettings, check_at_least
from melody_tutorial.datasets import Dataset, Record, open_dataset
from melody_tutorial.evaluation import baselines, longest_copies, melody_statistics, predict_figures
from melody_tutorial.melodies import decode_events
from melody_tutorial.networks import Checkpoint, load_checkpoint
from melody_tutorial.reporter import SILENT, Reporter
from melody_tutorial.sampling import sample_ids
from melody_tutorial.training import STATISTICS_FILE, checkpoint_of, dataset_of, write_json

BARS, STEPS_PER_BAR = 16, 16  # of each sample: 4/4 in sixteenth notes


def evaluate_run(
    run: str | Path | None = None,
    dataset_folder: str | Path | None = None,
    *,
    samples: int = 64,
    seed: int = 0,
    reporter: Reporter = SILENT,
) -> dict:
    """Measure a model beside baselines, and what it composes beside held-out melodies.

    Samples are 16 bars of 4/4 at temperature 1, without a primer. Where no dataset is named, the figures are
    also written to ``statistics.json`` in the run.

    Args:
        run: folder of a run or of a checkpoint; None: the model that ships.
        dataset_folder: what to measure on; None: the dataset that the run learned from.
        samples: melodies to compose for the statistics.

    Raises:
        UserError: the run or the dataset cannot be used.
    """
    check_at_least(1, samples=samples)
    checkpoint = load_checkpoint(run and checkpoint_of(run))
    dataset = open_dataset(dataset_folder or dataset_of(run))
    train, held_out = dataset.melodies("train"), dataset.melodies("test")
    figures = {"this model": predict_figures(checkpoint, held_out)} | baselines(train, held_out)
    reporter.figures("On test melodies", figures)
    settings = SamplingSettings(num_outputs=samples, num_steps=BARS * STEPS_PER_BAR, seed=seed)
    statistics = describe_samples(checkpoint, settings, dataset)
    reporter.statistics(statistics)
    outcome = {"figures": figures, **statistics, "settings": {"bars": BARS, **asdict(settings)}}
    if dataset_folder is None:
        reporter.say(f"figures: {write_json(Path(run) / STATISTICS_FILE, outcome)}")
    return outcome


def describe_samples(checkpoint: Checkpoint, settings: SamplingSettings, dataset: Dataset) -> dict[str, dict]:
    """Statistics of samples (``composed``) and of the dataset's held-out melodies (``held_out``)."""
    records = dataset.records("test")
    composed = [decode_events(ids) for ids in sample_ids(checkpoint, [], settings).ids]
    held_out = [decode_events(record.ids) for record in records]
    training = dataset.records("train")
    return {
        "composed": describe(composed, [STEPS_PER_BAR] * len(composed), training),
        "held_out": describe(held_out, [record.steps_per_bar for record in records], training),
    }


def describe(
    melodies: Sequence[np.ndarray], steps_per_bar: Sequence[int], training: Sequence[Record]
) -> dict:
    """Statistics of melodies and the longest passage, in notes, that a training melody has too.

    Args:
        melodies: events, each of shape (steps,).
        steps_per_bar: of each melody.
        training: what the model learned from.
    """
    copies = longest_copies(melodies, [decode_events(record.ids) for record in training])
    longest = max((copy for copy in copies if copy), key=lambda copy: copy.notes, default=None)
    return asdict(melody_statistics(melodies, steps_per_bar)) | {
        "longest_copy": longest.notes if longest else 0,
        "copied_from": training[longest.source].source if longest else "",
    }
