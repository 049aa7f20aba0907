"""Steps of the main job: corpus → archive, archives → dataset, dataset → trained run, run → melodies."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from melody_tutorial.config import (
    DatasetSettings,
    ExtractionSettings,
    ModelSettings,
    SamplingSettings,
    SourceCaps,
    TrainingSettings,
    built_data,
)
from melody_tutorial.errors import UserError
from melody_tutorial.files import locked, several, write_json
from melody_tutorial.funnel import counted
from melody_tutorial.presets import PRESETS, preset
from melody_tutorial.reporter import SILENT, Reporter
from melody_tutorial.training import (
    BASELINES_FILE,
    MELODIES,
    begin_run,
    check_can_resume,
    check_new,
    check_resumed,
    initial_checkpoint,
    initial_of,
    model_of,
    training_of,
)

if TYPE_CHECKING:
    from melody_tutorial.datasets import Dataset
    from melody_tutorial.networks import Checkpoint

DEFAULT_CAPS = SourceCaps()
LEARNED_FROM = ("train", "validation")  # training never opens the test side


def build_archive(
    name: str = "tunebooks",
    output: str | Path | None = None,
    *,
    max_tunes: int | None = None,
    reporter: Reporter = SILENT,
) -> Path:
    """Give the zip of a corpus, built where need be; arguments and errors as of ``corpus.build_corpus``."""
    from melody_tutorial.datasets import CORPORA, build_corpus

    if name in CORPORA and CORPORA[name].notice:
        reporter.say(f"notice: {CORPORA[name].notice}")
    with reporter.progress("convert tunes", max_tunes) as advance:
        archive = build_corpus(name, output, advance, max_tunes)
    reporter.say(f"corpus: {archive}")
    return archive


def extract_dataset(
    archives: str | Path | Sequence[str | Path],
    output: str | Path,
    extraction: ExtractionSettings | None = None,
    settings: DatasetSettings | None = None,
    *,
    caps: SourceCaps = DEFAULT_CAPS,
    processes: int | None = None,
    max_files: int | None = None,
    reporter: Reporter = SILENT,
) -> dict[str, Any]:
    """Extract the melodies of archives into a dataset, report the funnel, and return the manifest.

    Args:
        archives: folders, archives or single files, one or several.
        output: folder of the dataset.
        extraction, settings: of ``melody_tutorial.config``, such as ``ExtractionSettings(min_bars=4)``.
        caps, processes, max_files: as of ``melodies.extract_sources``.

    Raises:
        UserError: an archive or the output cannot be used, or no melody was found: then nothing is written.
    """
    from melody_tutorial.datasets import (
        SIDES,
        build_dataset,
        check_output,
        corpus_facts,
        count_omitted,
        find_split,
        with_named_keys,
    )
    from melody_tutorial.melodies import extract_sources

    check_output(output)
    archives = several(archives)
    extraction, settings = extraction or ExtractionSettings(), settings or DatasetSettings()
    facts_of = cache(corpus_facts)  # three ask, and each time it sums up the whole archive
    how = {"processes": processes, "max_files": max_files}
    with reporter.progress("read files", max_files) as advance:
        melodies, funnel = extract_sources(archives, extraction, caps, progress=advance, **how)
    if max_files is None:
        count_omitted(archives, funnel, facts_of)
    try:
        if not melodies:
            raise UserError(
                f"no melody was found in {', '.join(map(str, archives))}, so no dataset was written: "
                "see above what to change, with options of melody-tutorial extract"
            )
        melodies, old = with_named_keys(melodies, archives, facts_of), old_dataset(output)
        split = find_split(archives, settings, reporter.say, facts_of)
        manifest = build_dataset(melodies, funnel, output, settings, extraction, split)
    finally:
        reporter.funnel(funnel)
    if old and old.shards != shards_of(manifest):
        reporter.say(f"replaced: {old.text}")
    train, validation, test = (manifest[side]["melodies"] for side in SIDES)
    sides = (
        f"{counted(train, 'melodies')} to learn from, {validation:,} for validation, {test:,} for the test"
    )
    reporter.say(f"dataset: {output} with {sides}, {split_of(manifest)}")
    return manifest


def split_of(manifest: dict[str, Any]) -> str:
    """Where the split of a dataset comes from, in words."""
    split = manifest["split"]
    return "as the frozen split has it" if "frozen" in split else f"drawn with seed {split['drawn']}"


def open_tunebooks(*, reporter: Reporter = SILENT) -> "Dataset":
    """The dataset of the default corpus, in ``config.built_data()``.

    It is built if it is missing, damaged, or of an earlier version.
    """
    from melody_tutorial.datasets import open_dataset

    folder = built_data() / "datasets" / "tunebooks"
    try:
        return open_dataset(folder)
    except UserError:
        full = PRESETS["cpu"]
        extract_dataset(
            [build_archive(reporter=reporter)], folder, full.extraction, full.dataset, reporter=reporter
        )
        return open_dataset(folder)


class OldDataset(NamedTuple):
    """A dataset that is about to be replaced: its shards, and what it was made from, in words."""

    shards: list
    text: str


def old_dataset(folder: str | Path) -> OldDataset | None:
    """What a dataset in a folder was made from; None where there is none, or a damaged one."""
    from melody_tutorial.datasets import open_dataset

    try:
        dataset = open_dataset(folder)
        first = dataset.records("test")[0].source
        files = counted(dataset.manifest["funnel"]["stages"]["files"], "files")
    except (UserError, LookupError):
        return None
    return OldDataset(shards_of(dataset.manifest), f"the dataset made from {files}, such as {first}")


def shards_of(manifest: dict[str, Any]) -> list:
    """All shards of a dataset; where they are the same, so are its melodies."""
    from melody_tutorial.datasets import SIDES

    return [manifest[side]["shards"] for side in SIDES]


def train_run(
    dataset_folder: str | Path,
    run: str | Path,
    model: ModelSettings | None = None,
    settings: TrainingSettings | None = None,
    *,
    resume: bool = False,
    initial: str | Path | None = None,
    tensorboard: bool = False,
    reporter: Reporter = SILENT,
) -> list[dict[str, float]]:
    """Train a network on a dataset; return the history, one row for each epoch.

    The run's folder receives ``checkpoint/``, ``history.csv``, ``run.json``, ``baselines.json`` and, if asked
    for, TensorBoard's events under ``tensorboard/``.

    Args:
        dataset_folder, run: what to learn from; folder of the run.
        model, settings: shape of the network, and how it is trained, of ``melody_tutorial.config``, such as
            ``ModelSettings(units=(64,))``; None: as the preset has it, or the run that is resumed.
        resume: go on after the last finished epoch of an interrupted run.
        initial: folder of a run or of a checkpoint whose weights to start from, or a model that ships.
        tensorboard: write events for TensorBoard.

    Raises:
        UserError: the dataset, the folder or the weights cannot be used, or there is nothing to resume.
    """
    from melody_tutorial.datasets import check_transposed, open_dataset

    run = Path(run)
    (check_can_resume if resume else check_new)(run)  # before the lock, which makes the folder
    dataset = open_dataset(dataset_folder, LEARNED_FROM)
    model = model or (model_of(run) if resume else preset().model)
    settings = settings or (training_of(run) if resume else preset().training)
    weights = initial_checkpoint(initial, model) if initial else None
    check_transposed(dataset.manifest["dataset"]["transpose"], model, dataset_folder)
    with locked(run):
        if resume:
            check_resumed(run, dataset.folder, model, settings)
        else:
            begin_run(run, dataset.folder, model, settings, initial, weights)
        began = initial_of(run)
        reporter.say(f"begins with the weights of {began}" if began else "begins with random weights")
        how = {"initial": weights, "resume": resume, "tensorboard": tensorboard, "reporter": reporter}
        return learn(run, dataset, model, settings, **how)


def learn(
    run: Path,
    dataset: "Dataset",
    model: ModelSettings,
    settings: TrainingSettings,
    *,
    initial: "Checkpoint | None",
    resume: bool,
    tensorboard: bool,
    reporter: Reporter,
) -> list[dict[str, float]]:
    """The training of a run that was begun; arguments and errors as of ``train_run``."""
    from melody_tutorial.evaluation import measure_ladder
    from melody_tutorial.networks import tune_of

    if not (resume and (run / BASELINES_FILE).exists()):
        classes = dataset.manifest["classes"]
        to_beat = measure_ladder(*map(dataset.records, LEARNED_FROM), classes=classes)
        write_json(run / BASELINES_FILE, {name: asdict(figures) for name, figures in to_beat.items()})
        reporter.figures("To beat, on validation melodies", to_beat)
    sides = tuple([tune_of(record) for record in dataset.records(side)] for side in LEARNED_FROM)
    load_training(reporter)
    from melody_tutorial.training import (
        TrainingListener,
        epoch_header,
        num_updates,
        read_state,
        train,
        updates_in_epoch,
    )

    if model.labels != "events":
        reporter.say("losses are of labels, two of which mean repetitions: those of events are no higher")
    reporter.say(epoch_header())
    windows = updates_in_epoch(sides[0], model, settings)
    finished = read_state(run)[0]["progress"]["history"] if resume else []
    events = run / "tensorboard" if tensorboard else None
    updates = num_updates(sides[0], model, settings)
    with TrainingListener(reporter, windows, updates, finished, events) as listener:
        how = {"resume": resume, "initial": initial}
        how |= {"on_window": listener.on_window, "on_epoch": listener.on_epoch}
        history = train(*sides, run, model, settings, **how)
    best = min(history, key=lambda row: row["validation_loss"])
    reporter.say(f"kept: epoch {best['epoch']:.0f}, {best['validation_loss']:.3f} nats per validation event")
    return history


def load_training(reporter: Reporter) -> None:
    """Load TensorFlow, which takes seconds the first time; that is told."""
    from melody_tutorial.networks import load_tensorflow

    if "tensorflow" not in sys.modules:
        reporter.wait("loading TensorFlow")
    load_tensorflow()


def compose_into(run: Path, settings: SamplingSettings, *, reporter: Reporter = SILENT) -> list[Path]:
    """Compose melodies with a run's model, without a primer, into its folder; return the files."""
    from melody_tutorial.networks import load_checkpoint
    from melody_tutorial.pipeline.writing import compose
    from melody_tutorial.sampling import read_primer

    checkpoint = load_checkpoint(run)
    with reporter.progress("compose", settings.num_outputs) as advance:
        written = compose(checkpoint, read_primer(), settings, run / MELODIES, progress=advance)
    reporter.say(f"melodies: {settings.num_outputs} in {run / MELODIES}")
    return written
