"""The ladder: models that only count, from a uniform guess up to what a network has to beat.

Each rung is measured alike, in nats per event and in bits per note; docs/measures.md defines the figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from melody_tutorial.datasets import Record, find_families
from melody_tutorial.evaluation.copying import learn_trust, mix_copy
from melody_tutorial.evaluation.counting import count_model, gather_labels
from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.evaluation.note_counts import ONSET, NoteView, note_counts, note_ppm, view_notes
from melody_tutorial.evaluation.ppm import Blend, histories, long_term
from melody_tutorial.melodies import NUM_CLASSES, Melody, decode_events

VALIDATION = 10  # one family of so many of the training melodies chooses the smoothing
WITTEN_BELL, SINGLE, EXCLUDING = Blend(), Blend(update_exclusion=True), Blend(exclusion=True)


@dataclass(frozen=True)
class Side:
    """Melodies as records and as rows."""

    records: list[Record]
    view: NoteView


@dataclass(frozen=True)
class Rung:
    """Figures of one model on held-out melodies, over all events but each melody's first.

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


Model = Callable[[Side, Side], np.ndarray]


def measure_ladder(train: Sequence[Record], held_out: Sequence[Record]) -> dict[str, Rung]:
    """Figures of every rung, lowest first.

    Smoothing, and how far to trust a copy, are chosen on one tenth of the training melodies, whole families
    of tunes that are no relatives of the others; then all of them are counted.

    Args:
        train, held_out: melodies of a dataset; each with two events or more.
    """
    learned, unseen = _side(train), _side(held_out)
    fitted, validation = (_side(part) for part in _split(train))
    rungs = {name: judge(unseen.view, p) for name, p in _shortest(learned, unseen).items()}
    best: tuple[float, np.ndarray, np.ndarray] | None = None  # validation loss, probabilities, trust
    for name, candidates in CANDIDATES.items():
        model, loss, p = _choose(candidates, fitted, validation)
        found = model(learned, unseen)
        rungs[name] = judge(unseen.view, found)
        if best is None or loss < best[0]:
            best = loss, found, learn_trust(validation.view, p)
    rungs["copy"] = judge(unseen.view, mix_copy(unseen.view, *best[1:]))
    return rungs


def judge(view: NoteView, p: np.ndarray) -> Rung:
    """Figures of probabilities of shape (rows, 38), with intervals by bootstrap over the melodies.

    A class as likely as others counts by its chance of being picked among them, as in ``baselines``.
    """
    onset, rows = view.label >= ONSET, np.arange(len(p))
    given, best = p[rows, view.label], p.max(axis=1)
    hit = (given == best) / (p == best[:, None]).sum(axis=1)
    kind = np.where(onset, p[:, ONSET:].sum(axis=1), given)
    events, notes = np.ones(len(p)), onset.astype(float)

    def mean(amount: np.ndarray, per: np.ndarray) -> Interval:
        return bootstrap(np.bincount(view.melody, weights=amount), np.bincount(view.melody, weights=per))

    loss = mean(-np.log(given), events)
    return Rung(
        loss=loss,
        perplexity=Interval(*np.exp(loss).tolist()),
        accuracy=mean(hit, events),
        onset_accuracy=mean(hit * onset, notes),
        timing_bits=mean(-np.log2(kind), notes),
        pitch_bits=mean(np.log2(kind) - np.log2(given), notes),
    )


def event_ppm(train: Side, held_out: Side, order: int, blend: Blend) -> np.ndarray:
    """The variable-order model over events, after the place in the bar; shape (rows, 38)."""
    seen, asked = (
        np.column_stack(
            [side.view.place, np.concatenate([histories(one.ids, order)[1:] for one in side.records])]
        )
        for side in (train, held_out)
    )
    return long_term(seen, train.view.label, asked, NUM_CLASSES, blend)


def _count_notes(train: Side, held_out: Side, blend: Blend) -> np.ndarray:
    return note_counts(train.view, held_out.view, blend)


def _note_ppm(train: Side, held_out: Side, **settings: Blend | float) -> np.ndarray:
    return note_ppm(train.view, held_out.view, **settings)


CANDIDATES: dict[str, list[Model]] = {
    "note counts, Witten–Bell": [partial(_count_notes, blend=WITTEN_BELL)],
    "note counts": [partial(_count_notes, blend=blend) for blend in (WITTEN_BELL, SINGLE, EXCLUDING)],
    "PPM over events": [
        partial(event_ppm, order=order, blend=blend)
        for order, blend in ((4, SINGLE), (8, EXCLUDING), (16, EXCLUDING))
    ],
    "PPM over notes": [
        partial(_note_ppm, timing=SINGLE, pitch=pitch, bias=bias)
        for pitch, bias in ((SINGLE, 2), (EXCLUDING, 2), (EXCLUDING, 7))
    ],
}


def _shortest(train: Side, held_out: Side) -> dict[str, np.ndarray]:
    """Probabilities of the baselines that look back two events at most (see ``baselines``)."""
    seen, unseen = (gather_labels([one.ids for one in side.records]) for side in (train, held_out))
    uniform = np.full(NUM_CLASSES, 1 / NUM_CLASSES)
    unigram = count_model(uniform, seen.label)
    bigram = count_model(unigram, seen.label, seen.previous)
    trigram = count_model(bigram, seen.label, seen.previous, seen.before)
    shape = len(unseen.label), NUM_CLASSES
    return {
        "uniform": np.broadcast_to(uniform, shape),
        "unigram": np.broadcast_to(unigram, shape),
        "bigram": bigram[unseen.previous],
        "trigram": trigram[unseen.before, unseen.previous],
    }


def _choose(candidates: list[Model], train: Side, held_out: Side) -> tuple[Model, float, np.ndarray]:
    """The candidate with the lowest loss, that loss, and its probabilities."""
    found = []
    for model in candidates:
        p = model(train, held_out)
        found.append((model, -np.log(p[np.arange(len(p)), held_out.view.label]).mean(), p))
    return min(found, key=lambda one: one[1])


def _side(records: Sequence[Record]) -> Side:
    records = [record for record in records if len(record.ids) > 1]
    return Side(records, view_notes(records))


def _split(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Training melodies without and with those of every tenth family of tunes."""
    melodies = [Melody(decode_events(record.ids), source=record.source) for record in records]
    _, family = np.unique(find_families(melodies).family, return_inverse=True)
    chosen = family % min(VALIDATION, family.max() + 1) == 0
    return (
        [record for record, held in zip(records, chosen, strict=True) if not held],
        [record for record, held in zip(records, chosen, strict=True) if held],
    )
