"""How well a model predicts melodies that it has not learned from: its probabilities, and their figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from melody_tutorial.errors import UserError
from melody_tutorial.evaluation.counting import find_hits
from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.melodies import NUM_SPECIAL_EVENTS
from melody_tutorial.networks import Checkpoint, Network, Tune, log_softmax

GROUP = 128  # melodies side by side; of like length, so that little is padded
PADDING = 255  # no class


@dataclass(frozen=True)
class Figures:
    """How well a model predicts melodies, over all events but each melody's first.

    Attributes:
        loss: nats per event.
        perplexity: its exponential.
        accuracy, onset_accuracy: shares of the events, and of the onsets, that are the likeliest class.
        timing_bits: bits per note for when notes begin and end.
        pitch_bits: bits per note for which they are.
    """

    loss: Interval
    perplexity: Interval
    accuracy: Interval
    onset_accuracy: Interval
    timing_bits: Interval
    pitch_bits: Interval


def judge(p: np.ndarray, melodies: Sequence[np.ndarray], family: Sequence[int]) -> Figures:
    """Figures of probabilities, with intervals by bootstrap over families of melodies.

    Args:
        p: for each event but the first of each melody, shape (rows, classes).
        melodies: token ids, each uint8 of shape (steps,).
        family: number of the family of each melody.
    """
    label = np.concatenate([ids[1:] for ids in melodies])
    melody = np.repeat(np.arange(len(melodies)), [len(ids) - 1 for ids in melodies])
    given, hit, onset = find_hits(p, label)
    kind = np.where(onset, p[:, NUM_SPECIAL_EVENTS:].sum(axis=1, dtype=float), given)
    events, notes = np.ones(len(p)), onset.astype(float)

    def mean(amount: np.ndarray, per: np.ndarray) -> Interval:
        sums = (np.bincount(melody, weights=each, minlength=len(melodies)) for each in (amount, per))
        return bootstrap(*sums, np.asarray(family))

    loss = mean(-np.log(given), events)
    return Figures(
        loss=loss,
        perplexity=Interval(*np.exp(loss).tolist()),
        accuracy=mean(hit, events),
        onset_accuracy=mean(hit * onset, notes),
        timing_bits=mean(-np.log2(kind), notes),
        pitch_bits=mean(np.log2(kind) - np.log2(given), notes),
    )


def predict(checkpoint: Checkpoint, melodies: Sequence[np.ndarray | Tune]) -> np.ndarray:
    """Probability of each class for each event but the first of each melody, in their order.

    How many bars there are is not told. What a model gives to the end, no class of an event has.

    Args:
        melodies: token ids, each uint8 of shape (steps,); or tunes, for a model that reads more than events.

    Returns:
        float32, shape (rows, classes).

    Raises:
        UserError: no melody has two events, or one has a class that the model does not know.
    """
    tunes = [each if isinstance(each, Tune) else Tune(each) for each in melodies]
    steps = np.array([len(tune.ids) for tune in tunes], dtype=int)
    if not (steps > 1).any():
        raise UserError("no melody with two events to measure on: give another dataset")
    if (most := max(int(tune.ids.max()) for tune in tunes)) >= checkpoint.model.classes:
        raise UserError(f"a melody holds class {most}: the model knows {checkpoint.model.classes}")
    ends = np.cumsum(np.maximum(steps - 1, 0))
    rows = np.empty((ends[-1], checkpoint.model.classes), np.float32)
    order = np.argsort(steps, kind="stable")
    with threadpool_limits(1):
        for start in range(0, len(order), GROUP):
            group = order[start : start + GROUP]
            beside = [tunes[index] for index in group]
            for step, log_p in enumerate(_log_probabilities(checkpoint, beside)):
                there = steps[group] - 1 > step
                rows[(ends - steps + 1)[group[there]] + step] = np.exp(log_p[there])
    return rows


def predict_figures(checkpoint: Checkpoint, melodies: Sequence[np.ndarray]) -> dict[str, float]:
    """Figures of a model on melodies, over all events but each melody's first, as in ``history.csv``.

    Args, Raises: as of ``predict``.

    Returns:
        ``loss`` in nats per event; ``accuracy``, the share of the events that are the likeliest class;
        ``onset_accuracy``, the same over those that are onsets.
    """
    found = judge(predict(checkpoint, melodies), melodies, range(len(melodies)))
    return {name: getattr(found, name).value for name in ("loss", "accuracy", "onset_accuracy")}


def _log_probabilities(checkpoint: Checkpoint, tunes: Sequence[Tune]) -> Iterator[np.ndarray]:
    """log p of each class for the second event of each tune, then the third, …: (tunes, classes)."""
    padded = np.full((max(len(tune.ids) for tune in tunes), len(tunes)), PADDING, np.uint8)  # (steps, batch)
    for column, tune in enumerate(tunes):
        padded[: len(tune.ids), column] = tune.ids
    model = checkpoint.model
    network = Network(checkpoint, len(tunes), [replace(tune.facts, bars=None) for tune in tunes])
    if model.has_end:
        network.step(None)
    for ids in np.where(padded == PADDING, 0, padded)[:-1]:
        yield log_softmax(network.step(ids))[:, : model.classes]
