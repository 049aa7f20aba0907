"""A variable-order n-gram: counts of what followed the last n events, for every n up to an order at once."""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.melodies import NUM_CLASSES

MIX = np.uint64(0x9E3779B97F4A7C15)  # an odd multiplier that spreads 64-bit hashes (Knuth, TAOCP 3, 6.4)


def ngram_losses(train: Sequence[np.ndarray], held_out: Sequence[np.ndarray], order: int) -> np.ndarray:
    """Held-out loss of the models that look back 0, 1, … ``order`` events.

    Each is smoothed by the one that looks back one event less, as in ``baselines.count_model`` (Witten & Bell
    1991): p(label | context) = (count + d · p(label | shorter context)) / (n + d). A long context that was
    seen in training gives nearly all its weight to what followed there. The model copies wherever it can, and
    so it shows how much of the held-out side stands in the training side.

    Args:
        train, held_out: token ids of the 38 classes, each uint8 of shape (steps,).
        order: longest context, in events.

    Returns:
        Nats per event, the mean over all events but each melody's first; shape (order + 1,).
    """
    seen, seen_label = contexts(train, order)
    unseen, label = contexts(held_out, order)
    p = np.full(len(label), 1 / NUM_CLASSES)
    losses = []
    for length in range(order + 1):
        p = refine(p, seen[length], seen_label, unseen[length], label)
        losses.append(-np.log(p).mean())
    return np.array(losses)


def contexts(melodies: Sequence[np.ndarray], order: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the last 0, 1, … ``order`` events before each label, (order + 1, labels), and the labels."""
    lengths = np.array([len(ids) for ids in melodies])
    ids = np.concatenate(melodies).astype(np.uint64)
    place = np.arange(len(ids)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    hashes = [np.zeros(len(ids), np.uint64)]
    for length in range(1, order + 1):
        # Before a melody's first event stands a symbol of its own.
        event = np.where(place >= length, np.roll(ids, length), np.uint64(NUM_CLASSES))
        hashes.append((hashes[-1] ^ (event + np.uint64(1))) * MIX)
    return np.stack(hashes)[:, place >= 1], ids[place >= 1]


def refine(
    p: np.ndarray, seen: np.ndarray, seen_label: np.ndarray, unseen: np.ndarray, label: np.ndarray
) -> np.ndarray:
    """Probability of each held-out label after its context, given that after the next shorter one, ``p``."""
    pairs, first, counts = np.unique(follow(seen, seen_label), return_index=True, return_counts=True)
    places, totals = np.unique(seen, return_counts=True)
    _, different = np.unique(seen[first], return_counts=True)
    count = look_up(pairs, counts, follow(unseen, label))
    n, d = look_up(places, totals, unseen), np.maximum(1, look_up(places, different, unseen))
    return (count + d * p) / (n + d)


def follow(context: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Hash of a context and the label after it."""
    return (context ^ (label + np.uint64(1))) * MIX + np.uint64(1)


def look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 where there is none; ``keys`` are sorted."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)
