"""Features of what was heard: right by hand, causal, the same in training and in sampling."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, ModelSettings
from melody_tutorial.errors import UserError
from melody_tutorial.networks import Facts, Network, Tune, read_tunes, without_bars
from melody_tutorial.networks.features import FEATURES, MOST_LEFT, offsets_of
from melody_tutorial.networks.heard import LAGS, METRES, Heard
from melody_tutorial.networks.model import MelodyModel

OURS = replace(MODELS["melody_rnn"], units=(8, 6), embedding=5)
WALTZ = Facts((3, 4), "minor", 3, 12)
EVERYTHING = replace(OURS, features=tuple(FEATURES))

melodies = st.lists(st.integers(0, 37), min_size=1, max_size=120).map(lambda ids: np.array(ids, np.uint8))
some_facts = st.builds(
    Facts,
    st.none() | st.sampled_from(METRES),
    st.none() | st.sampled_from(["major", "dorian"]),
    st.none() | st.integers(1, 40),
    st.sampled_from([6, 8, 12, 16, 40]),
)


def read(name: str, ids, facts=WALTZ) -> int:
    """A feature after some events."""
    heard = Heard([facts])
    for event in ids:
        heard.hear(np.array([event]))
    return int(FEATURES[name].read(heard)[0])


def test_features_of_a_waltz():
    """Bars of 12 steps: a bar of three crotchets, C D E, and its beginning once more."""
    bar = [14, 0, 0, 0, 16, 0, 0, 0, 18, 0, 0, 0]
    ids = [*bar, 14, 0, 0, 0, 16]
    assert read("event", []) == 38 and read("event", ids) == 16
    assert (read("pitch", ids), read("pitch_before", ids)) == (16, 14)
    assert [read("since", ids + [0] * more) for more in (0, 1, 40)] == [1, 2, 24]
    assert read("since", []) == 0
    assert read("place", ids) - read("place", []) == 17 % 12
    assert (read("bar", []), read("bar", ids)) == (0, 1)
    assert [read("bars_left", bar * bars) for bars in (0, 2, 5)] == [2, 0, 0]
    assert read("bars_left", ids, replace(WALTZ, bars=None)) == MOST_LEFT
    pickup = [0] * 8 + bar
    assert [read("pickup", each) for each in ([], ids, pickup)] == [32, 0, 8]
    assert [read("whole_bars", pickup[:steps]) for steps in (0, 8, 9, 19, 20)] == [0, 0, 0, 0, 2]
    assert (read("back_1", ids), read("back_2", ids)) == (0, 38)
    assert read("agreed_1", ids) == 3  # five steps: four to seven
    assert (read("copy", [*bar, *bar, 14]), read("copied", [*bar, *bar, 14])) == (0, 4)
    assert read("copy", []) == 38


def test_the_longest_agreement_is_copied_from():
    """The last bar but one goes on as the bar three before it did, not as the bar before."""
    a, b = [14, 0, 16, 0], [14, 0, 21, 0]
    ids = [*a, *b, *b, *a, 14, 0]
    facts = Facts((2, 4), None, None, 4)
    assert read("copy", ids, facts) == 21  # agrees with itself three bars before for six steps
    assert read("copy_lag", ids, facts) == 2


@given(melodies, some_facts, st.integers(0, 119))
def test_features_know_nothing_of_what_comes(ids, facts, place):
    """The control: what was heard before does change them."""
    place = min(place, len(ids) - 1)
    other = ids.copy()
    other[place:] = (other[place:] + 1) % 38
    one, two = (read_tunes(EVERYTHING, [Tune(each, facts, True)])[0].inputs for each in (ids, other))
    np.testing.assert_array_equal(one[: place + 1], two[: place + 1])
    assert (one[place + 1] != two[place + 1]).any()


@given(st.lists(st.tuples(melodies, some_facts), min_size=1, max_size=4))
def test_training_reads_what_sampling_reads(tunes):
    together = read_tunes(EVERYTHING, [Tune(ids, facts, True) for ids, facts in tunes])
    sizes = np.diff(offsets_of(EVERYTHING))
    for (ids, facts), reading in zip(tunes, together, strict=True):
        heard = Heard([facts], capacity=7)  # less than there is to hear
        for step in range(len(ids) + 1):
            values = np.array([int(feature.read(heard)[0]) for feature in FEATURES.values()])
            np.testing.assert_array_equal(reading.inputs[step], values)
            assert (values < sizes).all() and (values >= 0).all()
            if step < len(ids):
                heard.hear(ids[step : step + 1])


def test_what_is_to_be_said_and_what_counts():
    tune, cut = (Tune(np.array([14, 0, 16], np.uint8), WALTZ, whole) for whole in (True, False))
    whole, without_end = read_tunes(OURS, [tune, cut])
    assert whole.labels.tolist() == [14, 0, 16, 38]
    assert whole.mask.tolist() == [1, 1, 1, 1] and whole.counted.tolist() == [0, 1, 1, 0]
    assert without_end.mask.tolist() == [1, 1, 1, 0]
    (plain,) = read_tunes(ModelSettings(), [tune])
    assert (plain.inputs.tolist(), plain.labels.tolist(), plain.mask.tolist()) == (
        [14, 0, 16],
        [0, 16, 0],
        [1, 1, 0],
    )


def test_how_many_bars_there_are_is_forgotten_for_half_of_the_tunes():
    readings = read_tunes(OURS, [Tune(np.zeros(12, np.uint8), WALTZ, True)] * 200)
    column = OURS.features.index("bars_left")
    left = np.array(
        [reading.inputs[0, column] for reading in without_bars(OURS, readings, np.random.default_rng(0))]
    )
    assert 70 < (left == MOST_LEFT).sum() < 130 and set(left.tolist()) == {2, MOST_LEFT}
    assert {int(each.inputs[0, column]) for each in without_bars(OURS, readings)} == {MOST_LEFT}
    assert readings[0].inputs[0, column] == 2  # what was given is as it was


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mingru"])
def test_numpy_gives_the_logits_of_tensorflow(cell):
    settings = replace(OURS, cell=cell)
    checkpoint = random_checkpoint(model=settings)
    model = MelodyModel(settings)
    model.load_arrays(checkpoint.weights)
    rng = np.random.default_rng(0)
    tunes = [
        Tune(rng.choice([0, 0, 14, 16], 60).astype(np.uint8), facts, True)
        for facts in (WALTZ, Facts(bars=8), Facts((7, 8), "dorian", None, 14))
    ]
    inputs = np.stack([reading.inputs for reading in read_tunes(settings, tunes)], axis=1).astype(np.int32)
    logits, _ = model(tf.constant(inputs), model.initial_state(3), np.zeros(inputs.shape[:2], bool))
    network = Network(checkpoint, 3, [tune.facts for tune in tunes])
    steps = [None, *np.stack([tune.ids for tune in tunes], axis=1)]
    ours = np.stack([network.step(ids).copy() for ids in steps])
    np.testing.assert_allclose(ours, logits, atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "mingru"])
def test_a_sequence_goes_on_from_another_and_from_an_earlier_moment(cell):
    checkpoint = random_checkpoint(model=replace(OURS, cell=cell))
    network, alone = Network(checkpoint, 2, WALTZ), Network(checkpoint, 1, WALTZ)
    for step in range(30):
        network.step(np.array([14 + step % 5, 0]))
        alone.step(np.array([14 + step % 5]))
    network.select(np.array([0, 0]))
    moment = network.snapshot()
    first = network.step(np.array([16, 16])).copy()
    np.testing.assert_allclose(first, np.repeat(alone.step(np.array([16])), 2, axis=0), atol=1e-6)
    network.step(np.array([21, 3]))
    network.restore(moment)
    np.testing.assert_array_equal(network.step(np.array([16, 16])), first)


def test_a_feature_that_is_none_is_refused():
    with pytest.raises(UserError, match="'colour', which is no feature here: known are event, pitch"):
        offsets_of(replace(OURS, features=("event", "colour")))


def test_lags_reach_back_as_far_as_they_say():
    ids = [14, 0, 0, 0] * (LAGS + 1)
    facts = Facts(None, None, None, 4)
    heard = Heard([facts])
    for event in ids:
        heard.hear(np.array([event]))
    assert heard.agreement[:, 0].tolist() == [4 * (LAGS + 1 - lag) for lag in range(1, LAGS + 1)]
