"""In a page the same seed draws the same melodies as in Python, by the same rules."""

from dataclasses import asdict

import numpy as np
import pytest
from test_page_network import SHIPPED, small

from melody_tutorial.config import MODELS, SamplingSettings
from melody_tutorial.networks import Facts, load_checkpoint
from melody_tutorial.sampling import sample_ids
from melody_tutorial.sampling.sampler import event_probabilities
from melody_tutorial.web import checkpoint_data

JIG = Facts((6, 8), "dorian", 8, 12)
SETTINGS = [
    SamplingSettings(num_outputs=3, num_steps=150, seed=1),
    SamplingSettings(num_outputs=2, num_steps=150, temperature=0.7, top_k=5, seed=2**32 - 1),
    SamplingSettings(num_outputs=2, num_steps=150, temperature=1.3, top_p=0.9, seed=3),
]
MODULES = ["checkpoint.js", "network.js", "sampler.js"]
SAMPLES = """
const { checkpoint, primer, settings, facts } = argument;
const network = new Network(readCheckpoint(checkpoint));
network.step(14); // what it has heard before is forgotten
return sampleIds(network, primer, settings, facts);
"""


def check_samples(run, checkpoint, primer, settings, facts):
    """Compare melodies, ends and likelihoods; the melodies."""
    argument = {
        "checkpoint": checkpoint_data(checkpoint),
        "primer": primer,
        "settings": asdict(settings),
        "facts": asdict(facts),
    }
    found = run(MODULES, SAMPLES, argument)
    expected = sample_ids(checkpoint, primer, settings, facts=facts)
    classes = checkpoint.model.classes
    assert [each["ids"] for each in found] == [ids.tolist() for ids in expected.melodies(classes)]
    assert [each["isWhole"] for each in found] == (expected.ids == classes).any(axis=1).tolist()
    np.testing.assert_allclose([each["logLikelihood"] for each in found], expected.log_likelihoods, rtol=1e-4)
    return [tuple(each["ids"]) for each in found]


@pytest.mark.parametrize("settings", SETTINGS, ids=["plain", "top-k", "top-p"])
@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_draws_the_same_melodies(name, settings, run):
    checkpoint = small(name, MODELS[name].cell)
    melodies = check_samples(run, checkpoint, [14, 0, 16, 0], settings, JIG)
    assert len(set(melodies)) == settings.num_outputs


@pytest.mark.parametrize("primer", [[], [14, 0, 14, 0, 21]], ids=["from nothing", "from a primer"])
@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_weights_that_ship_draw_the_same_melodies(folder, primer, run):
    settings = SamplingSettings(num_outputs=4, num_steps=256, seed=5)
    check_samples(run, load_checkpoint(folder), primer, settings, JIG)


@pytest.mark.parametrize("settings", SETTINGS, ids=["plain", "top-k", "top-p"])
def test_probabilities_are_those_of_python(settings, run):
    logits = np.random.default_rng(0).normal(0, 2, (50, 38)).astype(np.float32)
    logits[0, :10] = 1.5  # ties with the last that top-k keeps
    code = """const [logits, settings] = argument;
      return logits.map((row) => Array.from(eventProbabilities(Float32Array.from(row), settings)))"""
    found = np.array(run(["chances.js"], code, [logits.tolist(), asdict(settings)]))
    expected = event_probabilities(logits, settings)
    assert ((found > 0) == (expected > 0)).all()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_is_drawn_is_drawn_as_often_as_it_is_likely(run):
    """20,000 draws: each share within four standard errors, and one that is not among the likeliest never."""
    logits = [2.0, 1.0, 0.0, -1.0, -5.0]
    code = """const dice = new Dice(0);
      const logits = Float32Array.from(argument);
      const counts = [0, 0, 0, 0, 0];
      const choosing = { temperature: 0.8, top_k: 4 };
      for (let draw = 0; draw < 20000; draw++) counts[drawNext(logits, choosing, dice)] += 1;
      return counts"""
    counts = np.array(run(["dice.js", "sampler.js"], code, logits))
    settings = SamplingSettings(temperature=0.8, top_k=4)
    p = event_probabilities(np.array(logits), settings)
    assert (np.abs(counts / 20000 - p) <= 4 * np.sqrt(p * (1 - p) / 20000)).all() and counts[4] == 0


@pytest.mark.parametrize(
    ("primer", "sentence"),
    [
        ([14, 38], "The primer has the id 38: allowed are 0 to 37."),
        ([0] * 8, "The primer has 8 steps, and the whole is to have 8: ask for more."),
    ],
)
def test_a_primer_that_does_not_fit_is_refused(primer, sentence, run):
    code = """const network = new Network(readCheckpoint(argument[0]));
      try { sampleIds(network, argument[1], { num_steps: 8 }); } catch (error) { return error.message; }"""
    assert run(MODULES, code, [checkpoint_data(small("basic_rnn", "lstm")), primer]) == sentence
