"""Of many composed melodies the best: those that have copied nothing long, and surprise as real ones do.

The likeliest melodies are not the best: they repeat themselves. What people say or play is about as likely as
the model's own average has it (typical sampling: Meister et al. 2023).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.errors import UserError

if TYPE_CHECKING:
    from melody_tutorial.pipeline.composing import Composed

MOST_COPIED = 0.25  # of a melody's notes, in one passage that a training melody has too


def best_first(
    composed: Sequence["Composed"], training: Sequence[np.ndarray] = (), usual: float = 0.0
) -> list["Composed"]:
    """Melodies that have copied little before those that have not, and each by how usual its likelihood is.

    Args:
        training: events of what the model has learned from; empty: nobody knows what was copied.
        usual: surprise of the model by real melodies, in nats per event; 0: not known, the likeliest first.
    """
    copied = copied_shares(composed, training) if len(training) else np.zeros(len(composed))
    strange = [abs(-each.log_likelihood / max(1, each.drawn) - usual) for each in composed]
    order = sorted(range(len(composed)), key=lambda number: (copied[number] > MOST_COPIED, strange[number]))
    return [composed[number] for number in order]


def copied_shares(composed: Sequence["Composed"], training: Sequence[np.ndarray]) -> np.ndarray:
    """Share of each melody's notes that are in the longest passage which a training melody has too."""
    from melody_tutorial.evaluation import longest_copies

    events = [each.melody.events[each.primer_steps :] for each in composed]
    notes = [max(1, np.count_nonzero(each >= 0)) for each in events]
    copies = longest_copies(events, training)
    return np.array([copy.notes if copy else 0 for copy in copies]) / notes


def learned_from(run: str | Path) -> list[np.ndarray]:
    """Events of the training melodies of a model; none where they are not at hand.

    Args:
        run: folder of a run, or a model that ships.
    """
    from melody_tutorial.datasets import open_dataset
    from melody_tutorial.melodies import decode_events
    from melody_tutorial.training import dataset_of

    try:
        dataset = open_dataset(dataset_of(run), ("train",))
    except UserError:
        return []
    return [decode_events(ids, dataset.manifest["classes"]) for ids in dataset.melodies("train")]
