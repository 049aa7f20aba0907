"""``make robustness``: SIGKILL at random moments of every command, and damage to every file of a run.

After a kill no half-written file may stand under a final name, the command has to go on when it is called
again, and what it then makes has to be what it makes without a kill. Damage to a file has to be noticed, or
to be harmless.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.measure import ROOT
from benchmarks.robustness_page import write_page
from benchmarks.table import RESULTS, machine
from melody_tutorial.datasets import open_dataset, read_records
from melody_tutorial.errors import UserError
from melody_tutorial.files import UNFINISHED, read_json, sha256, write_text
from melody_tutorial.music import read_midi
from melody_tutorial.networks import load_checkpoint
from melody_tutorial.training import JOB_FILE, read_history

KILLS = 40  # of each command: 200 in all
SMALL = 4_096  # bytes of a file that is damaged at each of them
DRAWN = 1_000  # places that are drawn in a larger one
TIMELESS = ("epoch", "update", "train_loss", "validation_loss")  # columns of a history that no clock changes
READERS: dict[str, Callable[[Path], Any]] = {  # what makes sure that a file is whole
    ".json": read_json,
    ".csv": lambda path: read_history(path.parent),
    ".npz": lambda path: zipfile.ZipFile(path).testzip(),
    ".zip": lambda path: zipfile.ZipFile(path).testzip(),
    ".tfrecord": read_records,
    ".mid": lambda path: read_midi(path.read_bytes()),
}


def main() -> int:
    """Kill and damage, and write the page; 1 where anything was lost, or altered unnoticed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=KILLS, help=f"of each command, {KILLS} where nothing is said"
    )
    parser.add_argument("--quick", action="store_true", help="two kills, few places to damage, write nothing")
    chosen = parser.parse_args()
    kills, drawn = (2, 20) if chosen.quick else (chosen.kills, DRAWN)
    rng = random.Random(0)
    with TemporaryDirectory() as folder:
        commands = prepare(Path(folder))
        found = {"kills": {}, "damage": {}}
        for name, words in commands.items():
            found["kills"][name] = kill_often(Path(folder), name, words, kills, rng)
            print(name, found["kills"][name], flush=True)
        for path, figures in damage_all(Path(folder, "run", "whole"), drawn, rng):
            found["damage"][path] = figures
            print(path, figures, flush=True)
    if not chosen.quick:
        facts = json.dumps({"machine": machine(), **found}, indent=1, ensure_ascii=False)
        write_text(RESULTS / "robustness.json", facts + "\n")
        write_page()
    lost = any(any(figures[1:]) for figures in found["kills"].values())
    return int(lost or any(figures[-1] for figures in found["damage"].values()))


def prepare(folder: Path) -> dict[str, list[str]]:
    """Make what the commands need; the words of each, but for its output."""
    corpus = ["corpus"]
    run_whole([*corpus, "--output", str(folder / "music")])
    (archive,) = map(str, (folder / "music").glob("*/*.zip"))
    extract = ["extract", archive, "--max-files", "300"]
    run_whole([*extract, "--output", str(folder / "data")])
    train = ["train", str(folder / "data"), *("--units", "8"), *("--epochs", "3"), *("--batch-size", "8")]
    trained = str(folder / "train" / "whole")  # train comes before
    sample = ["sample", *("--run", trained), *("--num-outputs", "3"), *("--num-steps", "64")]
    run = ["run", *("--preset", "test"), *("--archive", archive)]
    return {"corpus": corpus, "extract": extract, "train": train, "sample": sample, "run": run}


def command(words: Sequence[str]) -> list[str]:
    """The command line for words."""
    return [sys.executable, "-m", "melody_tutorial.cli", *words]


def run_whole(words: Sequence[str]) -> float:
    """Run a command to its end; how many seconds it took."""
    began = time.perf_counter()
    subprocess.run(command(words), cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


def kill_often(folder: Path, name: str, words: list[str], kills: int, rng: random.Random) -> list[int]:
    """Kills of a command, half-written files, refusals to go on, and outcomes that differ."""
    whole, output = folder / name / "whole", folder / name / "killed"
    seconds = run_whole([*words, "--output", str(whole)])
    expected, half, refused, other = outcome(whole), 0, 0, 0
    for _ in range(kills):
        shutil.rmtree(output, ignore_errors=True)
        kill([*words, "--output", str(output)], rng.uniform(0, seconds))
        half += len(half_written(output))
        again = subprocess.run(command(words_to_go_on(words, output)), cwd=ROOT, capture_output=True)
        refused += again.returncode != 0
        other += outcome(output) != expected
    return [kills, half, refused, other]


def kill(words: Sequence[str], seconds: float) -> None:
    """Begin a command, and kill it after some seconds, unless it ends before."""
    child = subprocess.Popen(command(words), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def words_to_go_on(words: list[str], output: Path) -> list[str]:
    """The command that a user types after the kill: the same, or with --resume where it can go on."""
    if (output / JOB_FILE).exists():
        return ["run", "--output", str(output), "--resume"]
    resume = ["--resume"] if words[0] == "train" and (output / "training_state.npz").exists() else []
    return [*words, "--output", str(output), *resume]


def finished_files(folder: Path) -> list[Path]:
    """All files under their final names."""
    inside = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in inside if UNFINISHED not in str(path.relative_to(folder))]


def half_written(folder: Path) -> list[Path]:
    """Files under their final names that cannot be read."""
    damaged = []
    for path in finished_files(folder):
        try:
            damaged += [path] if READERS.get(path.suffix, Path.read_bytes)(path) is False else []
        except Exception:  # whatever it is, the file is not what it should be
            damaged.append(path)
    return damaged


def outcome(folder: Path) -> dict[str, Any]:
    """What a command made, as far as neither a clock nor the folder's name is in it."""
    lasting = {".mid", ".npz", ".tfrecord", ".zip"}
    found = {str(path.relative_to(folder)): path for path in finished_files(folder)}
    sums = {name: sha256(path) for name, path in found.items() if path.suffix in lasting}
    sums.pop("training_state.npz", None)  # it notes how long each epoch took
    if (folder / "history.csv").exists():
        sums["history"] = [[row[name] for name in TIMELESS] for row in read_history(folder)]
    return sums


def damage_all(run: Path, drawn: int, rng: random.Random) -> Iterator[tuple[str, list[int]]]:
    """Damage each file of a run in turn: how often, how often it was noticed, harmless, or neither."""
    readers: dict[str, Callable[[], dict]] = {
        "dataset/manifest.json": lambda: open_dataset(run / "dataset").manifest,
        "dataset/train-*.tfrecord": lambda: records_of(run),
        "checkpoint/config.json": lambda: checkpoint_of(run),
        "checkpoint/weights-*.npz": lambda: checkpoint_of(run),
        "training_state.npz": lambda: state_of(run),
        "history.csv": lambda: dict(enumerate(read_history(run))),
    }
    for name in ("run.json", JOB_FILE, "baselines.json", "statistics.json", "melodies/provenance.json"):
        readers[name] = partial(read_json, run / name)
    for pattern, read in readers.items():
        (path,) = run.glob(pattern)
        size = path.stat().st_size
        all_of_it = size <= SMALL and drawn == DRAWN
        yield pattern, damage(path, range(size) if all_of_it else rng.choices(range(size), k=drawn), read)


def records_of(run: Path) -> dict[str, bytes]:
    """What a run learned from."""
    return {record.source: record.ids.tobytes() for record in open_dataset(run / "dataset").records("train")}


def checkpoint_of(run: Path) -> dict[str, Any]:
    """All that a checkpoint holds."""
    found = load_checkpoint(run)
    facts = {name: getattr(found, name) for name in ("model", "figures", "repertoire")}
    return facts | bytes_of(found.weights | {"first": found.first_event_counts})


def state_of(run: Path) -> dict[str, Any]:
    """All that a state of training holds."""
    from melody_tutorial.training import read_state  # loads TensorFlow

    notes, arrays = read_state(run)
    return notes | bytes_of(arrays)


def bytes_of(arrays: dict[str, np.ndarray]) -> dict[str, bytes]:
    """The numbers of arrays, so that two can be compared."""
    return {name: array.tobytes() for name, array in arrays.items()}


def damage(path: Path, places: Sequence[int], read: Callable[[], dict]) -> list[int]:
    """Turn a bit at each place of a file, and cut it off there; it is whole again at the end."""
    data, whole, noticed, harmless, wrong = path.read_bytes(), read(), 0, 0, 0
    for place in places:
        for altered in (
            data[:place],
            data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :],
        ):
            path.write_bytes(altered)
            try:
                same = read().items() >= whole.items()  # where the check sum's own name was hit, one is more
                harmless, wrong = harmless + same, wrong + (not same)
            except (UserError, ValueError):  # read_json says in words why
                noticed += 1
            except Exception:  # what no reader says in words
                wrong += 1
    path.write_bytes(data)
    return [2 * len(places), noticed, harmless, wrong]


if __name__ == "__main__":
    sys.exit(main())
