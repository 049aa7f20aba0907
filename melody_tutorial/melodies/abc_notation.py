"""A melody as ABC, the notation in which players of traditional tunes write and read.

The rules are those of the ABC music standard 2.1 (https://abcnotation.com/wiki/abc:standard:v2.1).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melody_tutorial.errors import UserError
from melody_tutorial.files import write_text
from melody_tutorial.melodies.beats import EIGHTH, beam, beat, cut_at_beats
from melody_tutorial.melodies.keys import field_of_key
from melody_tutorial.melodies.melody import Melody, time_signature
from melody_tutorial.melodies.spelling import signs_of, spell, written_key

BARS_IN_LINE = 4
SIXTEENTH = Fraction(1, 16)
SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
BROKEN = {(Fraction(3, 2), Fraction(1, 2)): ">", (Fraction(1, 2), Fraction(3, 2)): "<"}
VERSION = "%abc-2.1\n"  # the first line of a file


class Sign(NamedTuple):
    """A note or a rest as it is written.

    Attributes:
        bar: number of its bar, from 0.
        start, end: steps from the bar line.
        pitch: None for a rest.
        tied: to the next sign.
    """

    bar: int
    start: int
    end: int
    pitch: int | None
    tied: bool


def save_abc(melody: Melody, path: str | Path, title: str = "Melody") -> Path:
    """Write a melody as an ABC file, atomically, and return its path; errors as of ``melody_to_abc``."""
    if not isinstance(melody, Melody):
        raise UserError(f"save_abc writes a Melody, and this is a {type(melody).__name__}")
    return write_text(path, abc_book([melody_to_abc(melody, title)]))


def abc_book(tunes: Iterable[str]) -> str:
    """The text of an ABC file with these tunes, a blank line between them."""
    return VERSION + "\n".join(tunes)


def melody_to_abc(melody: Melody, title: str = "Melody", number: int = 1) -> str:
    """A melody as an ABC tune: its head, then its bars, four to a line.

    Silence before the first note, if it is shorter than a bar, is left out: what follows is a pickup. Nothing
    is folded into repeats. The tempo is rounded to whole beats in a minute.

    Args:
        melody: in its key, or, if that is not known, in the key that its notes are in.
        title: one line.
        number: of the tune in its book, from 1.

    Raises:
        UserError: a step is no note value, such as a third of a quarter note.
    """
    steps = melody.steps_per_quarter
    if steps & (steps - 1):
        raise UserError(
            f"ABC is written in halves of note values, and this melody has {steps} steps in a quarter note: "
            "allowed are 1, 2, 4, 8 and so on; extract it with 4"
        )
    key, metre = written_key(melody), time_signature(melody)
    unit = unit_length(melody)
    bars = [write_bar(bar, melody, key.sharps(), unit) for bar in bars_of(melody)]
    head = [
        f"X:{number}",
        f"T:{one_line(title)}",
        "M:{}/{}".format(*metre),
        f"L:{unit}",
        f"Q:{beat(metre)}={max(1, round(Fraction(melody.qpm) / 4 / beat(metre)))}",
        f"K:{field_of_key(key)}",
    ]
    return "\n".join([*head, *lines_of(bars, has_pickup=bool(pickup(melody)))]) + "\n"


def one_line(title: str) -> str:
    """A title as ABC takes it: without line breaks; "%" would begin a comment, a backslash an accent."""
    return re.sub(r"[\\%]", r"\\\g<0>", " ".join(title.split()))


def unit_length(melody: Melody) -> Fraction:
    """The length that a letter alone stands for: an eighth, or a sixteenth where most notes are as short.

    A sixteenth beside a dotted eighth does not count: such a pair is written as two eighths with ">" or "<".
    """
    onset, end, _ = melody.notes()
    sixteenths = (end - onset) * 4 / melody.steps_per_quarter
    short, dotted = np.count_nonzero(sixteenths <= 1), np.count_nonzero(sixteenths == 3)
    return SIXTEENTH if 2 * (short - dotted) > len(onset) else EIGHTH


def pickup(melody: Melody) -> int:
    """Steps of silence before a pickup; 0 where the first bar begins with a note, or has none."""
    first = next(iter(melody.notes()[0]), 0)
    return int(first) if first < melody.steps_per_bar else 0


def bars_of(melody: Melody) -> list[list[Sign]]:
    """The notes and rests of each bar, cut into lengths that a note can have; a pickup is the first bar."""
    signs = []
    for start, end, pitch in sounds(melody):
        signs += [Sign(*piece, pitch, tied=pitch is not None) for piece in cut_at_beats(start, end, melody)]
        signs[-1] = signs[-1]._replace(tied=False)
    return [list(bar) for _, bar in groupby(signs, key=attrgetter("bar"))]


def sounds(melody: Melody) -> Iterator[tuple[int, int, int | None]]:
    """Yield start, end and pitch of each note and, without a pitch, each rest."""
    now = pickup(melody)
    for onset, end, pitch in zip(*(column.tolist() for column in melody.notes()), strict=True):
        if onset > now:
            yield now, onset, None
        yield onset, end, pitch
        now = end
    if now < len(melody.events):
        yield now, len(melody.events), None


def write_bar(bar: Sequence[Sign], melody: Melody, sharps: int, unit: Fraction) -> str:
    """The text of a bar in a key of so many sharps: no space between notes that are under one beam."""
    step = Fraction(1, 4 * melody.steps_per_quarter) / unit
    names = written_pitches(bar, sharps)
    lengths = [(sign.end - sign.start) * step for sign in bar]
    texts = [
        name + length_text(length) + "-" * sign.tied
        for name, length, sign in zip(names, lengths, bar, strict=True)
    ]
    for number, pair in enumerate(pairwise(bar)):
        if broken := broken_rhythm(pair, step):
            texts[number : number + 2] = names[number] + broken, names[number + 1]
    width = beam(time_signature(melody), min(lengths) * unit) / unit
    groups = groupby(zip(bar, texts, strict=True), key=lambda item: item[0].start * step // width)
    return " ".join("".join(text for _, text in group) for _, group in groups)


def broken_rhythm(pair: tuple[Sign, Sign], step: Fraction) -> str:
    """The sign between two notes of a unit of which one gives half of its length to the other, or "".

    ``step`` is in units.
    """
    first, second = pair
    lengths = tuple((sign.end - sign.start) * step for sign in pair)
    can_be = first.start * step % 2 == 0 and not (first.tied or second.tied)
    return BROKEN.get(lengths, "") if can_be and None not in (first.pitch, second.pitch) else ""


def written_pitches(bar: Sequence[Sign], sharps: int) -> list[str]:
    """The letters of a bar's notes, with accidentals and marks of the octave; "z" for rests.

    To some programs an accidental holds in all octaves up to the bar line, to others in its own: one is
    written wherever the note would otherwise be wrong for either.
    """
    signature = signs_of(sharps)
    in_octave, anywhere, texts = {}, {}, []
    for sign in bar:
        if sign.pitch is None:
            texts.append("z")
            continue
        letter, signs, octave = spell(sign.pitch, sharps)
        holding = {
            in_octave.get((letter, octave), signature[letter]),
            anywhere.get(letter, signature[letter]),
        }
        in_octave[letter, octave] = anywhere[letter] = signs
        high = octave - 5
        text = letter.lower() + "'" * high if high >= 0 else letter + "," * (-1 - high)
        texts.append(text if holding == {signs} else SIGNS[signs] + text)
    return texts


def length_text(units: Fraction) -> str:
    """A length as it stands behind a letter: nothing for 1, "3", "/" for 1/2, "3/2"."""
    above, below = units.as_integer_ratio()
    if (above, below) == (1, 2):
        return "/"
    return str(above) * (above > 1) + f"/{below}" * (below > 1)


def lines_of(bars: Sequence[str], has_pickup: bool) -> list[str]:
    """Lines of four bars each, and of the pickup; the last ends with the sign for the end."""
    starts = [0, *range(BARS_IN_LINE + has_pickup, len(bars), BARS_IN_LINE), len(bars)]
    lines = ["|".join(bars[start:end]) + "|" for start, end in pairwise(starts)]
    return [*lines[:-1], lines[-1] + "]"]
