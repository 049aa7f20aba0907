"""Networks for pitches, trained on the melodies of nine folds and asked for those of the tenth.

Every setting was chosen on Nova Scotia alone, and is the same for each set; there is no early stopping, so
that no melody has to be kept back for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from benchmarks.pearce_network import PitchNetwork, Places, describe
from benchmarks.pearce_sets import FOLDS, alphabet_of, folds
from melody_tutorial.config import TrainingSettings
from melody_tutorial.datasets import Window, all_windows
from melody_tutorial.networks import State, softmax
from melody_tutorial.training import learning_rate, use_threads

TRANSPOSED, FARTHEST = 0.7, 6  # share of the melodies that are learned in another key; semitones
SEGMENT, STEP = 2, 0.005  # of dynamic evaluation: notes between two updates, and their rate


@dataclass(frozen=True)
class Predictions:
    """Probabilities of each pitch at each note of each melody, arrays of shape (notes, alphabet).

    Attributes:
        static: by the network as it was trained.
        dynamic: by one that goes on learning in the melody, from its first note on.
    """

    static: list[np.ndarray]
    dynamic: list[np.ndarray]


def predict_by_network(melodies: Sequence[np.ndarray], seed: int, settings: TrainingSettings) -> Predictions:
    """What networks that have not seen its fold make of each melody, given as MIDI pitches."""
    learner, fold = Learner(melodies, settings), folds(len(melodies))
    found = Predictions([np.empty(0)] * len(melodies), [np.empty(0)] * len(melodies))
    for number in range(FOLDS):
        learner.learn(np.flatnonzero(fold != number), [seed, number])
        for index in np.flatnonzero(fold == number):
            found.static[index] = learner.predict(index)
            found.dynamic[index] = learner.predict(index, STEP)
    return found


def transpositions(melodies: Sequence[np.ndarray], alphabet: np.ndarray) -> list[list[np.ndarray]]:
    """Each melody in the other keys, ``FARTHEST`` semitones away at most, whose pitches the alphabet has."""
    shifts = [shift for shift in range(-FARTHEST, FARTHEST + 1) if shift]
    return [[melody + n for n in shifts if np.isin(melody + n, alphabet).all()] for melody in melodies]


class Learner:
    """A network, and how it learns from some melodies of a set and predicts others.

    Its compiled functions serve for all folds: each ``learn`` begins with new weights.
    """

    def __init__(self, melodies: Sequence[np.ndarray], settings: TrainingSettings):
        use_threads()
        self.settings = settings
        alphabet = alphabet_of(melodies)
        copies = transpositions(melodies, alphabet)
        self.places = describe([*melodies, *(copy for group in copies for copy in group)], alphabet)
        ends = len(melodies) + np.cumsum([len(group) for group in copies])
        self.copies = [range(end - len(group), end) for end, group in zip(ends, copies, strict=True)]
        self.shape = (self.places.features.shape[1], len(alphabet))
        self.network = PitchNetwork(*self.shape)
        self.columns = [
            tf.constant(getattr(self.places, name)) for name in Places.__annotations__ if name != "rows"
        ]
        self.optimizer = keras.optimizers.Adam()
        self.optimizer.build(self.network.trainable_variables)
        self.update = tf.function(self._update, autograph=False)
        self.adapt = tf.function(self._adapt, autograph=False)

    def learn(self, melodies: Sequence[int], seed: list[int]) -> None:
        """Train new weights on the melodies of these numbers."""
        rng = np.random.default_rng(seed)
        self.network.set_weights(PitchNetwork(*self.shape, seed=int(rng.integers(2**31))).get_weights())
        for variable in self.optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        size = self.settings.batch_size, self.settings.window
        passes = range(self.settings.epochs)
        epochs = [list(windows_of(self._in_keys(melodies, rng), *size, rng)) for _ in passes]
        rate = learning_rate(self.settings, sum(map(len, epochs)))
        for windows in epochs:
            state = self.network.initial_state(self.settings.batch_size)
            for window in windows:
                self.optimizer.learning_rate = rate(self.optimizer.iterations)
                dropout_seed = tf.constant(rng.integers(2**31, size=2), tf.int32)
                state = self.update(window, state, dropout_seed)

    def predict(self, melody: int, step: float = 0.0) -> np.ndarray:
        """Probabilities of each pitch at each note of a melody, shape (notes, alphabet).

        Args:
            melody: its number.
            step: rate of dynamic evaluation (Krause et al. 2018): after every ``SEGMENT`` notes the weights
                take a step of gradient descent on what these cost. At the end they are as before.
        """
        weights, state, found = self.network.get_weights(), self.network.initial_state(1), []
        for window in windows_of([self.places.rows[melody]], 1, SEGMENT if step else self.settings.window):
            logits, state = self.adapt(window, state, tf.constant(step))
            notes = int(tf.reduce_sum(window.mask))
            found.append(softmax(logits.numpy()[:notes, 0].astype(float)))
        if step:
            self.network.set_weights(weights)
        return np.concatenate(found)

    def _in_keys(self, melodies: Sequence[int], rng: np.random.Generator) -> list[np.ndarray]:
        """The rows of each melody, or of one of its copies in another key."""
        chosen = [
            rng.choice(self.copies[melody]) if self.copies[melody] and rng.random() < TRANSPOSED else melody
            for melody in melodies
        ]
        return [self.places.rows[melody] for melody in chosen]

    def _read(self, window: Window, state: State, dropout_seed: tf.Tensor | None = None) -> tuple:
        """Logits of a window, the summed loss in nats, and the state after it."""
        *described, label = (tf.gather(column, window.inputs) for column in self.columns)
        logits, after = self.network(*described, state, window.resets, dropout_seed)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)
        return logits, tf.reduce_sum(nats * window.mask), after

    def _update(self, window: Window, state: State, dropout_seed: tf.Tensor) -> State:
        """One step of Adam on a window; the state after it."""
        variables = self.network.trainable_variables
        with tf.GradientTape() as tape:
            _, loss, after = self._read(window, state, dropout_seed)
            loss /= tf.maximum(tf.reduce_sum(window.mask), 1.0)
        clipped, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), self.settings.clip_norm)
        self.optimizer.apply_gradients(zip(clipped, variables, strict=True))
        return after

    def _adapt(self, window: Window, state: State, step: tf.Tensor) -> tuple[tf.Tensor, State]:
        """Logits of a window and the state after it; then the weights take a step down its loss."""
        variables = self.network.trainable_variables
        with tf.GradientTape() as tape:
            logits, loss, after = self._read(window, state)
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(step * gradient)
        return logits, after


def windows_of(
    rows: Sequence[np.ndarray], batch: int, window: int, rng: np.random.Generator | None = None
) -> Iterator[Window]:
    """``stream_windows`` over the rows of places, as tensors of shape (window, batch)."""
    for arrays in zip(*all_windows(rows, batch, window, rng), strict=True):
        yield Window(*(tf.constant(array.T) for array in arrays))
