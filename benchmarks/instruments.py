"""Events that a page draws, in a browser and in Node, without Python; beside NumPy and the bare products."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import numpy as np

from benchmarks.measure import Options, Row, check, in_turn, seconds
from melody_tutorial.config import MODELS, SamplingSettings, shipped_data
from melody_tutorial.networks import Checkpoint, load_checkpoint, load_tensorflow
from melody_tutorial.sampling import sample_ids
from melody_tutorial.web import checkpoint_data, halved, inline

LEAST_RATE = 4000
EVENTS, QUICK_EVENTS = 8192, 512
CHECKED_STEPS = 256
PAGE_KILOBYTES = 1500  # that a page with a network may have
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MODULES = ("checkpoint.js", "dice.js", "network.js", "products.js", "sampler.js")
# Calls a function of some code with all exports of the modules, and an argument, at hand.
CALL = """async ([texts, code, argument]) => {
  const addresses = texts.map((text) => `data:text/javascript;base64,${text}`);
  const all = Object.assign({}, ...(await Promise.all(addresses.map((address) => import(address)))));
  return new Function(...Object.keys(all), "argument", code)(...Object.values(all), argument);
}"""
IN_NODE = f"""import {{ readFileSync }} from "node:fs";
process.stdout.write(JSON.stringify(await ({CALL})(JSON.parse(readFileSync(0, "utf8")))));"""
DRAWN = """const { checkpoint, steps } = argument;
return sampleIds(new Network(readCheckpoint(checkpoint)), [], { num_steps: steps, seed: 0 })[0].ids;"""
RATE = """const network = new Network(readCheckpoint(argument.checkpoint));
const { classes } = network.model;
const dice = new Dice(0);
let id = 14;
const draw = (events) => {
  for (let event = 0; event < events; event++) id = drawNext(network.step(id), {}, dice) % classes;
};
draw(1000); // until the machine has compiled it
const start = performance.now();
draw(argument.events);
return 1000 * argument.events / (performance.now() - start);"""
PRODUCTS = """const shapes = argument.shapes.map(([inputs, outputs]) => {
  const filled = (size) => new Float32Array(size).fill(0.01);
  return [filled(inputs * outputs), filled(inputs), filled(outputs), filled(outputs)];
});
const multiplyAll = (events) => {
  for (let event = 0; event < events; event++) for (const shape of shapes) multiply(...shape);
};
multiplyAll(1000);
const start = performance.now();
multiplyAll(argument.events);
return 1000 * argument.events / (performance.now() - start);"""

Engine = Callable[[str, object], object]


def measure(options: Options) -> list[Row]:
    """The rate of each model in each engine, and how much of a page a network takes."""
    checkpoints = {"basic_rnn": shipped("basic_rnn"), "melody_rnn": melody_rnn()}
    rows = []
    with chromium() as in_chromium:
        for engine_name, engine in {"Chromium": in_chromium, "Node": in_node()}.items():
            for name, checkpoint in checkpoints.items():
                measured = f"{name} in {engine_name}, one event after the other"
                rows.append(rate(measured, checkpoint, engine, options) if engine else None)
    return [*filter(None, rows), kilobytes(checkpoints["melody_rnn"])]


def shipped(name: str) -> Checkpoint:
    """A model that ships."""
    return load_checkpoint(shipped_data() / "checkpoints" / name)


def melody_rnn() -> Checkpoint:
    """An untrained melody_rnn, whose rate is that of a trained one, and which never ends a tune."""
    load_tensorflow()
    from melody_tutorial.networks import MelodyModel

    settings = MODELS["melody_rnn"]
    weights = MelodyModel(settings).arrays()
    weights["logits/bias"][-1] = -1e3
    return Checkpoint(settings, weights, np.ones(settings.classes, np.int64))


def in_node() -> Engine | None:
    """Runs code in Node, in a process of its own; None where there is no Node."""
    if not (node := shutil.which("node")):
        print("Node is skipped: it is not on this machine", file=sys.stderr)
        return None
    return lambda code, argument: json.loads(
        subprocess.run(
            [node, "--input-type=module", "--eval", IN_NODE],
            input=json.dumps([texts(), code, argument]),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout
    )


@contextmanager
def chromium() -> Iterator[Engine | None]:
    """Runs code in an empty page of Chromium; None where Chromium or Playwright is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if not (sync_playwright and CHROMIUM):
        print("Chromium is skipped: it takes chromium, and pip install playwright", file=sys.stderr)
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        yield lambda code, argument: page.evaluate(CALL, [texts(), code, argument])
        browser.close()


def texts() -> list[str]:
    """The modules as base64."""
    return [base64.b64encode(inline(name).encode()).decode() for name in MODULES]


def rate(measured: str, checkpoint: Checkpoint, engine: Engine, options: Options) -> Row:
    """Events per second that a network draws, beside those of NumPy and of its matrix products alone."""
    argument = {"checkpoint": checkpoint_data(checkpoint), "steps": CHECKED_STEPS}
    settings = SamplingSettings(num_outputs=1, num_steps=CHECKED_STEPS)
    (expected,) = sample_ids(checkpoint, [], settings).melodies(checkpoint.model.classes)
    check(engine(DRAWN, argument) == expected.tolist(), "a page draws another melody than Python")
    events = QUICK_EVENTS if options.quick else EVENTS
    given = {"checkpoint": argument["checkpoint"], "events": events, "shapes": shapes_of(checkpoint)}
    taken = in_turn(
        {
            "ours": lambda: engine(RATE, given),
            "products": lambda: engine(PRODUCTS, given),
            "numpy": lambda: CHECKED_STEPS / seconds(lambda: sample_ids(checkpoint, [], settings)),
        },
        options.runs,
    )
    return Row(
        measured,
        "events/s",
        taken["ours"],
        target=f"≥ {LEAST_RATE:,}",
        met=median(taken["ours"]) >= LEAST_RATE,
        peers={"sample_ids in Python, one melody": taken["numpy"]},
        limit=taken["products"],
        limit_name="the same matrix products alone",
    )


def shapes_of(checkpoint: Checkpoint) -> list[tuple[int, int]]:
    """Inputs and outputs of each product with a vector that an event takes; the first layer looks rows up."""
    looked_up = ("embedding/kernel", "layer_1/kernel")
    kernels = {name: each for name, each in checkpoint.weights.items() if each.ndim == 2}
    return [kernel.shape for name, kernel in kernels.items() if name not in looked_up]


def kilobytes(checkpoint: Checkpoint) -> Row:
    """What the data of a network and the modules that read them take of a page."""
    modules = sum(len(inline(name).encode()) for name in ("checkpoint.js", "network.js", "sampler.js"))
    half, whole = (
        (len(json.dumps(checkpoint_data(each))) + modules) / 1000 for each in (halved(checkpoint), checkpoint)
    )
    return Row(
        "melody_rnn in a page: its weights as float16, and the modules that draw with them",
        "kB",
        [half],
        target=f"≤ {PAGE_KILOBYTES:,} kB",
        met=half <= PAGE_KILOBYTES,
        peers={"weights as float32": [whole]},
    )
