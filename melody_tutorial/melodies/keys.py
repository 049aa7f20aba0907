"""``Key``: the tonic and the mode of a melody, its name in words, and how ABC's ``K:`` field writes it."""

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

FIFTHS = "FCGDAEB"  # steps in the order in which sharps are added
# Sharps that the signature of a mode has more than that of the major mode on the same tonic.
SHARPS = {
    "major": 0,
    "minor": -3,
    "dorian": -2,
    "mixolydian": -1,
    "lydian": 1,
    "phrygian": -4,
    "locrian": -5,
}
MODES = ("major", "minor", "dorian", "mixolydian")  # those that notes are looked at for
NOT_CLEAR = "not clear"

# The first three letters of a mode in a K: field; explicit signatures name none.
FIELD_MODES = {"": "major", "m": "minor", "ion": "major", "aeo": "minor", "exp": NOT_CLEAR}
FIELD_MODES |= {mode[:3]: mode for mode in SHARPS}
FIELD = re.compile(r"([A-G])([#b♯♭]?)([A-Za-z]*)((?:[_^=]+[A-Ga-g])*)")
# What a K: field says besides: settings such as transpose=-2, and the clef.
BESIDES = re.compile(r"[a-z]+=\S*|(?:treble|bass|tenor|alto|soprano|baritone|mezzosoprano|perc)\S*")


@dataclass(frozen=True)
class Key:
    """A key.

    Attributes:
        tonic: pitch class 0 (C) … 11 (B).
        mode: a key of ``SHARPS``, or ``NOT_CLEAR``.
        found: what told it: "field" (the source names it, as ABC does), "signature" (a key signature, with
            the notes), "notes" alone, or "" where nobody knows; keys that differ in nothing else are equal.
    """

    tonic: int
    mode: str
    found: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Such as "D dorian", "B flat major", or "G, mode not clear"."""
        letter, signs = self.tonic_name()
        name = letter + {0: "", 1: " sharp", -1: " flat"}[signs]
        return f"{name} {self.mode}" if self.mode in SHARPS else f"{name}, mode {self.mode}"

    def sharps(self) -> int:
        """Sharps of its signature, flats below zero, the fewest that there are: −5 … 6.

        A key whose mode is not clear has those of the major mode.
        """
        return (7 * self.tonic + SHARPS.get(self.mode, 0) + 5) % 12 - 5

    def tonic_name(self) -> tuple[str, int]:
        """Letter of the tonic, and its sharps, flats below zero: ("B", -1) is B flat."""
        signs, step = divmod(self.sharps() - SHARPS.get(self.mode, 0) + 1, 7)
        return FIFTHS[step], signs

    def scale(self) -> set[int]:
        """Pitch classes of a key whose mode is clear: those of its signature.

        A minor key has nine, as its sixth and its seventh are raised where the tune rises.
        """
        notes = {7 * (SHARPS[self.mode] + fifth) % 12 for fifth in range(-1, 6)}  # above the tonic
        raised = {9, 11} if self.mode == "minor" else set()
        return {(self.tonic + note) % 12 for note in notes | raised}

    def moved(self, semitones: int) -> "Key":
        """The key of a melody that is transposed by so many semitones."""
        return replace(self, tonic=(self.tonic + semitones) % 12)


def field_of_key(key: Key) -> str:
    """The ABC ``K:`` field of a key whose mode is clear, such as "F#m": the inverse of ``key_of_field``."""
    letter, signs = key.tonic_name()
    mode = {"major": "", "minor": "m"}.get(key.mode, key.mode[:3])
    return letter + {0: "", 1: "#", -1: "b"}[signs] + mode


@lru_cache
def key_of_field(text: str) -> Key | None:
    """The key that an ABC ``K:`` field names; None where it names none, as "none", "HP" and mistakes do.

    Only the first three letters of a mode count, capital or not; "M" is minor, as for abc2midi. Accidentals
    change the signature: "D =c" has that of D mixolydian. Where they make no mode's signature, as in "Am ^g",
    the mode is the named one. (The ABC music standard 2.1, section 4.6.)
    """
    match = FIELD.fullmatch("".join(word for word in text.split() if not BESIDES.fullmatch(word)))
    mode = FIELD_MODES.get(match[3].lower()[:3]) if match else None
    if mode is None:
        return None
    signs = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}[match[2]]
    tonic = FIFTHS.index(match[1]) - 1 + 7 * signs  # fifths above C
    if accidentals := re.findall(r"([_^=]+)([A-Ga-g])", match[4]):
        signature = 0 if mode == NOT_CLEAR else tonic + SHARPS[mode]
        named = mode if match[3] else NOT_CLEAR
        mode = mode_of_signature(changed(signature, accidentals), tonic) or named
    return Key(7 * tonic % 12, mode, "field")


def changed(signature: int, accidentals: list[tuple[str, str]]) -> set[int]:
    """The notes of a signature of so many sharps, some altered; as fifths above C.

    Args:
        signature: sharps, flats below zero.
        accidentals: signs and note of each, such as ("^", "f").
    """
    notes = {note % 7: note for note in range(signature - 1, signature + 6)}
    for signs, letter in accidentals:
        step = FIFTHS.index(letter.upper()) - 1
        notes[step % 7] = step + 7 * (signs.count("^") - signs.count("_"))
    return set(notes.values())


def mode_of_signature(notes: set[int], tonic: int) -> str | None:
    """The mode that has these seven notes on a tonic, all as fifths above C; None: no mode has."""
    sharps = min(notes) + 1 - tonic
    modes = [mode for mode, more in SHARPS.items() if more == sharps]
    return modes[0] if modes and max(notes) - min(notes) == 6 else None
