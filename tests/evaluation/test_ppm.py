"""Prediction by partial matching: by hand, beside a loop over dictionaries, and what must always hold."""

import math
from collections import Counter, defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.evaluation.ppm import NOTHING, Blend, histories, long_term, mix_by_entropy, short_term

ALPHABET = 4
BLENDS = [Blend(*chosen) for chosen in product([False, True], repeat=3)]

sequences = st.lists(st.integers(0, ALPHABET - 1), min_size=1, max_size=12)
blends = st.sampled_from(BLENDS)


def learn(seen: list[list[int]], asked: list[int], order: int, blend: Blend) -> np.ndarray:
    """The long-term model of some sequences, asked at each position of another."""
    history = np.concatenate([histories(sequence, order) for sequence in seen])
    return long_term(history, np.concatenate(seen), histories(asked, order), ALPHABET, blend)


def count(sequences_so_far: list[list[int]], order: int, blend: Blend) -> dict[tuple, Counter]:
    """Counts after each context, by reading symbol after symbol."""
    counts, met = defaultdict(Counter), defaultdict(set)
    for sequence in sequences_so_far:
        for place, symbol in enumerate(sequence):
            longest = min(order, place)
            for length in range(longest, -1, -1):
                context = tuple(sequence[place - length : place])
                longer = tuple(sequence[place - length - 1 : place])
                new = length == longest or symbol not in met[longer]
                if new or not blend.update_exclusion:
                    counts[context][symbol] += 1
            for length in range(longest + 1):
                met[tuple(sequence[place - length : place])].add(symbol)
    return counts


def plain(counts: dict[tuple, Counter], before: list[int], order: int, blend: Blend) -> list[float]:
    """The distribution after some symbols, from dictionaries of counts."""
    chain = []
    for length in range(min(order, len(before)) + 1):
        seen = counts.get(tuple(before[len(before) - length :]))
        if not seen:
            break
        chain.append(seen)
        if blend.shortest_certain and len(seen) == 1:
            break
    p, left, served = [0.0] * ALPHABET, 1.0, set()
    for seen in reversed(chain):
        n = sum(times for symbol, times in seen.items() if not (blend.exclusion and symbol in served))
        for symbol, times in seen.items():
            p[symbol] += left * times / (n + len(seen))
        left *= len(seen) / (n + len(seen))
        served |= set(seen)
    p = [value + left / ALPHABET for value in p]
    return [value / sum(p) for value in p]


def test_a_history_is_read_backwards_and_stops_at_the_beginning():
    assert histories([5, 6, 7], 2).tolist() == [[NOTHING, NOTHING], [5, NOTHING], [6, 5]]
    assert histories([5, 6], 0).shape == (2, 0)


def test_escape_c_by_hand():
    """In 0 1 0 1 0 2, after 0 came 1 twice and 2 once: n = 3, d = 2; of all, n = 6 and d = 3."""
    p = learn([[0, 1, 0, 1, 0, 2]], [0, 3], 1, Blend())
    order_0 = [(times + 3 / 4) / (6 + 3) for times in (3, 2, 1, 0)]
    assert p[0] == pytest.approx(order_0)
    assert p[1] == pytest.approx(
        [2 * order_0[0] / 5, (2 + 2 * order_0[1]) / 5, (1 + 2 * order_0[2]) / 5, 2 * order_0[3] / 5]
    )


def test_exclusion_by_hand():
    """After 0 both 1 and 2 are known, so that order 0 counts the three 0 alone: n = 3, d = 3."""
    p = learn([[0, 1, 0, 1, 0, 2]], [0, 3], 1, Blend(exclusion=True))[1]
    left = 2 / 5
    share = [left * times / 6 for times in (3, 2, 1, 0)]
    rest = left * 3 / 6 / 4
    sums = np.array([share[0] + rest, 2 / 5 + share[1] + rest, 1 / 5 + share[2] + rest, rest])
    assert p == pytest.approx(sums / sums.sum())


def test_exclusion_is_not_that_of_cleary_and_witten():
    """0 0 1 0: after 1 came 0 once, in all 0 three times, 1 once. There a known 0 would get nothing more:
    1/2, 1/4, 1/4. Here it keeps its 3 of n + d = 1 + 2 at order 0, and all is divided by its sum."""
    seen = np.array([0, 0, 1, 0])
    p = long_term(histories(seen, 1), seen, np.array([[1]]), 3, Blend(exclusion=True))[0]
    sums = np.array([1 / 2 + (1 / 2) * 3 / 3 + 1 / 9, (1 / 2) * 1 / 3 + 1 / 9, 1 / 9])
    assert p == pytest.approx(sums / sums.sum())
    assert p.round(3).tolist() == [0.741, 0.185, 0.074]


def test_update_exclusion_by_hand():
    """In 0 1 0 1 0 2, 0 comes at the beginning and after 1, 1 after 0, 2 after 0: 2, 1 and 1 times."""
    p = learn([[0, 1, 0, 1, 0, 2]], [0], 1, Blend(update_exclusion=True))[0]
    assert p == pytest.approx([(times + 3 / 4) / (4 + 3) for times in (2, 1, 1, 0)])


def test_what_is_longer_than_the_shortest_certain_context_is_left_out():
    """After 1 came only 0, so that 2 1, which stands there once, is not asked."""
    seen, asked = [[1, 0, 1, 0, 2, 1, 0]], [2, 1, 3]
    short = learn(seen, asked, 1, Blend())
    np.testing.assert_allclose(learn(seen, asked, 2, Blend(shortest_certain=True))[2], short[2])
    assert not np.allclose(learn(seen, asked, 2, Blend())[2], short[2])


def test_the_short_term_model_by_hand():
    """0 0 1: nothing is known; then one 0: (1 + 1/4) / 2; then two at order 0, one of them after 0."""
    p = short_term(histories([0, 0, 1], 1), np.array([0, 0, 1]), ALPHABET, Blend())
    assert p[0] == pytest.approx([1 / 4] * 4)
    assert p[1] == pytest.approx([5 / 8, 1 / 8, 1 / 8, 1 / 8])
    order_0 = (2 + 1 / 4) / 3
    assert p[2, 0] == pytest.approx((1 + order_0) / 2)


def test_the_surer_of_two_weighs_more():
    """Entropies of 1 and ½, relative to the largest one, with bias 1: weights 1 and 2."""
    even = np.full((1, 4), 1 / 4)
    tiny = 1e-300
    sure = np.array([[1 / 2, 1 / 2, tiny, tiny]])
    np.testing.assert_allclose(mix_by_entropy([even, sure], 1), (even + 2 * sure) / 3)
    np.testing.assert_allclose(mix_by_entropy([even, sure], 0), (even + sure) / 2)


@given(st.lists(sequences, min_size=1, max_size=4), sequences, st.integers(0, 4), blends)
def test_the_long_term_model_is_that_of_a_plain_loop(seen, asked, order, blend):
    counts = count(seen, order, blend)
    expected = [plain(counts, asked[:place], order, blend) for place in range(len(asked))]
    np.testing.assert_allclose(learn(seen, asked, order, blend), expected, atol=1e-12)


@given(sequences, st.integers(0, 4), blends)
def test_the_short_term_model_is_that_of_a_plain_loop(sequence, order, blend):
    """The loop learns from the beginning alone, symbol after symbol: the future has no say."""
    expected = [
        plain(count([sequence[:place]], order, blend), sequence[:place], order, blend)
        for place in range(len(sequence))
    ]
    found = short_term(histories(sequence, order), np.array(sequence), ALPHABET, blend)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(st.lists(sequences, min_size=1, max_size=4), sequences, st.integers(0, 5), blends)
def test_distributions_sum_to_one(seen, asked, order, blend):
    long = learn(seen, asked, order, blend)
    short = short_term(histories(asked, order), np.array(asked), ALPHABET, blend)
    for p in (long, short, mix_by_entropy([long, short], 2)):
        assert (p > 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1)


@given(
    st.lists(sequences, min_size=1, max_size=4),
    sequences,
    st.permutations(range(ALPHABET)),
    st.integers(0, 4),
    blends,
)
def test_symbols_have_no_meaning(seen, asked, names, order, blend):
    """Another numbering of the alphabet gives the same probabilities under other numbers."""
    names = np.array(names)
    renamed = learn([names[sequence] for sequence in seen], names[asked], order, blend)
    np.testing.assert_allclose(renamed[:, names], learn(seen, asked, order, blend), atol=1e-12)


def test_an_order_that_decides_is_learnt():
    """0 0 1 0 0 1 …: order 2 is sure of each symbol, order 1 is not after 0."""
    seen = [[0, 0, 1] * 30]
    bits = [-math.log2(learn(seen, [0, 0, 1, 0, 0, 1], order, Blend())[4, 0]) for order in (1, 2)]
    assert bits[0] > 0.9 and bits[1] < 0.1
