"""A model that ships, taken from a run, with its figures on the test and the split that it learned from.

Its weights are stored as float16 where the test loss stays the same in its fourth digit.

python -m tools.checkpoint runs/basic_rnn    write data/checkpoints/basic_rnn
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from melody_tutorial.config import shipped_data
from melody_tutorial.datasets import Record, open_dataset
from melody_tutorial.evaluation import Figures, judge_network
from melody_tutorial.networks import Checkpoint, load_checkpoint, save_checkpoint
from melody_tutorial.training import dataset_of

DIGITS = 4


def main() -> None:
    """Write the checkpoint of the run that the command line names, under the run's name."""
    run = Path(sys.argv[1])
    checkpoint, dataset = load_checkpoint(run), open_dataset(dataset_of(run))
    checkpoint, judged = smaller(checkpoint, dataset.records("test"))
    found = asdict(judged)
    test = {f"test_{name}": [round(value, DIGITS) for value in interval] for name, interval in found.items()}
    figures = checkpoint.figures | test | {"split": dataset.manifest["split"]}
    save_checkpoint(shipped_data() / "checkpoints" / run.name, replace(checkpoint, figures=figures))
    print(f"{run.name}: {found['loss'][0]:.3f} nats per test event, {found['loss'][1:]}")


def smaller(checkpoint: Checkpoint, test: Sequence[Record]) -> tuple[Checkpoint, Figures]:
    """The checkpoint with weights of half as many bytes, if that changes nothing, and its test figures."""
    judged = judge_network(checkpoint, test)
    halves = {name: array.astype(np.float16) for name, array in checkpoint.weights.items()}
    whole = {name: array.astype(np.float32) for name, array in halves.items()}
    found = judge_network(replace(checkpoint, weights=whole), test)
    if round(found.loss.value, DIGITS) != round(judged.loss.value, DIGITS):
        return checkpoint, judged
    return replace(checkpoint, weights=halves), found


if __name__ == "__main__":
    main()
