"""New melodies from a trained network: one, a whole process, many at a time; beside the bare products."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Options, Row, check, in_turn, program, python, run, seconds
from melody_tutorial.config import SamplingSettings
from melody_tutorial.networks import LAYER_WEIGHTS, Network, load_checkpoint, softmax
from melody_tutorial.sampling import sample_ids

STEPS, BATCH, BATCH_STEPS, QUICK_STEPS = 256, 128, 512, 64
KERAS_STEPS = 64  # its rate does not depend on them
MOST_MILLISECONDS, MOST_SECONDS, LEAST_RATE = 15, 0.7, 100_000
# What another program on the other core would do: products that fill it.
BUSY = "import numpy\nwhile True: numpy.dot(numpy.ones((256, 256)), numpy.ones((256, 256)))"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def measure(options: Options) -> list[Row]:
    """One melody, one process, a batch, and a batch beside a busy neighbour."""
    checkpoint = load_checkpoint("basic_rnn")
    check_likelihoods(checkpoint)
    batch_steps = QUICK_STEPS if options.quick else BATCH_STEPS
    settings = SamplingSettings(num_outputs=BATCH, num_steps=batch_steps)
    keras = {} if options.quick else {"Keras, a call for each event": KerasLoop(checkpoint)}
    rows = [one_melody(checkpoint, options, keras), whole_process(options)]
    rows.append(batch(checkpoint, settings, options, "", keras))
    with busy_neighbour():
        rows.append(batch(checkpoint, settings, options, ", the other core busy", {}))
    return rows


def check_likelihoods(checkpoint) -> None:
    """The likelihood that sampling tells must be that of its melodies, and a seed must repeat them."""
    settings = SamplingSettings(num_outputs=4, num_steps=32)
    primer = [14, 0, 14, 0, 21, 0, 21, 0]
    first, again = (sample_ids(checkpoint, primer, settings, 1) for _ in range(2))
    check(np.array_equal(first.ids, again.ids), "the same seed gives other melodies")
    network, nats = Network(checkpoint, 4), 0.0
    for step, (now, then) in enumerate(zip(first.ids.T[:-1], first.ids.T[1:], strict=True)):
        likely = np.log(softmax(network.step(now)))[np.arange(4), then]
        nats += likely * (step + 1 >= len(primer))
    check(np.allclose(nats, first.log_likelihoods, rtol=1e-3), "a melody's likelihood is wrong")


def products_only(checkpoint, outputs: int, steps: int) -> None:
    """The matrix products of so many steps, and nothing else."""
    network = Network(checkpoint, outputs)
    logits = np.empty((outputs, checkpoint.model.classes), np.float32)
    with threadpool_limits(1):
        for _ in range(steps):
            for layer in network.layers:
                np.matmul(layer.inputs, layer.kernel, out=layer.gates)
            np.matmul(network.output, network.logits_kernel, out=logits)


class KerasLoop:
    """The loop that a user of Keras writes: a stateful model, called for one event of each melody."""

    def __init__(self, checkpoint):
        from melody_tutorial.networks import load_tensorflow

        load_tensorflow()
        self.checkpoint, self.models = checkpoint, {}

    def model(self, outputs: int):
        """The model for so many melodies, with the weights of the checkpoint."""
        import keras

        classes, units = self.checkpoint.model.classes, self.checkpoint.model.units
        layers = [keras.layers.LSTM(size, return_sequences=True, stateful=True) for size in units]
        shape = keras.Input((1, classes), batch_size=outputs)
        model = keras.Sequential([shape, *layers, keras.layers.Dense(classes)])
        weights = self.checkpoint.weights
        for number, layer in enumerate(model.layers[:-1], 1):
            layer.set_weights([weights[f"layer_{number}/{name}"] for name in LAYER_WEIGHTS])
        model.layers[-1].set_weights([weights["logits/kernel"], weights["logits/bias"]])
        return model

    def seconds(self, outputs: int, steps: int) -> float:
        """Time for so many events of so many melodies."""
        model = self.models[outputs] = self.models.get(outputs) or self.model(outputs)
        rng, eye = np.random.default_rng(0), np.eye(self.checkpoint.model.classes, dtype=np.float32)

        def sample() -> None:
            ids = np.zeros(outputs, int)
            for _ in range(steps):
                logits = np.asarray(model(eye[ids][:, None]))[:, 0]
                ids = (logits + rng.gumbel(size=logits.shape)).argmax(1)

        return seconds(sample)


def one_melody(checkpoint, options: Options, keras: dict[str, KerasLoop]) -> Row:
    """Latency of one melody with the model loaded."""
    settings = SamplingSettings(num_outputs=1, num_steps=STEPS)
    functions = {
        "ours": lambda: 1e3 * seconds(lambda: sample_ids(checkpoint, [], settings)),
        "products": lambda: 1e3 * seconds(lambda: products_only(checkpoint, 1, STEPS)),
    }
    for name, loop in keras.items():
        functions[name] = lambda: 1e3 * loop.seconds(1, KERAS_STEPS) * STEPS / KERAS_STEPS  # noqa: B023
    taken = in_turn(functions, options.runs)
    return Row(
        f"sampling, one melody of {STEPS} events, model loaded",
        "ms",
        taken["ours"],
        target=f"≤ {MOST_MILLISECONDS} ms",
        met=median(taken["ours"]) <= MOST_MILLISECONDS,
        peers={name: taken[name] for name in keras},
        limit=taken["products"],
        limit_name="the same matrix products alone",
    )


def whole_process(options: Options) -> Row:
    """The command that writes one melody as MIDI, from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "melodies")
        arguments = ("--num-outputs", "1", "--num-steps", str(STEPS), "--format", "mid")
        command = program("sample", "--output", output, *arguments)
        taken = in_turn(
            {
                "ours": lambda: seconds(lambda: run(command)),
                "start": lambda: seconds(lambda: run(python("import numpy, symusic, typer"))),
            },
            options.runs,
        )
        check(len(list(output.rglob("*.mid"))) == 1, "sample writes no melody")
    return Row(
        f"whole process: sample --num-outputs 1 --num-steps {STEPS} --format mid",
        "s",
        taken["ours"],
        target=f"≤ {MOST_SECONDS} s",
        met=median(taken["ours"]) <= MOST_SECONDS,
        limit=taken["start"],
        limit_name="Python starts and imports NumPy, symusic and Typer",
    )


def batch(
    checkpoint, settings: SamplingSettings, options: Options, when: str, keras: dict[str, KerasLoop]
) -> Row:
    """Events per second of many melodies at a time."""
    outputs, steps = settings.num_outputs, settings.num_steps
    functions = {
        "ours": lambda: outputs * steps / seconds(lambda: sample_ids(checkpoint, [], settings)),
        "products": lambda: outputs * steps / seconds(lambda: products_only(checkpoint, outputs, steps)),
    }
    for name, loop in keras.items():
        functions[name] = lambda: outputs * KERAS_STEPS / loop.seconds(outputs, KERAS_STEPS)  # noqa: B023
    taken = in_turn(functions, options.runs)
    return Row(
        f"sampling, {outputs} melodies of {steps} events{when}",
        "events/s",
        taken["ours"],
        target=f"≥ {LEAST_RATE:,}",
        met=median(taken["ours"]) >= LEAST_RATE,
        peers={name: taken[name] for name in keras},
        limit=taken["products"],
        limit_name="the same matrix products alone",
        skipped={"Magenta's generator": "it needs TensorFlow 1; about 45 events/s when last run"},
    )


@contextmanager
def busy_neighbour() -> Iterator[None]:
    """Keep one core busy with somebody else's work."""
    child = subprocess.Popen([sys.executable, "-c", BUSY], env={**os.environ, **ONE_THREAD})
    try:
        yield
    finally:
        child.kill()
        child.wait()
