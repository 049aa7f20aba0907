"""A recurrent network for pitches alone: what it is told before each note, and how it scores the pitches.

It hears what stands in the melody so far from three places: the pitch itself, its distance from the last
pitch and from the first one. In the same three ways it scores the next pitch, so that what it learns about a
step in one key serves in all. Its cell is that of ``melody_tutorial.networks``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from melody_tutorial.networks import RecurrentLayer, State, drop

REACH = 14  # semitones; what is farther away counts as so far
DISTANCES = 2 * REACH + 2  # from −REACH to REACH, and none
UNITS = 128
DROPOUT, INPUT_DROPOUT = 0.5, 0.2


@dataclass(frozen=True)
class Places:
    """A row for each place in each melody: before its first note, …, after its last.

    Attributes:
        features: what is known there, float32 (rows, features); made of the notes before that place alone.
        from_last, from_first: number of the distance of each pitch of the alphabet from the last and the
            first note so far; int32 (rows, alphabet), 0 before the first note.
        label: number of the note that comes, int32 (rows,); 0 after the last.
        rows: the rows of each melody, one more than it has notes.
    """

    features: np.ndarray
    from_last: np.ndarray
    from_first: np.ndarray
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
    heard = np.zeros((len(place), len(alphabet)), bool)
    heard[place[1:], number] = True
    heard = np.logical_or.accumulate(heard)
    near = np.zeros((len(place), DISTANCES), bool)
    np.logical_or.at(near, (place[:, None], from_last), heard)
    features = [
        np.eye(len(alphabet) + 1)[np.append(0, number + 1)],
        np.eye(DISTANCES)[np.concatenate([[0, 0], distance(np.diff(melody))])],
        np.eye(DISTANCES)[np.append(0, distance(melody - melody[0]))],
        near,
        np.log1p(place)[:, None] / 4,
    ]
    label = np.append(number, 0).astype(np.int32)
    return (
        np.hstack(features).astype(np.float32),
        from_last.astype(np.int32),
        from_first.astype(np.int32),
        label,
    )


def distance(semitones: np.ndarray) -> np.ndarray:
    """Number of a distance, from 1 for −``REACH``."""
    return np.clip(semitones, -REACH, REACH) + REACH + 1


class PitchNetwork(keras.Model):
    """Features → GRU → a score for each pitch, its distance from the last, its distance from the first."""

    def __init__(self, features: int, alphabet: int, seed: int = 0):
        super().__init__()
        keras.utils.set_random_seed(seed)
        self.recurrent = RecurrentLayer("gru", UNITS, name="layer_1")
        self.recurrent.build(features)
        self.shares = [alphabet, DISTANCES, DISTANCES]
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
        state: State,
        resets: tf.Tensor,
        dropout_seed: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, State]:
        """Logits of the next pitch, (window, batch, alphabet), and the state after the window.

        Args:
            features, from_last, from_first: rows of ``Places``, each (window, batch, ·).
            state, resets, dropout_seed: as ``MelodyModel`` has them.
        """
        keep = 1.0 - tf.cast(resets, tf.float32)[:, :, tf.newaxis]
        if dropout_seed is not None:
            features = drop(features, INPUT_DROPOUT, dropout_seed)
        h, after = self.recurrent(features, state, keep)
        if dropout_seed is not None:
            h = drop(h, DROPOUT, dropout_seed + 1)
        pitch, last, first = tf.split(self.scores(h), self.shares, axis=-1)
        logits = pitch + tf.gather(last, from_last, batch_dims=2) + tf.gather(first, from_first, batch_dims=2)
        return logits, after
