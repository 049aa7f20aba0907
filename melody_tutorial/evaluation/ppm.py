"""A variable-order Markov model, prediction by partial matching (PPM), over any sequences of integers.

What stands before a symbol is its history, nearest first; a context is the beginning of a history, and its
order is how many entries it has. The model counts which symbols followed each context, and blends the orders:

* escape C (Moffat 1990): a context seen n times with d different symbols keeps n / (n + d) of the probability
  and leaves d / (n + d) to the context that is one entry shorter; below order 0 all symbols are equal;
* interpolation (Bunton 1996; Pearce 2005, section 6.2.3): the shorter context adds to every symbol;
* exclusion, of a kind: n of a shorter context counts only symbols that no longer one has seen, so that it
  escapes the sooner, while each symbol, known already or not, adds count / (n + d), and d is all that the
  context has seen; below order 0 the whole alphabet shares what is left, and each row is divided by its sum;
* update exclusion (Moffat 1990): a symbol is counted in a context only where the context one entry longer had
  not seen it yet, so that a shorter context counts in how many different places a symbol is at home.

That exclusion departs from its models. By that of Cleary & Witten (1984) a known symbol gets nothing more: of
a, b and c, where the context saw a once and order 0 saw a three times and b once, ½, ¼ and ¼; here .741, .185
and .074. In IDyOM (Pearce 2005) a context whose symbols are all known adds nothing, and below order 0 each
symbol gets 1 / (alphabet + 1 − d), d being how many are known. On the 213 songs of kinder
(``benchmarks/PUBLISHED.md``) IDyOM's rules give 2.605, 2.420 and 2.134 bits per note, where these give 2.605,
2.415 and 2.119; but for all contexts, with bias 2, 2.123 instead of 1.991: that gain comes from this rule.

The long-term model counts in other sequences, the short-term model in the beginning of the sequence itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

NOTHING = -1  # in a history: the sequence has not begun yet


@dataclass(frozen=True)
class Blend:
    """How the orders become one distribution.

    Attributes:
        exclusion: whether a shorter context weighs itself by symbols alone that no longer one has seen.
        update_exclusion: whether a symbol counts in a context only where it is new to the longer one.
        shortest_certain: whether to leave out what is longer than the shortest context that has seen one
            symbol alone (PPM*, Cleary & Teahan 1997), which keeps contexts of any length in check.
    """

    exclusion: bool = False
    update_exclusion: bool = False
    shortest_certain: bool = False


@dataclass(frozen=True)
class Counts:
    """What one order has seen: positions that it knows, and counts, shape (positions, alphabet)."""

    position: np.ndarray
    count: np.ndarray


def histories(sequence: np.ndarray, order: int) -> np.ndarray:
    """The ``order`` symbols before each of a sequence, nearest first; ``NOTHING`` before the first.

    Returns:
        int64 of shape (symbols, order).
    """
    place = np.arange(len(sequence))[:, None] - np.arange(1, order + 1)
    return np.where(place >= 0, np.asarray(sequence, np.int64)[np.maximum(place, 0)], NOTHING)


def long_term(
    seen_history: np.ndarray,
    seen: np.ndarray,
    history: np.ndarray,
    alphabet: int,
    blend: Blend,
) -> np.ndarray:
    """Probability of each symbol after each history, by what followed the same contexts in other sequences.

    Args:
        seen_history, seen: histories of shape (symbols, order), and the symbols that followed them.
        history: what is asked, shape (positions, order).
        alphabet: number of symbols, which are 0 … alphabet − 1.
        blend: how the orders become one.

    Returns:
        Shape (positions, alphabet); each row sums to 1.
    """
    orders = _count_elsewhere(seen_history, seen, history, alphabet, blend)
    return _blend(orders, len(history), alphabet, blend)


def short_term(history: np.ndarray, symbols: np.ndarray, alphabet: int, blend: Blend) -> np.ndarray:
    """Probability of each symbol at each position of one sequence, by the positions before it alone.

    Args:
        history: shape (symbols, order).
        symbols: the sequence.
        alphabet, blend: as in ``long_term``.

    Returns:
        Shape (symbols, alphabet); each row sums to 1, the first is uniform.
    """
    return _blend(_count_before(history, symbols, alphabet, blend), len(symbols), alphabet, blend)


def mix_by_entropy(distributions: Sequence[np.ndarray], bias: float) -> np.ndarray:
    """Mean of distributions, the surer the heavier (Conklin 1990; Pearce 2005, section 6.2.4).

    The weight of each is its entropy, relative to the largest possible one, to the power of −``bias``.

    Args:
        distributions: each of shape (positions, alphabet).
        bias: 0 weighs all alike.
    """
    stacked = np.stack(distributions)
    relative = -np.sum(stacked * np.log(stacked), axis=-1, keepdims=True) / np.log(stacked.shape[-1])
    weight = np.maximum(relative, np.finfo(float).eps) ** -bias
    return np.sum(weight * stacked, axis=0) / np.sum(weight, axis=0)


def _count_elsewhere(
    seen_history: np.ndarray, seen: np.ndarray, history: np.ndarray, alphabet: int, blend: Blend
) -> Iterator[Counts]:
    """Counts of each order that knows one of the asked positions, shortest first."""
    both, order = np.concatenate([seen_history, history]), history.shape[1]
    row, context = np.arange(len(both)), np.zeros(len(both), np.int64)  # equal contexts, equal numbers
    for length in range(order + 1):
        shared = np.bincount(context[row < len(seen)]).astype(bool)
        wanted = np.bincount(context[row >= len(seen)], minlength=len(shared))[: len(shared)].astype(bool)
        keep = np.append(shared & wanted, False)[np.minimum(context, len(shared))]
        row, context = row[keep], context[keep]
        if not len(row):
            return
        longer = _lengthen(context, both[row, length]) if length < order else np.full(len(row), NOTHING)
        known = row < len(seen)
        symbol, place = seen[row[known]], context[known]
        counted = _counted(longer[known], symbol, alphabet, blend)
        cells = place[counted] * alphabet + symbol[counted]
        table = np.bincount(cells, minlength=(context.max() + 1) * alphabet).astype(np.int32)
        table = table.reshape(-1, alphabet)
        yield Counts(row[~known] - len(seen), table[context[~known]])
        row, context = row[longer >= 0], longer[longer >= 0]


def _count_before(history: np.ndarray, symbols: np.ndarray, alphabet: int, blend: Blend) -> Iterator[Counts]:
    """Counts of each order within one sequence, shortest first; what stands before a position counts."""
    order = history.shape[1]
    row, context = np.arange(len(symbols)), np.zeros(len(symbols), np.int64)
    for length in range(order + 1):
        often = np.bincount(context)[context] > 1
        row, context = row[often], context[often]
        if not len(row):
            return
        longer = _lengthen(context, history[row, length]) if length < order else np.full(len(row), NOTHING)
        counted = _counted(longer, symbols[row], alphabet, blend)
        count = _count_earlier(context, symbols[row], counted, alphabet)
        known = count.any(axis=1)
        yield Counts(row[known], count[known])
        row, context = row[longer >= 0], longer[longer >= 0]


def _count_earlier(context: np.ndarray, symbol: np.ndarray, counted: np.ndarray, alphabet: int) -> np.ndarray:
    """How often each symbol that counts stands earlier in the same context, shape (positions, alphabet)."""
    order = np.argsort(context, kind="stable")
    one_hot = np.zeros((len(symbol), alphabet), np.int32)
    one_hot[np.arange(len(symbol)), symbol[order]] = counted[order]
    before = np.cumsum(one_hot, axis=0, dtype=np.int32) - one_hot
    first = np.searchsorted(context[order], context[order])  # row at which the context begins
    count = np.empty_like(before)
    count[order] = before - before[first]
    return count


def _lengthen(context: np.ndarray, entry: np.ndarray) -> np.ndarray:
    """Numbers of the contexts that are one entry longer; ``NOTHING`` where there is no entry."""
    longer = np.full(len(context), NOTHING)
    there = entry != NOTHING
    width = entry.max(initial=0) + 1
    longer[there] = np.unique(context[there] * width + entry[there], return_inverse=True)[1]
    return longer


def _counted(longer: np.ndarray, symbol: np.ndarray, alphabet: int, blend: Blend) -> np.ndarray:
    """Which symbols count: with update exclusion those new to the longer context, or without one."""
    if not blend.update_exclusion:
        return np.ones(len(symbol), bool)
    new = longer == NOTHING
    new[np.unique(longer * alphabet + symbol, return_index=True)[1]] = True
    return new


def _blend(orders: Iterator[Counts], positions: int, alphabet: int, blend: Blend) -> np.ndarray:
    """One distribution of all orders, shortest first."""
    if blend.shortest_certain:
        orders = _until_certain(orders, positions)
    return (_exclude if blend.exclusion else _interpolate)(orders, positions, alphabet)


def _until_certain(orders: Iterator[Counts], positions: int) -> Iterator[Counts]:
    """The orders, each without the positions for which a shorter one has seen a single symbol."""
    open_ = np.ones(positions, bool)
    for counts in orders:
        keep = open_[counts.position]
        counts = Counts(counts.position[keep], counts.count[keep])
        open_[counts.position] = (counts.count > 0).sum(axis=1) > 1
        yield counts


def _interpolate(orders: Iterable[Counts], positions: int, alphabet: int) -> np.ndarray:
    """p(symbol | context) = (count + d · p(symbol | shorter context)) / (n + d), from the shortest up."""
    p = np.full((positions, alphabet), 1 / alphabet)
    for position, count in ((counts.position, counts.count) for counts in orders):
        different = (count > 0).sum(axis=1, keepdims=True)
        p[position] = (count + different * p[position]) / (count.sum(axis=1, keepdims=True) + different)
    return p


def _exclude(orders: Iterable[Counts], positions: int, alphabet: int) -> np.ndarray:
    """The same from the longest down, where n counts only symbols that no longer context has seen."""
    p, left = np.zeros((positions, alphabet)), np.ones((positions, 1))
    served = np.zeros((positions, alphabet), bool)
    for position, count in ((counts.position, counts.count) for counts in reversed(list(orders))):
        different = (count > 0).sum(axis=1, keepdims=True)
        total = np.where(served[position], 0, count).sum(axis=1, keepdims=True) + different
        p[position] += left[position] * count / total
        left[position] *= different / total
        served[position] |= count > 0
    p += left / alphabet
    return p / p.sum(axis=1, keepdims=True)
