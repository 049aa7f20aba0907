"""How long training takes to the validation loss that plain Keras reaches in minutes; same data and split.

``python -m benchmarks.time_to_quality peer|ours DATASET OUTPUT [--minutes M] [--loss NATS] [--preset P]`` is
one training in a process of its own.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from benchmarks.inputs import archives, make_dataset
from benchmarks.measure import Options, Row, check, run
from melody_tutorial.datasets import open_dataset
from melody_tutorial.files import write_text
from melody_tutorial.melodies import NUM_CLASSES
from melody_tutorial.networks import load_tensorflow
from melody_tutorial.presets import preset

MOST_STEPS = 512  # a longer melody is cut, as Magenta's pipeline did
BATCH = 128
QUICK_MINUTES = 0.02


def measure(options: Options) -> list[Row]:
    """One run of plain Keras, then three of ours until they reach its best validation loss."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder, "dataset")
        make_dataset(archives(options)["tune books"], dataset)
        minutes = QUICK_MINUTES if options.quick else options.minutes
        peer = train_apart("peer", dataset, Path(folder, "peer.json"), "--minutes", str(minutes))
        best = min(peer["curve"], key=lambda point: point["loss"])
        check(best["loss"] < np.log(NUM_CLASSES), "plain Keras learns nothing")
        arguments = ("--loss", str(best["loss"]), "--preset", "test" if options.quick else "cpu")
        ours = [
            train_apart("ours", dataset, Path(folder, "ours.json"), *arguments)
            for _ in range(1 if options.quick else 3)
        ]
    return [row_of(peer, best, ours)]


def train_apart(whose: str, dataset: Path, output: Path, *arguments: str) -> dict:
    """One training in a process of its own: its curve, and how busy the machine was."""
    run(
        [sys.executable, "-m", "benchmarks.time_to_quality", whose, str(dataset), str(output), *arguments],
        TF_CPP_MIN_LOG_LEVEL="3",
    )
    return json.loads(output.read_text(encoding="utf-8"))


def row_of(peer: dict, best: dict, ours: list[dict]) -> Row:
    """The row: seconds of each to the peer's best loss."""
    for curve in ours:
        check(curve["curve"][-1]["loss"] <= best["loss"], "ours never reaches the loss of plain Keras")
    seconds = [curve["curve"][-1]["seconds"] for curve in ours]
    row = Row(
        f"time to a validation loss of {best['loss']:.3f} nats per event",
        "s",
        seconds,
        target="≤ 1/15 of plain Keras's time",
        peers={"plain Keras fit": [best["seconds"]]},
        note=f"ours {len(ours)} runs, Keras one of {peer['curve'][-1]['seconds'] / 60:.0f} minutes, its own "
        f"evaluations not counted; load of the machine {peer['load']:.1f} during Keras's run, "
        + ", ".join(f"{curve['load']:.1f}" for curve in ours)
        + " during ours",
    )
    row.met = row.times_better(row.peers["plain Keras fit"]) >= 15
    return row


def padded(melodies: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole melodies as one-hot inputs (melodies, steps, 38), labels and weights (melodies, steps)."""
    steps = min(MOST_STEPS, max(map(len, melodies))) - 1
    ids = np.zeros((len(melodies), steps + 1), np.int32)
    weights = np.zeros((len(melodies), steps), np.float32)
    for row, melody in enumerate(melodies):
        melody = melody[: steps + 1]
        ids[row, : len(melody)] = melody
        weights[row, : len(melody) - 1] = 1
    return np.eye(NUM_CLASSES, dtype=np.float32)[ids[:, :-1]], ids[:, 1:], weights


def keras_model(dropout: float = 0.5):
    """Magenta's basic_rnn as a user of Keras would write it, with Magenta's settings."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None, NUM_CLASSES))])
    for units in preset("cpu").model.units:
        model.add(keras.layers.LSTM(units, return_sequences=True))
        model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(NUM_CLASSES))
    model.compile(
        keras.optimizers.Adam(0.001, global_clipnorm=5.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
    )
    return model


def train_peer(folder: Path, minutes: float) -> list[dict]:
    """``fit`` of plain Keras for so many minutes: validation loss after each epoch, and the seconds to it.

    The seconds of its evaluations are not counted.
    """
    import keras

    dataset = open_dataset(folder)
    inputs, labels, weights = padded(dataset.melodies("train"))
    validation = padded(dataset.melodies("validation"))
    start, curve = time.perf_counter(), []
    model = keras_model()

    class Watch(keras.callbacks.Callback):
        evaluating = 0.0

        def on_epoch_end(self, epoch, logs=None):
            reached = time.perf_counter()
            logits = np.concatenate([model.predict_on_batch(part) for part in batches(validation[0])])
            curve.append(
                {"seconds": reached - start - self.evaluating, "loss": loss_of(logits, *validation[1:])}
            )
            print(epoch + 1, curve[-1], flush=True)
            self.evaluating += time.perf_counter() - reached
            self.model.stop_training = curve[-1]["seconds"] >= 60 * minutes

    model.fit(
        inputs, labels, batch_size=BATCH, epochs=10_000, sample_weight=weights, verbose=0, callbacks=[Watch()]
    )
    return curve


def batches(array: np.ndarray) -> list[np.ndarray]:
    """Parts of ``BATCH`` rows."""
    return np.split(array, range(BATCH, len(array), BATCH))


def loss_of(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Mean cross entropy in nats per event of weight 1."""
    shifted = logits - logits.max(-1, keepdims=True)
    nats = np.log(np.exp(shifted).sum(-1)) - np.take_along_axis(shifted, labels[..., None], -1)[..., 0]
    return float((nats * weights).sum() / weights.sum())


def train_ours(folder: Path, loss: float, name: str) -> list[dict]:
    """Our training, with everything that it does, until the validation loss is no higher than ``loss``.

    ``name`` is that of the preset.
    """
    from melody_tutorial.training import train

    class ReachedError(Exception):
        pass

    dataset = open_dataset(folder)
    melodies = [dataset.melodies(side) for side in ("train", "validation")]
    start, curve = time.perf_counter(), []

    def on_epoch(row, model):
        curve.append({"seconds": time.perf_counter() - start, "loss": row["validation_loss"]})
        print(int(row["epoch"]), curve[-1], flush=True)
        if row["validation_loss"] <= loss:
            raise ReachedError

    with tempfile.TemporaryDirectory() as output, suppress(ReachedError):
        train(*melodies, output, preset(name).model, preset(name).training, on_epoch=on_epoch)
    return curve


def main() -> None:
    """One training, as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("whose", choices=["peer", "ours"])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--preset", default="cpu")
    chosen = parser.parse_args()
    load_tensorflow()
    if chosen.whose == "peer":
        curve = train_peer(chosen.dataset, chosen.minutes)
    else:
        curve = train_ours(chosen.dataset, chosen.loss, chosen.preset)
    write_text(chosen.output, json.dumps({"curve": curve, "load": os.getloadavg()[1]}, indent=1))


if __name__ == "__main__":
    main()
