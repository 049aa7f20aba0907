"""The ladder: models that only count, from a uniform guess up to what a network has to beat.

Each rung is measured alike, in nats per event and in bits per note; docs/measures.md defines the figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from melody_tutorial.datasets import Record
from melody_tutorial.evaluation.copy_model import learn_trust, mix_copy
from melody_tutorial.evaluation.counting import count_model, gather_labels
from melody_tutorial.evaluation.likelihood import Figures, judge, predict
from melody_tutorial.evaluation.note_counts import NoteView, note_counts, note_ppm, view_notes
from melody_tutorial.evaluation.ppm import Blend, histories, long_term
from melody_tutorial.melodies import NUM_CLASSES
from melody_tutorial.networks import Checkpoint, tune_of

MOST_MELODIES = 10_000  # of a side; of more every second, every third, … is taken, which bounds the memory
WITTEN_BELL, SINGLE, EXCLUDING = Blend(), Blend(update_exclusion=True), Blend(exclusion=True)


@dataclass(frozen=True)
class Side:
    """Melodies as records and as rows."""

    records: list[Record]
    view: NoteView


Model = Callable[[Side, Side], np.ndarray]


def measure_ladder(
    train: Sequence[Record],
    validation: Sequence[Record],
    test: Sequence[Record] | None = None,
    classes: int = NUM_CLASSES,
) -> dict[str, Figures]:
    """Figures of every rung, lowest first, learned from ``train`` alone.

    How to smooth, and how far to trust a copy, is what predicts ``validation`` best.

    Args:
        train, validation: sides of a dataset; of melodies of one event nothing is predicted.
        test: what the figures are about; None: ``validation``, for which the best smoothing was chosen.
        classes: how many classes of events there are, as a dataset's manifest has it.
    """
    learned, fitted = _side(train, classes), _side(validation, classes)
    asked = fitted if test is None else _side(test, classes)
    rungs = {name: judge_side(asked, p) for name, p in _shortest(learned, asked).items()}
    best: tuple[float, np.ndarray, np.ndarray] | None = None  # loss in validation, probabilities, trust
    for name, candidates in CANDIDATES.items():
        model, loss, p = _choose(candidates, learned, fitted)
        found = p if asked is fitted else model(learned, asked)
        rungs[name] = judge_side(asked, found)
        if best is None or loss < best[0]:
            best = loss, found, learn_trust(fitted.view, p)
    rungs["copy"] = judge_side(asked, mix_copy(asked.view, *best[1:]))
    return rungs


def judge_network(checkpoint: Checkpoint, records: Sequence[Record]) -> Figures:
    """The same figures of a network; errors as of ``predict``."""
    records = _melodies(records)
    p = predict(checkpoint, [tune_of(record) for record in records])
    return judge(p, [record.ids for record in records], [record.family for record in records])


def judge_side(side: Side, p: np.ndarray) -> Figures:
    """Figures of the probabilities that a model gives for a side, shape (rows, classes)."""
    records = side.records
    return judge(p, [record.ids for record in records], [record.family for record in records])


def event_ppm(train: Side, held_out: Side, order: int, blend: Blend) -> np.ndarray:
    """The variable-order model over events, after the place in the bar; shape (rows, classes)."""
    seen, asked = (
        np.column_stack(
            [side.view.place, np.concatenate([histories(one.ids, order)[1:] for one in side.records])]
        )
        for side in (train, held_out)
    )
    return long_term(seen, train.view.label, asked, train.view.classes, blend)


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
    classes = train.view.classes
    seen, unseen = (gather_labels([one.ids for one in side.records], classes) for side in (train, held_out))
    uniform = np.full(classes, 1 / classes)
    unigram = count_model(uniform, seen.label)
    bigram = count_model(unigram, seen.label, seen.previous)
    trigram = count_model(bigram, seen.label, seen.previous, seen.before)
    shape = len(unseen.label), classes
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


def _side(records: Sequence[Record], classes: int) -> Side:
    records = _melodies(records)
    return Side(records, view_notes(records, classes))


def _melodies(records: Sequence[Record]) -> list[Record]:
    """Those of which an event can be predicted, and not too many."""
    records = [record for record in records if len(record.ids) > 1]
    return records[:: -(-len(records) // MOST_MELODIES) or 1]
