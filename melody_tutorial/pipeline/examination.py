"""A trained model examined: how well it predicts, what its melodies are like, what it copied."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from melody_tutorial.config import DEFAULT_MODEL
from melody_tutorial.datasets import Dataset, Record, check_transposed, open_dataset
from melody_tutorial.errors import check_at_least
from melody_tutorial.evaluation import judge_network, measure_ladder
from melody_tutorial.files import write_json
from melody_tutorial.funnel import counted
from melody_tutorial.networks import Checkpoint, load_checkpoint
from melody_tutorial.pipeline.comparison import compare_samples, earlier_melodies, related_to
from melody_tutorial.pipeline.tune_comparison import composes_tunes
from melody_tutorial.reporter import SILENT, Reporter
from melody_tutorial.training import STATISTICS_FILE, dataset_of

THIS_MODEL = "this model"  # among the names of models in ``statistics.json``
SAMPLES = 64  # melodies that are composed for the statistics
TUNES = 1000  # the same, of a model that composes whole tunes


def evaluate_run(
    run: str | Path = DEFAULT_MODEL,
    dataset_folder: str | Path | None = None,
    *,
    samples: int | None = None,
    seed: int = 0,
    reporter: Reporter = SILENT,
) -> dict:
    """Measure a model beside models that count, and what it composes beside real melodies.

    The first is ``measure_ladder``, on the test side of a dataset, the second ``compare_samples``.

    Where no dataset is named, the figures are also written to ``statistics.json`` in the run.

    Args:
        run: folder of a run or of a checkpoint, or the name of a model that ships.
        dataset_folder: what to measure on; None: the dataset that the run learned from.
        samples: melodies to compose for the statistics; None: 64, or 1,000 whole tunes.

    Raises:
        UserError: the run or the dataset cannot be used.
    """
    check_at_least(1, samples=1 if samples is None else samples)
    checkpoint = load_checkpoint(run)
    samples = samples or (TUNES if composes_tunes(checkpoint.model) else SAMPLES)
    dataset = open_dataset(dataset_folder or dataset_of(run))
    check_transposed(dataset.manifest["dataset"]["transpose"], checkpoint.model, dataset.folder)
    train, validation, test = map(dataset.records, dataset.sides)
    ladder = measure_ladder(train, validation, test, dataset.manifest["classes"])
    figures = {THIS_MODEL: judge_network(checkpoint, test), **ladder}
    known = is_split_of(checkpoint, dataset)
    earlier, unknown = ([], []) if known else earlier_melodies(run, dataset)
    opened = f"the test side is opened: {counted(len(test), 'melodies')}"
    reporter.say(f"{opened}, {what_was_heard(test, earlier, unknown, checkpoint.model.classes)}")
    reporter.figures("On test melodies", figures)
    written = {name: asdict(each) for name, each in figures.items()}
    outcome = {"figures": written, **compare_samples(checkpoint, dataset, earlier, samples, seed)}
    outcome["searched"] = {"melodies": len(train) + len(earlier), "unknown": unknown}
    reporter.statistics(outcome)
    for origin in unknown:
        reporter.say(f"copies were not looked for in what {origin} learned from: it is not at hand")
    if dataset_folder is None:
        reporter.say(f"figures: {write_json(Path(run) / STATISTICS_FILE, outcome)}")
    return outcome


def what_was_heard(
    test: Sequence[Record], earlier: Sequence[Record], unknown: Sequence[str], classes: int
) -> str:
    """What can be said of test melodies: whether the model has learned from them, or from relatives.

    Args:
        earlier, unknown: as of ``earlier_melodies``.
    """
    if unknown:
        return f"which {unknown[0]} may have learned from: what it learned from is not at hand"
    heard = related_to(test, earlier, classes)
    return (
        f"{len(heard)} of them relatives of melodies that the model has learned from: its loss is too low"
        if heard
        else "unseen in training"
    )


def is_split_of(checkpoint: Checkpoint, dataset: Dataset) -> bool:
    """Whether a model is known to have learned from the frozen split that a dataset has, too."""
    split = dataset.manifest["split"]
    return "frozen" in split and checkpoint.figures.get("split") == split
