"""The model that ships, taken from a run, with its figures on the test and the split that it learned from.

python -m tools.checkpoint runs/basic_rnn    write data/checkpoints/basic_rnn
"""

import sys
from dataclasses import asdict, replace
from pathlib import Path

from melody_tutorial.config import shipped_data
from melody_tutorial.datasets import open_dataset
from melody_tutorial.evaluation import judge_network
from melody_tutorial.networks import load_checkpoint, save_checkpoint
from melody_tutorial.training import dataset_of

DIGITS = 4


def main() -> None:
    """Write the checkpoint of the run that the command line names, under the run's name."""
    run = Path(sys.argv[1])
    checkpoint, dataset = load_checkpoint(run), open_dataset(dataset_of(run))
    found = asdict(judge_network(checkpoint, dataset.records("test")))
    test = {f"test_{name}": [round(value, DIGITS) for value in interval] for name, interval in found.items()}
    figures = checkpoint.figures | test | {"split": dataset.manifest["split"]}
    save_checkpoint(shipped_data() / "checkpoints" / run.name, replace(checkpoint, figures=figures))
    print(f"{run.name}: {found['loss'][0]:.3f} nats per test event, {found['loss'][1:]}")


if __name__ == "__main__":
    main()
