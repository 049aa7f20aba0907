"""Every model, and melody_rnn with each part left out: trained with several seeds, measured on the test.

The default corpus, and, where they lie beside the checkout, the Nottingham tunes, for the models alone.

python -m benchmarks.models                      train what is missing, in runs/models, and write MODELS.md
python -m benchmarks.models melody_rnn mingru    only these
python -m benchmarks.models --page               train nothing, write MODELS.md of what is there
python -m benchmarks.models --quick              one epoch of one seed on 300 tunes; writes nothing
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from benchmarks.inputs import NOTTINGHAM, QUICK_TUNES
from benchmarks.measure import ROOT, check
from benchmarks.models_page import PICTURE, page, picture
from benchmarks.table import FOLDER, RESULTS, machine
from melody_tutorial.config import MODELS, DatasetSettings, ModelSettings, TrainingSettings
from melody_tutorial.datasets import Dataset, build_corpus, open_dataset
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import measure_ladder, predict
from melody_tutorial.files import write_text
from melody_tutorial.melodies import NUM_SPECIAL_EVENTS
from melody_tutorial.networks import load_checkpoint, tune_of
from melody_tutorial.pipeline import extract_dataset, train_run
from melody_tutorial.presets import preset, with_model
from melody_tutorial.training import read_history

SEEDS = 3
# All models hear tunes as melody_rnn does, to their end: at 512 steps, one in six is cut.
WHOLE_TUNES = with_model(preset("cpu"), "melody_rnn").extraction
BOOKS, OTHERS = "tune books", "Nottingham"
RUNS = ROOT / "runs" / "models"
OURS = MODELS["melody_rnn"]


def without(*features: str, **changes: object) -> ModelSettings:
    """melody_rnn without some features, and with other changes."""
    left = tuple(name for name in OURS.features if not name.startswith(features or ("?",)))
    return replace(OURS, features=left, **changes)


ABLATIONS = {
    "without the pointer": without(pointer=False),
    "without the longest agreement": without("copy", "copied"),
    "without how long bars have agreed": without("agreed", "copy", "copied"),
    "without bars before": without("back", "agreed", "copy", "copied", pointer=False),
    "without the place in the bar": without("place"),
    "without the mode": without("mode"),
    "without pitches and lengths of notes": without("pitch", "since"),
    "without the number of the bar": without("bar", "bars_left"),
    "without the pickup and whole bars": without("pickup", "whole_bars"),
    "without 16 bars before": without("back_16", "agreed_16"),
    "all features read at each step": without(feature_dropout=0.0),
    "GRU layers": without(cell="gru"),
    "192 units": without(units=(192, 192)),
    "256 units, dropout 0.4": without(units=(256, 256), dropout=0.4),
    "dropout 0.2": without(dropout=0.2),
    "dropout 0.4": without(dropout=0.4),
}


def main() -> int:
    """Train and measure what the command line asks for; write the page unless it is a quick run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", action="store_true")
    chosen, every = parser.parse_args(), MODELS | ABLATIONS
    if unknown := sorted(set(chosen.names) - set(every)):
        parser.error(f"no model {unknown[0]!r}: choose of {', '.join(every)}")
    wanted = {name: every[name] for name in chosen.names or every}
    if chosen.quick:
        with tempfile.TemporaryDirectory() as folder:
            return measure_quickly(wanted, Path(folder))
    corpora = [BOOKS, *[OTHERS] * NOTTINGHAM.is_file()]
    for seed in range(0 if chosen.page else chosen.seeds):  # broken off, a call has something of each
        for corpus in corpora:
            for name in wanted if corpus == BOOKS else [each for each in wanted if each in MODELS]:
                measured(name, wanted[name], seed, RUNS, corpus)
    facts = {"machine": machine(), "corpora": {corpus: found(corpus, every) for corpus in corpora}}
    write_text(RESULTS / "models.json", json.dumps(facts, ensure_ascii=False) + "\n")
    print(picture(facts["corpora"][BOOKS]["models"], list(ABLATIONS), FOLDER / PICTURE))
    print(write_text(FOLDER / "MODELS.md", page(facts, list(ABLATIONS))))
    return 0


def found(corpus: str, names: Iterable[str]) -> dict:
    """All that was measured on a corpus: what counting reaches, and the figures of each model and seed."""
    test = dataset_of("squash", RUNS, corpus)
    ladder = measure_ladder(*map(test.records, test.sides))
    models = {
        name: [read(path) for seed in range(SEEDS) if (path := file_of(name, seed, RUNS, corpus)).exists()]
        for name in names
    }
    return {
        "ladder": {name: asdict(figures) for name, figures in ladder.items()},
        "models": {name: each for name, each in models.items() if each},
    }


def measure_quickly(wanted: dict[str, ModelSettings], folder: Path) -> int:
    """One epoch of each model on a few tunes: every one must beat a guess."""
    for name, model in wanted.items():
        small = replace(model, units=tuple(16 for _ in model.units))
        settings = TrainingSettings(epochs=1, batch_size=16)
        figures = measured(name, small, 0, folder, settings=settings, most=QUICK_TUNES)
        nats = sum(figures["nats"]) / sum(figures["events"])
        check(nats < np.log(model.classes), f"{name} learns nothing: {nats:.2f} nats per event")
        print(f"{name}: {nats:.3f} nats per event after one epoch", flush=True)
    return 0


def measured(
    name: str,
    model: ModelSettings,
    seed: int,
    folder: Path,
    corpus: str = BOOKS,
    *,
    settings: TrainingSettings | None = None,
    most: int | None = None,
) -> dict:
    """Figures of a model trained with a seed; from the file that an earlier call left, if there is one.

    Per family and metre: ``nats``, ``events``, ``timing_bits``, ``pitch_bits``, ``notes`` and ``hits`` at
    onsets.
    """
    path = file_of(name, seed, folder, corpus)
    if path.exists():
        return read(path)
    dataset = dataset_of(model.transpose, folder, corpus, most)
    settings = settings or with_model(preset("cpu"), name if name in MODELS else "melody_rnn").training
    run = path.parent
    start, used = time.perf_counter(), time.process_time()
    train_run(dataset.folder, run, model, replace(settings, seed=seed))
    facts = {
        "minutes": (time.perf_counter() - start) / 60,
        "processor_minutes": (time.process_time() - used) / 60,
        "train_events": sum(len(ids) for ids in dataset.melodies("train")),
        "curve": [[row["seconds"], row["validation_loss"]] for row in read_history(run)],
        "weights": int(sum(array.size for array in load_checkpoint(run).weights.values())),
        **judged(run, dataset),
    }
    write_text(path, json.dumps(facts) + "\n")
    print(f"{name}, seed {seed}: {sum(facts['nats']) / sum(facts['events']):.4f} nats per event", flush=True)
    return facts


def judged(run: Path, dataset: Dataset) -> dict:
    """The sums over the events and notes of each family and metre of the test."""
    records = [record for record in dataset.records("test") if len(record.ids) > 1]
    p = predict(load_checkpoint(run), [tune_of(record) for record in records])
    label = np.concatenate([record.ids[1:] for record in records])
    melody = np.repeat(np.arange(len(records)), [len(record.ids) - 1 for record in records])
    onset, rows = label >= NUM_SPECIAL_EVENTS, np.arange(len(p))
    given = p[rows, label].astype(float)
    kind = np.where(onset, p[:, NUM_SPECIAL_EVENTS:].sum(axis=1, dtype=float), given)
    amounts = {
        "nats": -np.log(given),
        "events": np.ones(len(p)),
        "timing_bits": -np.log2(kind),
        "pitch_bits": np.log2(kind) - np.log2(given),
        "notes": onset.astype(float),
        "hits": onset * (p.argmax(axis=1) == label),
    }
    groups = sorted({(record.family, metre_of(record.metre)) for record in records})
    place = np.array([groups.index((record.family, metre_of(record.metre))) for record in records])[melody]
    sums = {name: np.bincount(place, each, len(groups)).round(4).tolist() for name, each in amounts.items()}
    return {"family": [family for family, _ in groups], "metre": [metre for _, metre in groups], **sums}


def metre_of(metre: tuple[int, int] | None) -> str:
    """A metre in words; 2/2 and 4/4 are one, as their bars are as long and as many books write either."""
    return "4/4" if metre == (2, 2) else "{}/{}".format(*metre) if metre else "not known"


def dataset_of(transpose: str, folder: Path, corpus: str = BOOKS, most: int | None = None) -> Dataset:
    """A corpus, its tunes whole, as a model reads it."""
    place = folder / corpus.replace(" ", "_") / f"dataset-{transpose}"
    try:
        return open_dataset(place)
    except UserError:
        archive = build_corpus(max_tunes=most) if corpus == BOOKS else NOTTINGHAM
        extract_dataset(archive, place, WHOLE_TUNES, DatasetSettings(transpose=transpose))
        return open_dataset(place)


def file_of(name: str, seed: int, folder: Path, corpus: str) -> Path:
    """Where the figures of a model and a seed lie, beside its run."""
    return folder / corpus.replace(" ", "_") / name.replace(" ", "_") / str(seed) / "figures.json"


def read(path: Path) -> dict:
    """Figures that were measured."""
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
