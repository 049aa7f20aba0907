"""A recurrent network for pitches alone: what it is told before each note, and how it scores the pitches.

It is told the last pitch, its distances from the one before and from the first, which pitches have been
heard, and how the longest passage went on that the last notes repeat. In the same ways it scores the next
pitch: for itself, for its distances from the last and the first note, for the passage that it would repeat.
So what it learns of a step in one key serves in all, and it need not learn by heart what a tune repeats. Its
cell is that of ``melody_tutorial.networks``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from melody_tutorial.networks import RecurrentLayer, State, drop

REACH = 14  # semitones; what is farther away counts as so far
DISTANCES = 2 * REACH + 2  # from −REACH to REACH, and none
LONGEST = 6  # notes of a repeat, the last included; longer ones count as such
UNITS = 128
DROPOUT, INPUT_DROPOUT = 0.6, 0.3


@dataclass(frozen=True)
class Places:
    """A row for each place in each melody: before its first note, …, after its last.

    Attributes:
        features: what is known there, float32 (rows, features); made of the notes before that place alone.
        from_last, from_first: number of the distance of each pitch of the alphabet from the last and the
            first note so far; int32 (rows, alphabet), 0 before the first note.
        repeat: notes of the longest passage of the melody so far that would be repeated if a pitch came next;
            int32 (rows, alphabet), 0 for a pitch that has not been heard, ``LONGEST`` at most.
        label: number of the note that comes, int32 (rows,); 0 after the last.
        rows: the rows of each melody, one more than it has notes.
    """

    features: np.ndarray
    from_last: np.ndarray
    from_first: np.ndarray
    repeat: np.ndarray
    label: np.ndarray
    rows: list[np.ndarray]


def describe(melodies: Sequence[np.ndarray], alphabet: np.ndarray) -> Places:
    """The places of melodies, given as MIDI pitches of ``alphabet``."""
    columns = [
        np.concatenate(column) for column in zip(*(_places(m, alphabet) for m in melodies), strict=True)
    ]
    ends = np.cumsum([len(melody) + 1 for melody in melodies])
    return Places(*columns, rows=np.split(np.arange(ends[-1]), ends[:-1]))


def _places(melody: np.ndarray, alphabet: np.ndarray) -> tuple[np.ndarray, ...]:
    """The columns of one melody."""
    number, place = np.searchsorted(alphabet, melody), np.arange(len(melody) + 1)
    from_last, from_first = (
        np.where(place[:, None] > 0, distance(alphabet - np.append(melody[:1], since)[:, None]), 0)
        for since in (melody, np.full(len(melody), melody[0]))
    )
    repeat = repeats(number, len(alphabet))
    near = np.zeros((len(place), DISTANCES), bool)
    np.logical_or.at(near, (place[:, None], from_last), repeat > 0)
    longest = repeat.max(axis=1)
    goes_on = np.where(longest > 1, from_last[place, repeat.argmax(axis=1)], 0)
    features = [
        np.eye(len(alphabet) + 1)[np.append(0, number + 1)],
        np.eye(DISTANCES)[np.concatenate([[0, 0], distance(np.diff(melody))])],
        np.eye(DISTANCES)[np.append(0, distance(melody - melody[0]))],
        near,
        np.eye(LONGEST + 1)[longest],
        np.eye(DISTANCES)[goes_on],
        np.log1p(place)[:, None] / 4,
    ]
    relations = [column.astype(np.int32) for column in (from_last, from_first, repeat)]
    return np.hstack(features).astype(np.float32), *relations, np.append(number, 0).astype(np.int32)


def repeats(number: np.ndarray, alphabet: int) -> np.ndarray:
    """The column ``repeat`` of ``Places`` for a melody of numbers below ``alphabet``."""
    found = np.zeros((len(number) + 1, alphabet), int)
    same = np.zeros(0, int)  # before each note so far: how many notes are as those before this place
    for place, last in enumerate(number, 1):
        longer = np.where(number[: place - 1] == last, same + 1, 0)
        same = np.append(0, longer)
        np.maximum.at(found[place], number[:place], np.minimum(same + 1, LONGEST))
    return found


def distance(semitones: np.ndarray) -> np.ndarray:
    """Number of a distance, from 1 for −``REACH``."""
    return np.clip(semitones, -REACH, REACH) + REACH + 1


class PitchNetwork(keras.Model):
    """Features → GRU → scores of the next pitch, added up: its own, and those of its place among the past."""

    def __init__(self, features: int, alphabet: int, seed: int = 0):
        super().__init__()
        keras.utils.set_random_seed(seed)
        self.recurrent = RecurrentLayer("gru", UNITS, name="layer_1")
        self.recurrent.build(features)
        self.shares = [alphabet, DISTANCES, DISTANCES, LONGEST + 1]
        self.scores = keras.layers.Dense(sum(self.shares), name="scores")
        self.scores.build((None, UNITS))
        self.built = True

    def initial_state(self, batch_size: int) -> State:
        """Nothing heard yet."""
        return (tf.zeros((batch_size, UNITS)),)

    def call(
        self,
        features: tf.Tensor,
        from_last: tf.Tensor,
        from_first: tf.Tensor,
        repeat: tf.Tensor,
        state: State,
        resets: tf.Tensor,
        dropout_seed: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, State]:
        """Logits of the next pitch, (window, batch, alphabet), and the state after the window.

        Args:
            features, from_last, from_first, repeat: rows of ``Places``, each (window, batch, ·).
            state, resets, dropout_seed: as ``MelodyModel`` has them.
        """
        keep = 1.0 - tf.cast(resets, tf.float32)[:, :, tf.newaxis]
        if dropout_seed is not None:
            features = drop(features, INPUT_DROPOUT, dropout_seed)
        h, after = self.recurrent(features, state, keep)
        if dropout_seed is not None:
            h = drop(h, DROPOUT, dropout_seed + 1)
        logits, *shares = tf.split(self.scores(h), self.shares, axis=-1)
        for share, relation in zip(shares, (from_last, from_first, repeat), strict=True):
            logits += tf.gather(share, relation, batch_dims=2)
        return logits, after
