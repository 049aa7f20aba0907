"""How much of melodies stands in the training melodies, beside how much of real ones does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.evaluation.exact_copies import Copy, longest_copies
from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.evaluation.varied_copies import longest_varied_copies


@dataclass(frozen=True)
class Originality:
    """What a set of melodies shares with the training melodies.

    Attributes:
        exact: mean over the melodies of the notes of ``longest_copies``, with its interval.
        varied: the same of ``longest_varied_copies``.
        exact_copies, varied_copies: the passage of each melody.
    """

    exact: Interval
    varied: Interval
    exact_copies: list[Copy | None]
    varied_copies: list[Copy | None]


def originality(
    melodies: Sequence[np.ndarray], training: Sequence[np.ndarray], family: Sequence[int] | None = None
) -> Originality:
    """The longest passages that melodies share with the training melodies, exact and varied.

    Tunes of one style have something in common, whoever made them. So the figures of composed melodies stand
    beside those of real ones, of the same length and no relatives of the training melodies: where they lie
    above the others' interval, the model copies more than people do. This yardstick, and following it from
    epoch to epoch, come from the originality report of Yin, Reuben, Stepney and Collins (2022), who compare
    short excerpts by cardinality scores and fingerprints, where here the longest passage counts.

    Args:
        melodies, training: events, each of shape (steps,).
        family: number of the family of each melody, for the intervals; None: each melody is its own.
    """
    exact, varied = longest_copies(melodies, training), longest_varied_copies(melodies, training)
    return Originality(_mean_notes(exact, family), _mean_notes(varied, family), exact, varied)


def longest(copies: Sequence[Copy | None]) -> tuple[int, Copy] | None:
    """The melody that has the longest of some passages, and that passage; of equal ones the first."""
    found = [(melody, copy) for melody, copy in enumerate(copies) if copy]
    return max(found, key=lambda one: one[1].notes, default=None)


def _mean_notes(copies: Sequence[Copy | None], family: Sequence[int] | None) -> Interval:
    notes = np.array([copy.notes if copy else 0 for copy in copies], dtype=float)
    return bootstrap(notes, np.ones(len(notes)), family)
