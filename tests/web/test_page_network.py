"""The network in a page says what the network in Python says: each model, each cell, real tunes."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, shipped_data
from melody_tutorial.networks import Network, load_checkpoint
from melody_tutorial.web import checkpoint_data, halved

CLOSE = 1e-4
OTHER_CELLS = [("basic_rnn", "rnn"), ("basic_rnn", "gru"), ("attention_rnn", "gru"), ("melody_rnn", "rnn")]
CASES = [*((name, model.cell) for name, model in MODELS.items()), *OTHER_CELLS]
SHIPPED = sorted(path.parent for path in (shipped_data() / "checkpoints").glob("*/config.json"))
LOGITS = """
const checkpoint = readCheckpoint(argument.checkpoint);
return argument.tunes.map(([ids, facts]) => {
  const network = new Network(checkpoint, facts);
  return ids.map((id) => Array.from(network.step(id)));
});
"""
TURNS_BACK = """
const network = new Network(readCheckpoint(argument));
for (const id of [14, 0, 16, 0]) network.step(id);
const moment = network.snapshot();
const first = Array.from(network.step(18));
for (const id of [1, 21, 0]) network.step(id);
network.restore(moment);
return [first, Array.from(network.step(18))];
"""


def steps_of(model, ids):
    """What a network is fed of a tune."""
    return [None, *ids] if model.has_end else ids


def logits_in_python(checkpoint, tunes):
    """Logits of all steps of all tunes, one after the other."""
    logits = []
    for ids, facts in tunes:
        network = Network(checkpoint, 1, facts)
        steps = steps_of(checkpoint.model, ids)
        logits += [network.step(None if id is None else np.array([id]))[0].copy() for id in steps]
    return np.array(logits)


def logits_in_page(run, checkpoint, tunes):
    """The same by JavaScript."""
    given = [(steps_of(checkpoint.model, ids), asdict(facts)) for ids, facts in tunes]
    argument = {"checkpoint": checkpoint_data(checkpoint), "tunes": given}
    return np.concatenate(run(["checkpoint.js", "network.js"], LOGITS, argument))


def small(name, cell):
    """An untrained model of few units, which attends to few outputs."""
    model = MODELS[name]
    return random_checkpoint(
        model=replace(
            model, cell=cell, units=(8, 6), attention=model.attention and 7, embedding=model.embedding and 5
        )
    )


@pytest.mark.parametrize(("name", "cell"), CASES)
def test_logits_are_those_of_numpy(name, cell, run, real_tunes):
    checkpoint = small(name, cell)
    tunes = real_tunes(checkpoint.model.classes)
    expected = logits_in_python(checkpoint, tunes)
    assert len(expected) >= 500 and expected.std() > 0.1
    np.testing.assert_allclose(logits_in_page(run, checkpoint, tunes), expected, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
@pytest.mark.parametrize("change", [lambda checkpoint: checkpoint, halved], ids=["whole", "halved"])
def test_logits_of_the_weights_that_ship_are_those_of_numpy(folder, change, run, real_tunes):
    checkpoint = change(load_checkpoint(folder))
    tunes = real_tunes(checkpoint.model.classes)
    found = logits_in_page(run, checkpoint, tunes)
    np.testing.assert_allclose(found, logits_in_python(checkpoint, tunes), rtol=0, atol=CLOSE)


@pytest.mark.parametrize(
    "part", ["layer_1/bias", "layer_2/recurrent_kernel", "pointer/kernel", "embedding/kernel"]
)
def test_other_weights_give_other_logits(part, run, real_tunes):
    """The control: a change of a hundredth in one array is more than is allowed."""
    checkpoint, tunes = small("melody_rnn", "lstm"), real_tunes()[:1]
    changed = replace(
        checkpoint, weights=checkpoint.weights | {part: checkpoint.weights[part] + np.float32(0.01)}
    )
    difference = np.abs(logits_in_page(run, changed, tunes) - logits_in_python(checkpoint, tunes))
    assert difference.max() > 10 * CLOSE


@pytest.mark.parametrize("name", ["attention_rnn", "melody_rnn", "mingru"])
def test_a_network_goes_on_from_an_earlier_moment(name, run):
    first, again = run(
        ["checkpoint.js", "network.js"], TURNS_BACK, checkpoint_data(small(name, MODELS[name].cell))
    )
    assert first == again and len(set(first)) > 1


def test_what_is_no_feature_and_what_is_cut_short_is_refused(run):
    data = checkpoint_data(small("melody_rnn", "lstm"))
    code = "try { new Network(readCheckpoint(argument)); } catch (error) { return error.message; }"
    unknown = data | {"model": data["model"] | {"features": ["event", "colour"]}}
    short = data | {
        "weights": data["weights"] | {"logits/bias": {"shape": [39], "type": "float32", "data": "AAAAAA=="}}
    }
    modules = ["checkpoint.js", "network.js"]
    assert run(modules, code, unknown) == 'The model reads "colour", which is no feature here.'
    assert run(modules, code, short).startswith("The weight logits/bias has 4 bytes, and 156 are asked for")
