"""What is asked of new tunes, told by a primer, or, where nobody says, drawn as the model has learned it."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

import numpy as np

from melody_tutorial.config import ModelSettings, TuneSettings
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import counted
from melody_tutorial.melodies import MODES, Key, Melody
from melody_tutorial.networks import FEATURE_OF, METRES, Checkpoint, Facts, Repertoire
from melody_tutorial.sampling.primers import primer_key

TONIC = re.compile(r"([a-g]) ?(sharp|flat|[#b♯♭]?)", re.IGNORECASE)
SIGNS = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
Value = TypeVar("Value")


@dataclass(frozen=True)
class Asked:
    """What is known of new tunes before they are drawn; None: nothing.

    Attributes:
        metre: numerator and denominator of the time signature.
        mode: of ``MODES``.
        bars: how many, that of a pickup not counted.
        tonic: pitch class 0 (C) … 11 (B).
    """

    metre: tuple[int, int] | None = None
    mode: str | None = None
    bars: int | None = None
    tonic: int | None = None


def read_asked(tune: TuneSettings, checkpoint: Checkpoint) -> Asked:
    """What settings ask of a model.

    Raises:
        UserError: the model does not read it, or has never learned it; or it is no name of a key.
    """
    check_reads(tune, checkpoint.model)
    metres = {"{}/{}".format(*metre): metre for metre in known_metres(checkpoint.repertoire)}
    modes = {facts.mode for facts in checkpoint.repertoire.tunes} or set(MODES)
    return Asked(
        choose("metre", tune.metre, metres),
        choose("mode", tune.mode, {mode: mode for mode in MODES if mode in modes}),
        tune.bars,
        None if tune.key is None else read_tonic(tune.key),
    )


def check_reads(tune: TuneSettings, model: ModelSettings) -> None:
    """Raise a UserError that names the first thing that is asked of a model that does not read it."""
    readable = {name for name, feature in FEATURE_OF.items() if feature in model.features}
    readable |= {"key"} if readable and model.transpose == "tonic" else set()
    for name, value in asdict(tune).items():
        if value is not None and name not in readable:
            raise UserError(
                f"--{name} cannot be asked of this model, which has not learned it: leave it out, or name "
                "a --run that has, such as melody_rnn"
            )


def known_metres(repertoire: Repertoire) -> list[tuple[int, int]]:
    """The time signatures that a model has learned, most frequent first; all, where nobody knows."""
    counts = Counter[tuple[int, int]]()
    for facts, count in repertoire.tunes.items():
        counts[facts.metre] += count
    return [metre for metre, _ in counts.most_common()] or list(METRES)


def choose(name: str, text: str | None, known: Mapping[str, Value]) -> Value | None:
    """What a word stands for; a UserError that lists what is known, where it stands for nothing."""
    if text is None:
        return None
    if (word := "".join(text.lower().split())) not in known:
        raise UserError(f"--{name} is {text!r}: allowed are {', '.join(known)}, which the model has learned")
    return known[word]


def read_tonic(text: str) -> int:
    """Pitch class of a tonic: "D", "f#", "B flat"."""
    if not (match := TONIC.fullmatch(text.strip())):
        raise UserError(
            f"--key is {text!r}: allowed are the letters A to G, alone or with # or b, such as F# or Bb; "
            "say the mode by --mode"
        )
    return ("C D EF G A B".index(match[1].upper()) + SIGNS[match[2].lower()]) % 12


def with_primer(asked: Asked, primer: Melody) -> Asked:
    """What is known when a primer has told its metre, which 4/4 stands for where it has none, and its key.

    The key that is asked is taken for that of the primer.

    Raises:
        UserError: another metre is asked than the primer's, or no more bars than the primer has.
    """
    if not len(primer.events):
        return asked
    metre = primer.metre or asked.metre or (4, 4)
    if asked.metre not in (None, metre):
        raise UserError(
            f"--metre is {'{}/{}'.format(*asked.metre)} and the primer is in {'{}/{}'.format(*metre)}: leave "
            "--metre out, or give a primer in that metre"
        )
    bars = len(primer.events) * metre[1] / metre[0] / 16
    if asked.bars is not None and asked.bars <= bars:
        raise UserError(
            f"--bars is {asked.bars} and the primer has {counted(math.ceil(bars), 'bars')}: ask for more"
        )
    key = primer_key(primer)
    tonic, mode = (key.tonic, key.mode) if key else (None, None)
    return replace(
        asked,
        metre=metre,
        tonic=tonic if asked.tonic is None else asked.tonic,
        mode=asked.mode or (mode if mode in MODES else None),
    )


def draw_facts(asked: Asked, repertoire: Repertoire, rng: np.random.Generator, least: int = 0) -> Facts:
    """The facts of a new tune: those that are asked, the others as tunes had them that fit best.

    The metre counts before the number of bars, and that before the mode.

    Args:
        least: steps that the tune must have more of.
    """
    tunes = {
        facts: count for facts, count in repertoire.tunes.items() if facts.bars * facts.steps_per_bar > least
    }
    steps = 16 * asked.metre[0] // asked.metre[1] if asked.metre else 16
    drawn = Facts(asked.metre, asked.mode, asked.bars, steps)
    if tunes:
        fits = {facts: fit(facts, asked) for facts in tunes}
        best = [facts for facts in tunes if fits[facts] == max(fits.values())]
        counts = np.array([tunes[facts] for facts in best])
        drawn = best[rng.choice(len(best), p=counts / counts.sum())]
    return Facts(
        asked.metre or drawn.metre,
        asked.mode or drawn.mode,
        asked.bars or drawn.bars,
        drawn.steps_per_bar if asked.metre in (None, drawn.metre) else steps,
    )


def fit(facts: Facts, asked: Asked) -> tuple[bool, bool, bool]:
    """How well tunes fit what is asked: in metre, bars and mode."""
    return (
        asked.metre in (None, facts.metre),
        asked.bars in (None, facts.bars),
        asked.mode in (None, facts.mode),
    )


def draw_place(
    pitches: np.ndarray, asked: Asked, mode: str | None, repertoire: Repertoire, rng: np.random.Generator
) -> tuple[Key | None, int]:
    """A key for a tune whose tonic is C, and by how many semitones it comes there.

    It is the asked one, or one in which tunes of that mode were and lay as this one will. The octave is the
    one in which its middle is nearest to theirs.
    """
    counts = {key.tonic: count for key, count in repertoire.keys.items() if key.mode == mode} or {0: 1}
    if asked.tonic is not None:
        counts = {asked.tonic: 1}
    tonics = np.array(list(counts))
    middle = (int(pitches.min()) + int(pitches.max())) / 2 if len(pitches) else repertoire.middle
    above = middle + tonics - repertoire.middle
    octaves = -np.rint(above / 12).astype(int)
    distance = (above + 12 * octaves) / repertoire.spread
    weights = np.array(list(counts.values())) * np.exp(-(distance**2) / 2 + (distance**2).min() / 2)
    chosen = rng.choice(len(tonics), p=weights / weights.sum())
    key = Key(int(tonics[chosen]), mode) if mode else None
    return key, int(tonics[chosen] + 12 * octaves[chosen])
