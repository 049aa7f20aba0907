"""Dice in a page fall as NumPy's do."""

import numpy as np
import pytest

SEEDS = [0, 1, 2**32 - 1, [7, 77], [1, 2, 3, 4, 5, 6]]
DRAWN = """
const dice = new Dice(argument.seed);
const all = (draw) => Array.from({ length: argument.number }, draw);
const random = all(() => dice.random());
const exponential = all(() => dice.exponential());
return { random, exponential, word: all(() => dice.word()) };
"""
CHILDREN = """
const dice = new Dice(argument);
const [first, second] = dice.spawn(2);
const third = dice.spawn(1)[0];
const grandchild = second.spawn(3)[2];
return [first, second, third, grandchild, dice].map((each) => each.random());
"""


def drawn(run, seed, number):
    return run(["dice.js"], DRAWN, {"seed": seed, "number": number})


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_numbers_are_those_of_numpy(seed, run):
    """Thousands of each kind, in one row: what is left of 64 bits by one kind is there for the next."""
    found, rng = drawn(run, seed, 5001), np.random.default_rng(seed)
    np.testing.assert_array_equal(found["random"], rng.random(5001))
    exponential = rng.standard_exponential(5001, np.float32)
    found_exponential = np.array(found["exponential"], np.float32)
    assert (found_exponential != exponential).sum() <= 1
    np.testing.assert_allclose(found_exponential, exponential, rtol=2e-7)
    words = np.random.default_rng(seed)
    words.bit_generator.state = rng.bit_generator.state
    np.testing.assert_array_equal(found["word"], words.integers(0, 2**32, 5001, np.uint32))


def test_half_a_million_exponentials_reach_every_layer_and_the_tail(run):
    code = """const dice = new Dice(7);
      const numbers = Float32Array.from({ length: 5e5 }, () => dice.exponential());
      return Array.from(numbers)"""
    found = np.array(run(["dice.js"], code), np.float32)
    expected = np.random.default_rng(7).standard_exponential(500_000, np.float32)
    assert found.max() > 7.7 and (found != expected).sum() <= 5
    np.testing.assert_allclose(found, expected, rtol=2e-7)


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_children_are_those_of_numpy(seed, run):
    rng = np.random.default_rng(seed)
    (first, second), (third,) = rng.spawn(2), rng.spawn(1)
    expected = [each.random() for each in (first, second, third, second.spawn(3)[2], rng)]
    assert run(["dice.js"], CHILDREN, seed) == expected


def test_choices_are_those_of_numpy(run):
    p = np.random.default_rng(0).dirichlet(np.ones(38) / 4)
    code = "const dice = new Dice(3); return Array.from({ length: 3000 }, () => dice.choice(argument))"
    expected = np.random.default_rng(3).choice(38, size=3000, p=p)
    np.testing.assert_array_equal(run(["dice.js"], code, p.tolist()), expected)


def test_another_seed_gives_other_numbers(run):
    """The control."""
    assert not set(drawn(run, 1, 100)["random"]) & set(np.random.default_rng(2).random(100))
