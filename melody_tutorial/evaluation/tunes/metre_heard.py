"""The metre of a tune, heard from its notes alone: what comes again after which time.

Autocorrelation finds periods in the onsets of a tune (Brown 1993) and in its accents, and a linear
discriminant tells from them the metre (Toiviainen & Eerola 2006). It is learned from tunes whose metre is
known, and needs no bar lines: it does not matter where in a bar a tune begins.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.evaluation.intervals import Interval, bootstrap
from melody_tutorial.evaluation.tunes.controls import bars_shuffled
from melody_tutorial.melodies import Melody, decode_events
from melody_tutorial.networks import Tune

# By ear, 2/4 is a way of writing 4/4: what differs is which note value is called a quarter.
IN_TWO = "2/4, 2/2, 4/4"
KINDS = dict.fromkeys(((2, 4), (2, 2), (4, 4)), IN_TWO)
LEAST_TUNES = 20  # of a kind of metre, to learn it from
# Steps after which something may come again: the beats and bars of all metres, and up to eight bars of 9/8.
LAGS = np.unique([*range(2, 50, 2), *range(8, 145, 8), *range(12, 145, 12), *range(18, 145, 18)])
LONGEST = 12  # steps from onset to onset that still make a longer note a stronger accent
RIDGE = 1e-3  # of the discriminant: the variance that is added to each feature


def kind_of(metre: tuple[int, int] | None) -> str | None:
    """What a metre is called when it is heard: "6/8", and one name for 2/4, 2/2 and 4/4; None: not known."""
    return KINDS.get(metre, "{}/{}".format(*metre)) if metre else None


@dataclass(frozen=True)
class MetreEar:
    """A linear discriminant between kinds of metre.

    Attributes:
        kinds: those that it knows, as ``kind_of`` names them.
        weights: shape (features + 1, kinds); the last row is added always.
    """

    kinds: tuple[str, ...]
    weights: np.ndarray

    def hear(self, tunes: Sequence[Tune]) -> list[str]:
        """The kind of metre of each tune; "" where it knows none."""
        if not self.kinds:
            return [""] * len(tunes)
        return [self.kinds[int((_features(tune.ids) @ self.weights).argmax())] for tune in tunes]

    def agreement(
        self, tunes: Sequence[Tune], heard: Sequence[str], family: Sequence[int] | None = None
    ) -> dict[str, Interval]:
        """Of the tunes in each kind of metre that it knows, the share heard in that kind; with intervals."""
        kinds = np.array([kind_of(tune.facts.metre) or "" for tune in tunes])
        right = (kinds == np.array(heard)).astype(float)
        own = np.arange(len(tunes)) if family is None else np.asarray(family)
        groups = {kind: kinds == kind for kind in self.kinds}
        return {kind: bootstrap(right[of], right[of] * 0 + 1, own[of]) for kind, of in groups.items()}


def learn_metres(tunes: Sequence[Tune]) -> MetreEar:
    """Learn to hear the metres in which there are enough of some tunes, each kind counting alike.

    The discriminant is least squares towards 1 for the kind and 0 for the others, with a ridge. It learns
    from each tune as it is and with its bars shuffled, and so does not take form for metre: where only tunes
    as they are were learned from, a tune that repeats nothing after eight bars is often misheard.
    """
    counts = Counter(kind_of(tune.facts.metre) for tune in tunes)
    kinds = tuple(kind for kind, count in counts.items() if kind and count >= LEAST_TUNES)
    known = [tune for tune in tunes if kind_of(tune.facts.metre) in kinds]
    if not known:
        return MetreEar((), np.zeros((0, 0)))
    features = np.array([_features(tune.ids) for tune in [*known, *bars_shuffled(known)]])
    is_kind = np.array([[kind_of(tune.facts.metre) == kind for kind in kinds] for tune in known * 2], float)
    weighed = features * (is_kind / is_kind.sum(axis=0) / len(kinds)).sum(axis=1)[:, None]
    ridge = RIDGE * np.eye(features.shape[1])
    return MetreEar(kinds, np.linalg.solve(weighed.T @ features + ridge, weighed.T @ is_kind))


def _features(ids: np.ndarray) -> np.ndarray:
    """For each lag, how much onsets, accents and pitches are like those so many steps before; and a 1.

    Onsets and accents, each onset as strong as its note is long, count by their autocorrelation, pitches by
    the share of the steps on which the same one sounds.
    """
    onset, _, pitch = Melody(decode_events(ids)).notes()
    if not len(onset):
        return np.append(np.zeros(3 * len(LAGS)), 1)
    steps = len(ids) - onset[0]
    length = np.diff(np.append(onset, len(ids)))
    onsets, accents = np.zeros(steps), np.zeros(steps)
    onsets[onset - onset[0]] = 1
    accents[onset - onset[0]] = np.minimum(length, LONGEST)
    sounding = np.repeat(pitch, length)
    same = [(sounding[lag:] == sounding[:-lag]).mean() if lag < steps else 0 for lag in LAGS]
    return np.concatenate([_autocorrelation(onsets), _autocorrelation(accents), same, [1]])


def _autocorrelation(series: np.ndarray) -> np.ndarray:
    """Correlation of a series with itself at each lag, by its whole variance; 0 at lags that it lacks."""
    steps, series = len(series), series - series.mean()
    if not series.any():
        return np.zeros(len(LAGS))
    spectrum = np.abs(np.fft.rfft(series, 2 * steps)) ** 2
    products = np.fft.irfft(spectrum, 2 * steps)[:steps] / np.arange(steps, 0, -1)  # mean at each lag
    return np.where(steps > LAGS, products[np.minimum(LAGS, steps - 1)], 0) / series.var()
