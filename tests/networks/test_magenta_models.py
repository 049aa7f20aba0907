"""Magenta's lookback_rnn and attention_rnn: they read and say what note_seq's encoders do."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, ModelSettings, SamplingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.encoding import decode_events, encode_events, squash
from melody_tutorial.networks.checkpoint import weight_shapes
from melody_tutorial.networks.features import tables_of
from melody_tutorial.networks.inference import LAYER_WEIGHTS, Network
from melody_tutorial.networks.model import MelodyModel
from melody_tutorial.networks.rnn import from_keras, lstm_step, softmax
from melody_tutorial.networks.tunes import read_tunes
from melody_tutorial.sampling.sampler import sample_ids

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "nottingham_reference_melodies_discard.jsonl.gz"
NAMES = ["lookback_rnn", "attention_rnn"]
SMALL = {name: replace(MODELS[name], units=(8, 6)) for name in NAMES} | {
    "attention_rnn": replace(MODELS["attention_rnn"], units=(8, 6), attention=5)
}
# Three bars of which the third repeats the first and, but for an end, the second.
REPEATING = [60, -2, 62, -2, 64, -2, 65, -2, 67, -2, -2, -2, -1, -2, -2, -2]
REPEATING += [60, -2, 62, -2, 64, -2, 65, -2, 67, -2, -2, -2, 72, -2, -1, -2, *REPEATING]

melodies = st.lists(
    st.one_of(st.sampled_from([-2, -2, -2, -1]), st.integers(48, 83), st.sampled_from([60, 62])),
    min_size=2,
    max_size=90,
)


def encoder(name: str):
    """The encoder of note_seq that Magenta's model had."""
    from note_seq.encoder_decoder import LookbackEventSequenceEncoderDecoder
    from note_seq.melody_encoder_decoder import KeyMelodyEncoderDecoder, MelodyOneHotEncoding

    if name == "attention_rnn":
        return KeyMelodyEncoderDecoder(48, 84)
    return LookbackEventSequenceEncoderDecoder(MelodyOneHotEncoding(48, 84))


def check_against_note_seq(name: str, events: list[list[int]]) -> int:
    """Compare inputs and labels of melodies; how many events there were.

    A note-off before the first note becomes no-event, as in any ``Melody`` of note_seq.
    """
    from note_seq import Melody

    theirs, tables = encoder(name), tables_of(MODELS[name])
    events = [list(Melody(each)) for each in events]
    for each, reading in zip(events, read_tunes(MODELS[name], list(map(encode_events, events))), strict=True):
        inputs, labels = theirs.encode(Melody(each))
        ours = np.concatenate([table[reading.inputs[:-1, n]] for n, table in enumerate(tables)], axis=1)
        np.testing.assert_array_equal(ours, inputs)
        np.testing.assert_array_equal(reading.labels[:-1], labels)
        np.testing.assert_array_equal(reading.onsets[:-1], np.array(each[1:]) >= 0)
    return sum(len(each) - 1 for each in events)


@pytest.mark.parametrize("name", NAMES)
@given(st.lists(melodies, min_size=1, max_size=3))
@example([REPEATING, [-2] * 40, [60, -1, *[-2] * 40, 60, -2]])  # longer than those that are drawn
def test_inputs_and_labels_are_those_of_note_seq(name, events):
    check_against_note_seq(name, events)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_and_labels_of_nottingham_tunes_are_those_of_note_seq(name):
    if not REFERENCE.exists():
        pytest.skip("the melodies of the Nottingham archive are not here")
    with gzip.open(REFERENCE, "rt") as lines:
        tunes = [json.loads(line)["melodies"] for line in lines]
    some = [squash(np.array(melody))[0].tolist() for tune in tunes[::400] for melody in tune]
    assert check_against_note_seq(name, some) > 1000


def test_sizes_are_those_of_2016():
    shapes = {name: weight_shapes(MODELS[name]) for name in NAMES}
    assert shapes["lookback_rnn"]["layer_1/kernel"] == (121, 512)
    assert shapes["attention_rnn"]["attention/input_kernel"] == (74 + 128, 74)
    assert {shapes[name]["logits/kernel"] for name in NAMES} == {(128, 40)}


def test_a_note_of_pitch_0_sounds_here():
    """There it counts as silence while it sounds, since it is tested by ``if current_note``."""
    from note_seq import Melody
    from note_seq.melody_encoder_decoder import KeyMelodyEncoderDecoder

    model = replace(MODELS["attention_rnn"], classes=130)
    (reading,) = read_tunes(model, [encode_events([0, -2], 130)])
    ours = tables_of(model)[0][reading.inputs[0, 0]]
    theirs = np.array(KeyMelodyEncoderDecoder(0, 128).events_to_input(Melody([0, -2]), 0))[:130]
    assert (ours[0], *ours[128:]) == (1, 1, 0) and (theirs[0], *theirs[128:]) == (0, 0, 1)
    (reading,) = read_tunes(model, [encode_events([1, -2], 130)])
    theirs = np.array(KeyMelodyEncoderDecoder(0, 128).events_to_input(Melody([1, -2]), 0))[:130]
    np.testing.assert_array_equal(tables_of(model)[0][reading.inputs[0, 0]], theirs)


def tensorflow_logits(settings: ModelSettings, weights: dict, ids: np.ndarray, cut: int) -> np.ndarray:
    """Logits of labels after each event, of ids (steps, melodies), read in two windows."""
    model = MelodyModel(settings)
    model.load_arrays(weights)
    inputs = np.stack([each.inputs for each in read_tunes(settings, list(ids.T))], axis=1).astype(np.int32)
    state, found = model.initial_state(ids.shape[1]), []
    for window in (inputs[:cut], inputs[cut:]):
        logits, state = model(tf.constant(window), state, np.zeros(window.shape[:2], bool))
        found.append(logits.numpy())
    return np.concatenate(found)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("name", NAMES)
def test_numpy_gives_events_the_probabilities_of_tensorflow(name, cell):
    """By what note_seq takes each label for, that is: events are decoded by its own function."""
    settings = replace(SMALL[name], cell=cell)
    checkpoint = random_checkpoint(model=settings)
    ids = np.stack([encode_events(REPEATING), np.roll(encode_events(REPEATING), 5)], axis=1)
    p = softmax(tensorflow_logits(settings, checkpoint.weights, ids, 17))
    network, theirs = Network(checkpoint, 2), encoder(name)
    for step, row in enumerate(ids):
        ours = softmax(network.step(row))
        expected = np.zeros((2, 38))
        for melody in range(2):
            heard = decode_events(ids[: step + 1, melody]).tolist()
            for label in range(40):
                event = theirs.class_index_to_event(label, heard)
                expected[melody, encode_events([event])[0]] += p[step, melody, label]
        np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_attention_does_what_its_formulas_say():
    """Step by step in float64, as TensorFlow 1's ``AttentionCellWrapper`` did; memories of five steps."""
    settings = SMALL["attention_rnn"]
    weights = random_checkpoint(model=settings).weights
    w = {name: array.astype(float) for name, array in weights.items()}
    cells = [from_keras("lstm", *(w[f"layer_{n}/{part}"] for part in LAYER_WEIGHTS)) for n in (1, 2)]
    ids = encode_events(REPEATING)
    (reading,) = read_tunes(settings, [ids])
    xs = np.concatenate([table[reading.inputs[:, n]] for n, table in enumerate(tables_of(settings))], axis=1)
    h1, c1, a, h2, c2 = (np.zeros(size) for size in (8, 8, 8, 6, 6))
    last, expected = [np.zeros(8)] * settings.attention, []
    for x in xs:
        x = np.concatenate([x, a]) @ w["attention/input_kernel"] + w["attention/input_bias"]
        h1, c1 = lstm_step(x, h1, c1, cells[0])
        query = np.concatenate([c1, h1]) @ w["attention/query_kernel"] + w["attention/query_bias"]
        scores = [w["attention/score"] @ np.tanh(o @ w["attention/memory_kernel"] + query) for o in last]
        a = softmax(np.array(scores)) @ last
        o = np.concatenate([h1, a]) @ w["attention/output_kernel"] + w["attention/output_bias"]
        last = [*last[1:], o]
        h2, c2 = lstm_step(o, h2, c2, cells[1])
        expected.append(h2 @ w["logits/kernel"] + w["logits/bias"])
    np.testing.assert_allclose(
        tensorflow_logits(settings, weights, ids[:, None], 17)[:, 0], expected, atol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_of_a_melody_when_the_next_one_starts(name):
    settings = SMALL[name]
    model = MelodyModel(settings)
    model.load_arrays(random_checkpoint(model=settings, scale=0.6).weights)
    (reading,) = read_tunes(settings, [encode_events(REPEATING)])
    alone = reading.inputs[:, None].astype(np.int32)
    resets = np.zeros((2 * len(alone), 1), bool)
    for forgets in (True, False):
        resets[[0, len(alone)]] = forgets
        logits, _ = model(tf.constant(np.concatenate([alone, alone])), model.initial_state(1), resets)
        first, second = np.split(logits.numpy(), 2)
        assert np.allclose(first, second, atol=1e-6) == forgets


@pytest.mark.parametrize("name", NAMES)
def test_a_sequence_goes_on_from_another_and_from_an_earlier_moment(name):
    checkpoint = random_checkpoint(model=SMALL[name], scale=0.6)
    network, alone = Network(checkpoint, 2), Network(checkpoint, 1)
    for step, event in enumerate(encode_events(REPEATING)):
        network.step(np.array([event, step % 38]))
        alone.step(np.array([event]))
    network.select(np.array([0, 0]))
    moment = network.snapshot()
    first = network.step(np.array([16, 16])).copy()
    np.testing.assert_allclose(first, np.repeat(alone.step(np.array([16])), 2, axis=0), atol=1e-6)
    for event in (21, 3, 0, 0, 0, 0, 5):
        network.step(np.array([event, event]))
    network.restore(moment)
    np.testing.assert_array_equal(network.step(np.array([16, 16])), first)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_drawn_had_the_likelihood_that_is_told(name):
    checkpoint = random_checkpoint(model=SMALL[name], scale=1.5)
    samples = sample_ids(checkpoint, [14, 0], SamplingSettings(num_outputs=2, num_steps=60), 3)
    network, total = Network(checkpoint, 2), np.zeros(2)
    network.step(samples.ids[:, 0])
    for before, drawn in zip(samples.ids.T[1:-1], samples.ids.T[2:], strict=True):
        total += np.log(softmax(network.step(before))[np.arange(2), drawn])
    np.testing.assert_allclose(samples.log_likelihoods, total, rtol=1e-4)


@pytest.mark.parametrize("other", [{"has_end": True}, {"pointer": True}])
def test_an_end_and_a_pointer_are_of_models_that_say_events(other):
    with pytest.raises(UserError, match="labels is 'lookback': a model with an end or a pointer says events"):
        replace(MODELS["lookback_rnn"], **other)


def test_attention_lies_around_a_cell_that_remembers():
    with pytest.raises(UserError, match="cell is 'mingru': with attention choose another, such as lstm"):
        replace(MODELS["attention_rnn"], cell="mingru")
