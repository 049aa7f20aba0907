"""One event at a time: the same probabilities and draws as elsewhere, and a way back that leaves no trace."""

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.config import SamplingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.sampling.sampler import first_probabilities, next_event_probabilities
from melody_tutorial.sampling.stepper import Stepper

TWINKLE = [14, 0, 14, 0, 21, 0, 21, 0, 23]


@pytest.fixture(scope="module", params=["lstm", "gru", "rnn", "mingru"])
def checkpoint(request):
    return random_checkpoint(units=(16, 12), cell=request.param, scale=0.6)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
def test_the_distribution_is_that_of_the_sampler(checkpoint, temperature):
    stepper = Stepper(checkpoint, TWINKLE, temperature)
    expected = next_event_probabilities(checkpoint, TWINKLE, SamplingSettings(temperature=temperature))
    np.testing.assert_allclose(stepper.distribution(), expected, rtol=1e-4, atol=1e-8)
    assert stepper.distribution().sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_array_equal(
        stepper.distribution(1.0), Stepper(checkpoint, TWINKLE).distribution()
    )  # whatever its own temperature is


def test_without_a_primer_melodies_begin_as_the_training_melodies_do(checkpoint):
    stepper = Stepper(checkpoint)
    np.testing.assert_allclose(stepper.distribution(), first_probabilities(checkpoint), atol=1e-15)
    assert stepper.likeliest(3) == [14, 21, 0]
    stepper.choose(14)
    np.testing.assert_array_equal(stepper.distribution(), Stepper(checkpoint, [14]).distribution())


def test_what_is_chosen_is_fed_to_the_network(checkpoint):
    stepper = Stepper(checkpoint, TWINKLE[:4])
    for number in TWINKLE[4:]:
        assert stepper.choose(number) == number
    assert stepper.ids == TWINKLE
    assert stepper.primer_steps == 4
    np.testing.assert_array_equal(stepper.distribution(), Stepper(checkpoint, TWINKLE).distribution())


def test_taking_back_leaves_no_trace(checkpoint):
    stepper, rng = Stepper(checkpoint, TWINKLE), np.random.default_rng(3)
    before = stepper.distribution(), stepper.network.state.copy()
    drawn = [stepper.draw(rng) for _ in range(20)]
    assert [stepper.undo() for _ in range(20)] == drawn[::-1]
    assert stepper.ids == TWINKLE
    np.testing.assert_array_equal(stepper.distribution(), before[0])
    np.testing.assert_array_equal(stepper.network.state, before[1])


def test_going_another_way_after_taking_back(checkpoint):
    stepper = Stepper(checkpoint, TWINKLE)
    stepper.choose(30)
    stepper.undo()
    stepper.choose(23)
    np.testing.assert_array_equal(stepper.distribution(), Stepper(checkpoint, [*TWINKLE, 23]).distribution())


def test_the_primer_stays(checkpoint):
    with pytest.raises(UserError, match="the end of its primer"):
        Stepper(checkpoint, TWINKLE).undo()


@pytest.mark.parametrize("number", [-1, 38])
def test_an_event_that_does_not_exist_changes_nothing(checkpoint, number):
    stepper = Stepper(checkpoint, TWINKLE)
    with pytest.raises(UserError, match=f"the id {number}: allowed are 0 to 37"):
        stepper.choose(number)
    assert stepper.ids == TWINKLE
    np.testing.assert_array_equal(stepper.distribution(), Stepper(checkpoint, TWINKLE).distribution())


def test_draws_follow_the_distribution(checkpoint):
    """Each share of many draws of one event lies within five standard deviations of its probability."""
    stepper, rng = Stepper(checkpoint, TWINKLE, temperature=0.7), np.random.default_rng(1)
    p, draws, counts = stepper.distribution(), 2000, np.zeros(38)
    for _ in range(draws):
        counts[stepper.draw(rng)] += 1
        stepper.undo()
    assert (np.abs(counts / draws - p) <= 5 * np.sqrt(p * (1 - p) / draws) + 1 / draws).all()


def test_the_same_seed_draws_the_same_melody(checkpoint):
    first, second = Stepper(checkpoint, TWINKLE), Stepper(checkpoint, TWINKLE)
    for stepper in (first, second):
        rng = np.random.default_rng(5)
        for _ in range(16):
            stepper.draw(rng)
    assert first.ids == second.ids
