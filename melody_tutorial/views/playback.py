"""Any music as a notebook meets it — melody, events, token ids, score — as one thing to see and to hear."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.errors import UserError
from melody_tutorial.melodies import NUM_CLASSES, Key, Melody, decode_events
from melody_tutorial.music import DTYPES, Score
from melody_tutorial.views.audio import PEAK, pluck, synthesize
from melody_tutorial.views.canvas import BLUE, GREEN, GREY, ORANGE, boxes, roll_axes, styled
from melody_tutorial.views.piano_roll import label_pitches, pitch_range, plot_melody

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Music = Melody | Score | np.ndarray | Sequence[int]

PLAYER_RATE = 16_000  # samples per second: holds eight partials of the highest class, at 7.9 kHz
ROLL_WIDTH = 8.2  # inches, without margins
LABEL_INCHES = 0.15  # half the width of a number below a roll
MOST_SECONDS = 120  # of sound in one player: less than a megabyte in the page
MOST_HELD = 8  # seconds of one note of a score; a string has died away by then
NOT_HEARD = ("key_", "omitted", "is_whole")  # beginnings of names of what a player has no use for
VOICE_COLOURS = (BLUE, ORANGE, GREEN, GREY)


def as_music(music: Music) -> Melody | Score:
    """A melody or score as it is; numbers as a melody in 4/4 at 120 quarter notes per minute.

    Numbers are token ids if their type is uint8, as ``encode_events`` gives them, or if they are a list
    within 0 … 37; otherwise they are melody events.

    Raises:
        UserError: ``music`` is none of these.
    """
    if isinstance(music, Melody | Score):
        return music
    try:
        numbers = np.asarray(music)
    except ValueError:  # rows of several lengths
        raise UserError("this is no music: give a melody, a score, or one row of whole numbers") from None
    if numbers.ndim != 1 or (numbers.dtype.kind not in "iu" and numbers.size):
        raise UserError(
            f"this is no music: {type(music).__name__} of shape {numbers.shape}; give a melody, a score, "
            "or one row of whole numbers, either events or token ids"
        )
    within_classes = numbers.size and numbers.min() >= 0 and numbers.max() < NUM_CLASSES
    if numbers.dtype == np.uint8 or (numbers.dtype != np.int8 and within_classes):
        return Melody(decode_events(numbers))
    if numbers.size and (numbers.min() < -2 or numbers.max() > 127):
        raise UserError(f"events go from −2 to 127, but these go from {numbers.min()} to {numbers.max()}")
    return Melody(numbers.astype(np.int8))


def to_json(music: Melody | Score) -> str:
    """A melody or score as one line of JSON, with all that a player tells: the music of a stored player."""
    heard = {name: value for name, value in vars(music).items() if not name.startswith(NOT_HEARD)}
    columns = {name: np.asarray(value).tolist() for name, value in heard.items() if value is not None}
    if isinstance(music, Melody) and music.key:
        columns["key"] = [music.key.tonic, music.key.mode]
    return json.dumps({"kind": type(music).__name__, **columns}, separators=(",", ":"))


def from_json(text: str) -> Melody | Score:
    """The melody or score of a line of JSON, the keys of a score not known; the inverse of ``to_json``."""
    columns = json.loads(text)
    if columns.pop("kind") == "Melody":
        metre, key = columns.pop("metre", None), columns.pop("key", None)
        columns["events"] = np.array(columns["events"], np.int8)
        return Melody(**columns, key=key and Key(*key), metre=metre and tuple(metre))
    return Score(
        **{
            name: np.array(value, DTYPES.get(name, np.int32)) if isinstance(value, list) else value
            for name, value in columns.items()
        }
    )


def describe(music: Melody | Score) -> str:
    """Notes and length in words: "42 notes, 12 bars"."""
    if isinstance(music, Score):
        notes, seconds = np.count_nonzero(pitched(music)), score_seconds(music)[1].max(initial=0.0)
        return f"{notes} notes, {seconds:.0f} seconds"
    notes, bars = len(music.notes()[0]), len(music.events) / music.steps_per_bar
    return f"{notes} {'note' if notes == 1 else 'notes'}, {bars:.3g} {'bar' if bars == 1 else 'bars'}"


def has_notes(music: Melody | Score) -> bool:
    """Whether there is anything to hear."""
    return bool(pitched(music).any() if isinstance(music, Score) else len(music.notes()[0]))


def sound(music: Melody | Score, sample_rate: int = PLAYER_RATE) -> np.ndarray:
    """Samples of the music, float32 in [−0.9, 0.9], mono; a score longer than two minutes is cut there."""
    if isinstance(music, Melody):
        return synthesize(music, sample_rate)
    return synthesize_score(music, sample_rate)


@styled
def draw(music: Melody | Score, title: str | None = None, primer_steps: int = 0) -> "Axes":
    """Piano roll, 9 inches wide with its margins."""
    if isinstance(music, Score):
        return plot_score(music, title or "")
    lowest, highest = pitch_range(music.notes()[2])
    axes = roll_axes(ROLL_WIDTH, 0.145 * (highest - lowest + 1))
    return plot_melody(music, title, primer_steps, axes)


def pitched(score: Score) -> np.ndarray:
    """Which notes of a score are not a drum's, as booleans."""
    return ~np.asarray(score.is_drum, bool)[score.instrument]


def score_seconds(score: Score) -> tuple[np.ndarray, np.ndarray]:
    """Start and end of each pitched note in seconds, by the score's tempos; 120 before the first one."""
    ticks = np.concatenate([[0], score.tempo_tick])
    seconds_per_tick = 60 / (np.concatenate([[120.0], score.tempo_qpm]) * score.ticks_per_quarter)
    starts = np.concatenate([[0.0], np.cumsum(np.diff(ticks) * seconds_per_tick[:-1])])

    def seconds(tick: np.ndarray) -> np.ndarray:
        tempo = np.searchsorted(ticks, tick, side="right") - 1
        return starts[tempo] + (tick - ticks[tempo]) * seconds_per_tick[tempo]

    heard = pitched(score)
    return seconds(score.onset[heard]), seconds(score.end[heard])


def synthesize_score(score: Score, sample_rate: int = PLAYER_RATE) -> np.ndarray:
    """All voices but drums as plucked strings, louder where the velocity is higher; shape (samples,)."""
    starts, ends = score_seconds(score)
    heard = pitched(score)
    length = min(MOST_SECONDS, ends.max(initial=0.0)) + 0.2
    samples = np.zeros(round(length * sample_rate), np.float32)
    columns = (starts, ends - starts, score.pitch[heard], score.velocity[heard])
    for start, duration, pitch, velocity in zip(*(column.tolist() for column in columns), strict=True):
        first = round(start * sample_rate)
        note = pluck(pitch, round(min(duration, MOST_HELD) * sample_rate), sample_rate)
        note = note[: max(0, len(samples) - first)]
        samples[first : first + len(note)] += note * np.float32(velocity / 127)
    loudest = np.abs(samples).max(initial=0.0)
    return samples * np.float32(PEAK / loudest) if loudest else samples


@styled
def plot_score(score: Score, title: str = "") -> "Axes":
    """Piano roll of all voices but drums, one colour for each instrument, time in seconds."""
    starts, ends = score_seconds(score)
    heard = pitched(score)
    pitches, voices = score.pitch[heard].astype(int), score.instrument[heard]
    lowest, highest = pitch_range(pitches)
    axes = roll_axes(ROLL_WIDTH, min(4.5, 0.145 * (highest - lowest + 1)))
    axes.set(xlim=(0, ends.max(initial=1.0)), ylim=(lowest - 0.5, highest + 0.5), xlabel="seconds")
    colours = [VOICE_COLOURS[voice % len(VOICE_COLOURS)] for voice in voices]
    # A small gap keeps two notes of one pitch apart.
    gap = np.minimum(0.03, 0.2 * (ends - starts))
    axes.add_collection(boxes(starts, ends - gap, pitches, 0.78, colours))
    label_pitches(axes, pitches, lowest, highest)
    label_seconds(axes)
    axes.set_title(title, parse_math=False)
    return axes


def label_seconds(axes: "Axes") -> None:
    """Write the seconds, the last one within the picture where it stands at the right edge."""
    end = axes.get_xlim()[1]
    ticks = [tick for tick in axes.get_xticks() if 0 <= tick <= end]
    axes.set_xticks(ticks)
    if end - ticks[-1] < LABEL_INCHES / ROLL_WIDTH * end:
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
