"""One step of training, events per second: ours, PyTorch, plain Keras, and what large products allow.

The minimal GRU and the models of more features, which no peer has, stand beside our LSTM. ``python -m
benchmarks.training_step lstm|mingru|keras|products|MODEL BATCH STEPS`` is a worker that takes one of them.
"""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measure import Options, Row, Worker, check, in_turn, serve
from melody_tutorial.config import MODELS, ModelSettings, TrainingSettings
from melody_tutorial.datasets import Window
from melody_tutorial.melodies import NUM_CLASSES
from melody_tutorial.networks import load_tensorflow

# 2 forward and 4 backward for each weight; the kernel of the one-hot inputs needs no product.
FLOP_PER_EVENT = 6 * (3 * 128 * 512 + 128 * 38)
TARGET_SHAPE, DEFAULT_SHAPE = (128, 256), (64, 64)
SHAPES = {"batch 128, 256 steps": TARGET_SHAPE, "batch 64, 64 steps (the default)": DEFAULT_SHAPE}
QUICK_SHAPES = {"batch 8, 8 steps": (8, 8)}
OTHERS = ("mono_rnn", "lookback_rnn", "attention_rnn", "melody_rnn")  # at basic_rnn's units
LEAST_TIMES, LEAST_SHARE = 1.6, 0.55
SIZE, QUICK_SIZE = 4096, 256  # of the large matrices


def measure(options: Options) -> list[Row]:
    """Two rows for each shape of a batch; of the default one, also a row for each other model."""
    check_gradients()
    check_scan()
    torch, reason = find_torch(options)
    shapes = QUICK_SHAPES if options.quick else SHAPES
    return [row for each in shapes.items() for row in measure_shape(*each, torch, reason, options)]


def find_torch(options: Options) -> tuple[str | None, str]:
    """A Python that imports PyTorch, or why there is none."""
    python = options.torch_python or sys.executable
    probe = subprocess.run([python, "-c", "import torch"], capture_output=True, encoding="utf-8")
    if probe.returncode:
        return None, f"{Path(python).name} cannot import torch"
    return python, ""


def measure_shape(
    name: str, shape: tuple[int, int], torch: str | None, reason: str, options: Options
) -> list[Row]:
    """All workers in turn on batches of one shape: a row of the LSTM, and one of the minimal GRU."""
    numbers = [str(number) for number in shape]
    products = [*numbers, "quick"] if options.quick else numbers
    commands = {
        "ours": [sys.executable, "-m", "benchmarks.training_step", "lstm", *numbers],
        "minimal GRU": [sys.executable, "-m", "benchmarks.training_step", "mingru", *numbers],
        "plain Keras fit": [sys.executable, "-m", "benchmarks.training_step", "keras", *numbers],
        "products": [sys.executable, "-m", "benchmarks.training_step", "products", *products],
    }
    others = OTHERS if shape == DEFAULT_SHAPE else ()
    for model in others:
        commands[model] = [sys.executable, "-m", "benchmarks.training_step", model, *numbers]
    if options.quick:  # each start of TensorFlow takes seconds
        del commands["plain Keras fit"]
    if torch:
        commands["PyTorch nn.LSTM"] = [torch, str(Path(__file__).with_name("torch_step.py")), *numbers]
    workers = {whose: Worker(command, TF_CPP_MIN_LOG_LEVEL="3") for whose, command in commands.items()}
    try:
        for worker in workers.values():  # none prepares itself while others are timed
            worker()
        taken = in_turn(workers, options.runs)
    finally:
        for worker in workers.values():
            worker.close()
    rest = f"no dropout, {name}"
    minimal = Row(f"training step, 2×128 minimal GRU, {rest}", "events/s", taken.pop("minimal GRU"))
    minimal.peers = {"our LSTM": taken["ours"]}
    models = [Row(f"training step, {model}, 2×128, {rest}", "events/s", taken.pop(model)) for model in others]
    for each in models:
        each.peers = {"basic_rnn": taken["ours"]}
    row = Row(f"training step, 2×128 LSTM, {rest}", "events/s", taken.pop("ours"))
    row.limit, row.limit_name = taken.pop("products"), "large matrix products at 1.21 MFLOP per event"
    row.peers, row.skipped = taken, {} if torch else {"PyTorch nn.LSTM": reason}
    if shape != TARGET_SHAPE:
        return [row, minimal, *models]
    row.target = f"≥ {LEAST_TIMES}× PyTorch, ≥ {LEAST_SHARE:.0%} of the limit"
    row.met = row.times_better(row.limit) >= LEAST_SHARE
    if torch:
        row.met = row.met and row.times_better(row.peers["PyTorch nn.LSTM"]) >= LEAST_TIMES
    return [row, minimal]


def random_window(batch: int, steps: int, seed: int = 0) -> Window:
    """A window of events drawn at random, every tenth of which begins a melody."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, NUM_CLASSES, (2, batch, steps), np.uint8)
    everywhere, onsets = np.ones((batch, steps), np.float32), (ids[1] >= 2).astype(np.float32)
    return Window(ids[0], ids[1], everywhere, rng.random((batch, steps)) < 0.1, everywhere, onsets)


def check_gradients() -> None:
    """The fast step must learn what Keras's own layers with the same weights learn from the same batch."""
    load_tensorflow()
    import keras
    import tensorflow as tf

    from melody_tutorial.networks import MelodyModel
    from melody_tutorial.training import initial_states, make_update

    window = random_window(4, 6)._replace(resets=np.zeros((4, 6), bool))
    model = MelodyModel(ModelSettings(units=(8, 8), dropout=0.0))
    plain = keras.Sequential([keras.Input((None, NUM_CLASSES))])
    for units in (8, 8):
        plain.add(keras.layers.LSTM(units, return_sequences=True))
    plain.add(keras.layers.Dense(NUM_CLASSES))
    plain.set_weights(list(model.arrays().values()))
    with tf.GradientTape() as tape:
        logits = plain(tf.one_hot(window.inputs, NUM_CLASSES))
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(window.labels.astype(np.int32), logits)
        )
    gradients = tape.gradient(loss, plain.trainable_variables)
    before = model.arrays()
    settings = TrainingSettings(clip_norm=1e9)
    step = make_update(model, keras.optimizers.SGD(1.0), settings)
    step(window, initial_states(model, 4))
    for (name, was), gradient in zip(before.items(), gradients, strict=True):
        moved = was - model.arrays()[name]
        check(np.allclose(moved, gradient, rtol=1e-3, atol=1e-6), f"another gradient of {name} than Keras's")


def check_scan() -> None:
    """The minimal GRU's scan must give what a loop over its steps gives."""
    from melody_tutorial.networks import Checkpoint, MelodyModel, Network

    model = MelodyModel(ModelSettings(cell="mingru", units=(8, 8)))
    ids = random_window(4, 50).inputs.T
    logits, _ = model(ids.astype(np.int32), model.initial_state(4), np.zeros(ids.shape, bool))
    network = Network(Checkpoint(model.settings, model.arrays(), np.ones(NUM_CLASSES, np.int64)), 4)
    looped = np.stack([network.step(row) for row in ids])
    check(np.allclose(logits, looped, atol=1e-5), "other logits of the minimal GRU than its steps give")


def our_step(batch: int, steps: int, name: str):
    """Our training step as the training loop calls it, but for dropout, which the peers do without too.

    ``name`` is that of a model, or of a cell that reads events.
    """
    import keras

    from melody_tutorial.networks import MelodyModel, is_plain, offsets_of
    from melody_tutorial.training import initial_states, make_update, use_threads

    use_threads()
    settings = MODELS[name] if name in OTHERS else ModelSettings(cell=name)
    settings = replace(settings, units=(128, 128), dropout=0.0, feature_dropout=0.0)
    model = MelodyModel(settings)
    step = make_update(model, keras.optimizers.Adam(0.001), TrainingSettings())
    window, states = random_window(batch, steps), initial_states(model, batch)
    if not is_plain(settings):
        draw, rows = np.random.default_rng(0).integers, np.diff(offsets_of(settings))
        window = window._replace(inputs=np.stack([draw(n, size=(batch, steps)) for n in rows], axis=-1))

    def one_step() -> float:
        start = time.perf_counter()
        step(window, states)[0].numpy()
        return batch * steps / (time.perf_counter() - start)

    return one_step


def keras_step(batch: int, steps: int):
    """One step of plain Keras's ``fit``, in a call for several of them."""
    from benchmarks.time_to_quality import keras_model

    model, window = keras_model(dropout=0.0), random_window(batch, steps)
    inputs = np.eye(NUM_CLASSES, dtype=np.float32)[window.inputs]
    model.fit(inputs, window.labels, batch_size=batch, verbose=0)
    several = 4
    inputs, labels = (np.concatenate([array] * several) for array in (inputs, window.labels))

    def one_step() -> float:
        start = time.perf_counter()
        model.fit(inputs, labels, batch_size=batch, verbose=0)
        return several * batch * steps / (time.perf_counter() - start)

    return one_step


def products(size: int):
    """Events per second if a step were nothing but large matrix products."""
    import tensorflow as tf

    a, b = tf.random.normal((2, size, size))

    def one_product() -> float:
        start = time.perf_counter()
        tf.matmul(a, b).numpy()
        return 2 * size**3 / FLOP_PER_EVENT / (time.perf_counter() - start)

    return one_product


def main() -> None:
    """Be the worker that the command line names."""
    load_tensorflow()
    whose, batch, steps, *quick = sys.argv[1:]
    if whose == "products":
        measurement = products(QUICK_SIZE if quick else SIZE)
    elif whose == "keras":
        measurement = keras_step(int(batch), int(steps))
    else:
        measurement = our_step(int(batch), int(steps), whose)
    for _ in range(2):
        measurement()
    serve(measurement)


if __name__ == "__main__":
    main()
