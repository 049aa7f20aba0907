"""What a network reads at each step: features of the events so far and of what is known about the tune.

A feature is a whole number, such as the place of the next event in its bar. Each is written once, for many
melodies at a time, one event after the other: to train, all melodies are heard side by side; to sample, those
that grow. A network looks up a row for each: of weights that it learns, or of a fixed table.

Those of the last group are read by Magenta's lookback_rnn and attention_rnn (E. Waite, Generating long-term
structure in songs and stories, 2016); their tables give the very numbers of note_seq's
``LookbackEventSequenceEncoderDecoder`` and ``KeyMelodyEncoderDecoder``, but for one case: there, a note of
MIDI pitch 0 counts as silence while it sounds. In the 38 classes it does not occur.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from melody_tutorial.config import BARS_BACK, MOST_AT_ONCE, ModelSettings
from melody_tutorial.errors import UserError, check_at_least, check_between
from melody_tutorial.melodies import ALL_CLASSES, MODES, NUM_SPECIAL_EVENTS
from melody_tutorial.networks.heard import LAGS, LOOKBACKS, METRES, UNKNOWN, Heard

STEPS_PER_BAR = tuple(16 * numerator // denominator for numerator, denominator in METRES)
MOST_STEPS = 32  # in a bar of any other metre; longer ones are counted through several times
MOST_SINCE = 24  # steps since the onset that are told apart
MOST_BARS = 64  # bars from the start that are told apart
MOST_LEFT = 64  # bars to go that are told apart
FIRST_PLACE = np.append(0, np.cumsum(STEPS_PER_BAR))  # number of the first place in each metre
# The level of so many steps of agreement: 0 for none, 1 for one, 2 for two or three, 3 for four to seven, …
LEVEL = np.array([steps.bit_length() for steps in range(129)])
LEVELS = 9  # that are told apart
TWELVE_DIGITS = 2 ** np.arange(12)


@dataclass(frozen=True)
class Feature:
    """A feature.

    Attributes:
        read: its value after what was heard, int, (melodies,).
        values: how many values it has, given the number of classes.
        is_event: whether it is an event that the next one may be equal to.
        table: for a network without an embedding, what it reads instead of each value, given the number of
            classes: (values, columns). None: a one-hot vector.
    """

    read: Callable[[Heard], np.ndarray]
    values: Callable[[int], int]
    is_event: bool = False
    table: Callable[[int], np.ndarray] | None = None


def read_event(heard: Heard) -> np.ndarray:
    """The last event."""
    return heard.last


def read_place(heard: Heard) -> np.ndarray:
    """The metre, and the place of the next event in its bar."""
    return FIRST_PLACE.take(heard.metre) + heard.steps % np.minimum(heard.bar, MOST_STEPS)


def read_bar(heard: Heard) -> np.ndarray:
    """The bar of the next event, from 0."""
    return np.minimum(heard.bars_heard, MOST_BARS - 1)


def read_bars_left(heard: Heard) -> np.ndarray:
    """Bars after that of the next event; 0 also past the end, the last value if it is not known."""
    left = np.minimum(np.maximum(heard.bars - 1 - heard.bars_heard, 0), MOST_LEFT - 1)
    return np.where(heard.bars == UNKNOWN, MOST_LEFT, left)


def read_pickup(heard: Heard) -> np.ndarray:
    """The place in its bar of the first onset; ``MOST_STEPS``: there was none."""
    return np.where(heard.begun == UNKNOWN, MOST_STEPS, heard.begun % np.minimum(heard.bar, MOST_STEPS))


def read_whole_bars(heard: Heard) -> np.ndarray:
    """Bars from the first onset to the next event, if they are whole, and one more; 0: they are not.

    Phrases of a tune that begins with a pickup begin with one, and its last bar lacks what the first has.
    """
    bars, rest = np.divmod(heard.steps - heard.begun, heard.bar)
    return np.where((heard.begun == UNKNOWN) | (rest > 0), 0, 1 + np.minimum(bars, MOST_BARS))


def read_since(heard: Heard) -> np.ndarray:
    """Steps from the last onset to the next event; 0: there was none."""
    return np.minimum(heard.since, MOST_SINCE)


def read_copy(heard: Heard) -> np.ndarray:
    """The event that follows where the melody has agreed with itself for longest, whole bars before."""
    lag, _ = heard.longest()
    return heard.before[lag, np.arange(len(lag))]


def read_copied(heard: Heard) -> np.ndarray:
    """For how long that has agreed."""
    return _level(heard.longest()[1])


def read_copy_lag(heard: Heard) -> np.ndarray:
    """How many bars before that was, less one."""
    return heard.longest()[0]


def _level(steps: np.ndarray) -> np.ndarray:
    return LEVEL.take(steps, mode="clip")


def _back(bars: int) -> Feature:
    return Feature(lambda heard: heard.before[bars - 1], lambda classes: classes + 1, is_event=True)


def _agreed(bars: int) -> Feature:
    return Feature(lambda heard: _level(heard.agreement[bars - 1]), lambda classes: LEVELS)


def read_sounding(heard: Heard) -> np.ndarray:
    """The pitch that sounds, the lowest 1; 0: silence."""
    sounding = heard.notes.sounding
    return sounding - (sounding > 0).astype(np.uint8)


def sounding_table(classes: int) -> np.ndarray:
    """A one-hot vector of the pitch, whether a note sounds, whether none does."""
    pitches = classes - NUM_SPECIAL_EVENTS
    table = np.zeros((pitches + 1, pitches + 2), np.float32)
    table[0, -1] = 1
    table[1:, :pitches] = np.eye(pitches)
    table[1:, pitches] = 1
    return table


def binary_table(digits: int) -> np.ndarray:
    """The binary digits of each number, lowest first."""
    return (np.arange(2**digits)[:, None] >> np.arange(digits) & 1).astype(np.float32)


def _tabled(read: Callable[[Heard], np.ndarray], table: np.ndarray) -> Feature:
    """A feature with a table that depends on nothing."""
    return Feature(read, lambda classes: len(table), table=lambda classes: table)


def _ago(steps: int) -> Feature:
    """The event so many steps before the next; no-event, where there was none."""

    def read(heard: Heard) -> np.ndarray:
        event = heard.ago(steps)
        return event * (event < heard.classes)

    return Feature(read, lambda classes: classes)


def _repeats(steps: int) -> Feature:
    """Whether the last event was that of so many steps before it."""

    def read(heard: Heard) -> np.ndarray:
        return (heard.last == heard.ago(steps + 1)) & (heard.last < heard.classes)

    return _tabled(read, binary_table(1))


def _count(digits: int) -> Feature:
    """How many events were heard, modulo a power of two; each binary digit is −1 or 1."""

    def read(heard: Heard) -> np.ndarray:
        return np.full(len(heard.last), heard.steps % 2**digits)

    return _tabled(read, 2 * binary_table(digits) - 1)


def _scales(which: Callable[[Heard], np.ndarray]) -> Feature:
    """Which of twelve scales, as the binary digits of a number."""
    return _tabled(lambda heard: TWELVE_DIGITS @ which(heard), binary_table(12))


FEATURES = {
    "event": Feature(read_event, lambda classes: classes + 1),
    "pitch": Feature(lambda heard: heard.pitch, lambda classes: classes + 1),
    "pitch_before": Feature(lambda heard: heard.pitch_before, lambda classes: classes + 1),
    "since": Feature(read_since, lambda classes: MOST_SINCE + 1),
    "place": Feature(read_place, lambda classes: sum(STEPS_PER_BAR) + MOST_STEPS),
    "mode": Feature(lambda heard: heard.mode, lambda classes: len(MODES) + 1),
    "bar": Feature(read_bar, lambda classes: MOST_BARS),
    "bars_left": Feature(read_bars_left, lambda classes: MOST_LEFT + 1),
    "pickup": Feature(read_pickup, lambda classes: MOST_STEPS + 1),
    "whole_bars": Feature(read_whole_bars, lambda classes: MOST_BARS + 2),
    "copy": Feature(read_copy, lambda classes: classes + 1, is_event=True),
    "copied": Feature(read_copied, lambda classes: LEVELS),
    "copy_lag": Feature(read_copy_lag, lambda classes: LAGS),
    **{f"back_{bars}": _back(bars) for bars in BARS_BACK},
    **{f"agreed_{bars}": _agreed(bars) for bars in BARS_BACK},
    **{f"ago_{steps}": _ago(steps) for steps in LOOKBACKS},
    **{f"repeats_{steps}": _repeats(steps) for steps in LOOKBACKS},
    **{f"count_{digits}": _count(digits) for digits in (5, 7)},
    "sounding": Feature(read_sounding, lambda classes: classes - 1, table=sounding_table),
    "attack": _tabled(lambda heard: heard.notes.attack, binary_table(1)),
    "direction": _tabled(lambda heard: heard.notes.direction, np.array([[0], [1], [-1]], np.float32)),
    "bar_begins": _tabled(
        lambda heard: np.full(len(heard.last), heard.steps % LOOKBACKS[0] == 0), binary_table(1)
    ),
    "scales": _scales(lambda heard: heard.notes.fullest_scales()),
    "recent_scales": _scales(lambda heard: heard.notes.recent_scales()),
}


def features_of(model: ModelSettings) -> list[Feature]:
    """The features of a model.

    Raises:
        UserError: there is no such feature.
    """
    for name in model.features:
        if name not in FEATURES:
            raise UserError(
                f"the model reads {name!r}, which is no feature here: known are {', '.join(FEATURES)}"
            )
    return [FEATURES[name] for name in model.features]


def check_sizes(model: ModelSettings) -> ModelSettings:
    """A model as it is, if there can be such a network; asked before memory is taken for it.

    Raises:
        UserError: it reads nothing, or what is no feature, or its sizes are absurd.
    """
    check_between(NUM_SPECIAL_EVENTS + 1, ALL_CLASSES, classes=model.classes)
    check_at_least(0, MOST_AT_ONCE, attention=model.attention)
    if not features_of(model):
        raise UserError(f"the model reads no feature: known are {', '.join(FEATURES)}")
    return model


def offsets_of(model: ModelSettings) -> np.ndarray:
    """Row of the first value of each feature in a table of all, and how many rows that has; int32."""
    sizes = [feature.values(model.classes) for feature in features_of(model)]
    if not model.has_end and model.features[0] == "event":
        sizes[0] = model.classes  # something was always heard
    return np.cumsum([0, *sizes]).astype(np.int32)


def tables_of(model: ModelSettings) -> list[np.ndarray]:
    """What a network without an embedding reads instead of the values of each feature, side by side.

    Returns:
        float32, (values, columns) each.
    """
    sizes = np.diff(offsets_of(model)).tolist()
    return [
        each.table(model.classes) if each.table else np.eye(size, dtype=np.float32)
        for each, size in zip(features_of(model), sizes, strict=True)
    ]


def inputs_of(model: ModelSettings) -> int:
    """How many numbers the first layer reads at each step."""
    return model.embedding or sum(table.shape[1] for table in tables_of(model))


def pointed_at(model: ModelSettings) -> list[int]:
    """Numbers of the features whose value is an event that a pointer makes likelier; none without one."""
    features = features_of(model)
    return [number for number, each in enumerate(features) if each.is_event and model.pointer]


def is_plain(model: ModelSettings) -> bool:
    """Whether a model reads events alone, answers with events alone, and remembers in its layers alone."""
    other = model.embedding or model.has_end or model.pointer or model.attention or model.labels != "events"
    return model.features == ("event",) and not other
