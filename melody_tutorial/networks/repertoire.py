"""The tunes that a model has learned from, in numbers: what nobody asks for is drawn as they had it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from melody_tutorial.config import MOST_AT_ONCE, ModelSettings
from melody_tutorial.errors import check_at_least, check_between, check_choice
from melody_tutorial.melodies import MIN_PITCH, MODES, NUM_SPECIAL_EVENTS, Key
from melody_tutorial.networks.heard import METRES, Facts

if TYPE_CHECKING:
    from melody_tutorial.networks.tunes import Tune

FEATURE_OF = {"metre": "place", "mode": "mode", "bars": "bars_left"}  # by which a model reads each fact


@dataclass(frozen=True)
class Repertoire:
    """How many tunes a model has learned from, of each kind; empty where it reads no facts of tunes.

    Attributes:
        tunes: the facts of whole tunes of which all are known, and how many had them; the bar that a pickup
            begins in is not counted among their bars.
        keys: the keys that they were in, and how many were.
        middle, spread: mean and standard deviation of the middle of their ranges, as MIDI pitches.
    """

    tunes: Mapping[Facts, int] = field(default_factory=dict)
    keys: Mapping[Key, int] = field(default_factory=dict)
    middle: float = 72.0  # what dance tunes for fiddle, flute and whistle have
    spread: float = 2.0


def reads_facts(model: ModelSettings) -> bool:
    """Whether a model reads any facts of tunes."""
    return any(feature in model.features for feature in FEATURE_OF.values())


def repertoire_of(model: ModelSettings, tunes: Sequence["Tune"]) -> Repertoire:
    """The repertoire of a model that has learned from tunes."""
    tunes = [tune for tune in tunes if _is_known(tune)] if reads_facts(model) else []
    facts = Counter(
        replace(tune.facts, bars=tune.facts.bars - has_pickup(tune.ids, tune.facts.steps_per_bar))
        for tune in tunes
    )
    if not tunes or model.transpose != "tonic":
        return Repertoire(facts)
    keys = Counter(Key(-tune.semitones % 12, tune.facts.mode) for tune in tunes)
    middles = [_middle(tune) for tune in tunes]
    return Repertoire(facts, keys, float(np.mean(middles)), max(1.0, float(np.std(middles))))


def has_pickup(ids: np.ndarray, steps_per_bar: int) -> bool:
    """Whether a tune begins behind the first bar line."""
    is_note = ids[:steps_per_bar] >= NUM_SPECIAL_EVENTS
    return bool(is_note.any() and not is_note[0])


def _is_known(tune: "Tune") -> bool:
    facts = tune.facts
    has_notes = (tune.ids >= NUM_SPECIAL_EVENTS).any()
    return has_notes and tune.is_whole and facts.metre in METRES and facts.mode in MODES


def _middle(tune: "Tune") -> float:
    """Middle of a tune's range where it was before it was transposed, as a MIDI pitch."""
    notes = tune.ids[tune.ids >= NUM_SPECIAL_EVENTS].astype(int)
    return (notes.min() + notes.max()) / 2 - NUM_SPECIAL_EVENTS + MIN_PITCH - tune.semitones


def to_json(repertoire: Repertoire) -> dict[str, Any]:
    """A repertoire as JSON has it: one line for each kind of tune, such as ``"6/8 major 32 12": 220``."""
    return {
        "tunes": {
            f"{'{}/{}'.format(*each.metre)} {each.mode} {each.bars} {each.steps_per_bar}": count
            for each, count in repertoire.tunes.items()
        },
        "keys": {f"{key.tonic} {key.mode}": count for key, count in repertoire.keys.items()},
        "middle": repertoire.middle,
        "spread": repertoire.spread,
    }


def from_json(values: Mapping[str, Any]) -> Repertoire:
    """The inverse of ``to_json``.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the values are something else.
        UserError: a value is not allowed.
    """
    tunes = {_facts_of(text): _count(count) for text, count in values["tunes"].items()}
    keys = {_key_of(text): _count(count) for text, count in values["keys"].items()}
    middle, spread = float(values["middle"]), float(values["spread"])
    check_between(0, 127, middle=middle)
    check_between(1, 127, spread=spread)
    return Repertoire(tunes, keys, middle, spread)


def _facts_of(text: str) -> Facts:
    fraction, mode, bars, steps_per_bar = text.split()
    metre = tuple(map(int, fraction.split("/")))
    if metre not in METRES:
        raise ValueError(f"{fraction} is no metre that is known")
    check_choice(MODES, mode=mode)
    check_at_least(0, MOST_AT_ONCE, bars=int(bars))
    check_at_least(1, MOST_AT_ONCE, steps_per_bar=int(steps_per_bar))
    return Facts(metre, mode, int(bars), int(steps_per_bar))


def _key_of(text: str) -> Key:
    tonic, mode = text.split()
    check_between(0, 11, tonic=int(tonic))
    check_choice(MODES, mode=mode)
    return Key(int(tonic), mode)


def _count(value: int) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no count")
    check_at_least(1, count=value)
    return value
