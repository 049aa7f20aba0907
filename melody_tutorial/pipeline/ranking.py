"""Of many composed melodies the best: the likeliest of those that have copied nothing long."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.config import built_data
from melody_tutorial.errors import UserError

if TYPE_CHECKING:
    from melody_tutorial.pipeline.composing import Composed

MOST_COPIED = 0.25  # of a melody's notes, in one passage that a training melody has too


def best_first(composed: Sequence["Composed"], training: Sequence[np.ndarray] = ()) -> list["Composed"]:
    """Melodies that have copied little before those that have not, and each by its likelihood per event.

    Args:
        training: events of what the model has learned from; empty: nobody knows what was copied.
    """
    copied = copied_shares(composed, training) if len(training) else np.zeros(len(composed))
    surprise = [-each.log_likelihood / max(1, each.drawn) for each in composed]
    order = sorted(range(len(composed)), key=lambda number: (copied[number] > MOST_COPIED, surprise[number]))
    return [composed[number] for number in order]


def copied_shares(composed: Sequence["Composed"], training: Sequence[np.ndarray]) -> np.ndarray:
    """Share of each melody's notes that are in the longest passage which a training melody has too."""
    from melody_tutorial.evaluation import longest_copies

    events = [each.melody.events[each.primer_steps :] for each in composed]
    notes = [max(1, np.count_nonzero(each >= 0)) for each in events]
    copies = longest_copies(events, training)
    return np.array([copy.notes if copy else 0 for copy in copies]) / notes


def learned_from(run: str | Path | None) -> list[np.ndarray]:
    """Events of the training melodies of a model; none where they are not at hand.

    Args:
        run: folder of a run; None: the model that ships.
    """
    from melody_tutorial.datasets import open_dataset
    from melody_tutorial.melodies import decode_events
    from melody_tutorial.training import dataset_of

    try:
        folder = built_data() / "datasets" / "tunebooks" if run is None else dataset_of(run)
        dataset = open_dataset(folder, ("train",))
    except UserError:
        return []
    return [decode_events(ids, dataset.manifest["classes"]) for ids in dataset.melodies("train")]
