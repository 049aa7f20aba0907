"""Training on chorales, from random weights and from those of the model that ships: three seeds of each.

The melodies, the sides and the settings are those of chapter 08.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measure import Options, Row, check
from melody_tutorial.config import DatasetSettings, TrainingSettings
from melody_tutorial.datasets import Dataset, open_dataset, write_chorales, write_top_voices
from melody_tutorial.evaluation import judge_network
from melody_tutorial.networks import Checkpoint, load_checkpoint
from melody_tutorial.pipeline import extract_dataset
from melody_tutorial.training import train

QUICK_CHORALES, SEEDS = 40, 3
ANEW = TrainingSettings(batch_size=16, epochs=30, patience=30)
FINE = replace(ANEW, epochs=8, learning_rate=ANEW.learning_rate / 2)


def measure(options: Options) -> list[Row]:
    """Test losses of each way; a quick run learns for one epoch, with one seed."""
    shipped = load_checkpoint("basic_rnn")
    ways = {"from random weights": (ANEW, None), "from the model that ships": (FINE, shipped)}
    if options.quick:
        ways = {name: (replace(settings, epochs=1), initial) for name, (settings, initial) in ways.items()}
    seeds = range(1 if options.quick else SEEDS)
    with tempfile.TemporaryDirectory() as folder:
        dataset = chorales(Path(folder), QUICK_CHORALES if options.quick else None)
        losses = {
            name: [loss_after(dataset, shipped, replace(settings, seed=seed), initial) for seed in seeds]
            for name, (settings, initial) in ways.items()
        }
        before = judge_network(shipped, dataset.records("test")).loss
    anew, tuned = losses.values()
    check(max(tuned) < min(before.value, *anew), "fine-tuning that does not help")
    note = f"three seeds; the model that ships, before: {before:.3f}, the interval over families"
    return [
        Row(f"chorales, test loss of a network {name}", "nats/event", each, note=note)
        for name, each in losses.items()
    ]


def chorales(folder: Path, most: int | None) -> Dataset:
    """The dataset of chapter 08: the top voices of the chorales."""
    voices = write_top_voices([write_chorales(folder / "chorales.zip", most)], folder / "top_voices.zip")
    extract_dataset([voices], folder / "dataset", settings=DatasetSettings(test_ratio=0.2))
    return open_dataset(folder / "dataset")


def loss_after(
    dataset: Dataset, shipped: Checkpoint, settings: TrainingSettings, initial: Checkpoint | None
) -> float:
    """Test loss of the epoch that is best in validation."""
    sides: list[list[np.ndarray]] = [dataset.melodies(side) for side in ("train", "validation")]
    with tempfile.TemporaryDirectory() as run:
        train(*sides, run, shipped.model, settings, initial=initial)
        return judge_network(load_checkpoint(run), dataset.records("test")).loss.value
