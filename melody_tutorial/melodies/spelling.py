"""How a melody is written down: the key it stands in, and the name that each pitch has there."""

from typing import NamedTuple

import numpy as np

from melody_tutorial.melodies.key_finding import find_keys
from melody_tutorial.melodies.keys import FIFTHS, MODES, SHARPS, Key
from melody_tutorial.melodies.melody import Melody


class NoteName(NamedTuple):
    """A pitch in writing.

    Attributes:
        letter: "A" … "G".
        sharps: signs before it; flats below zero.
        octave: of the letter, whatever sign it has; middle C begins octave 4, and B sharp below it is in 3.
    """

    letter: str
    sharps: int
    octave: int


def spell(pitch: int, sharps: int) -> NoteName:
    """Name of a MIDI pitch in a key of ``sharps`` sharps (flats below zero).

    Of the names of a pitch it takes the one that lies, on the line of fifths, from three fifths below the
    major tonic to eight above: in C major and in A minor E♭ … G♯, as most scores do.
    """
    lowest = sharps - 3
    place = lowest + (7 * pitch - lowest) % 12  # fifths above C: pitch class = 7 · fifths mod 12
    signs, step = divmod(place + 1, 7)
    return NoteName(FIFTHS[step], signs, (pitch - signs) // 12 - 1)


def signs_of(sharps: int) -> dict[str, int]:
    """The sharps, flats below zero, that a key signature of so many sharps puts before each letter."""
    # Sharps come in the order of FIFTHS, flats from its end.
    return {letter: (place < sharps) - (6 - place < -sharps) for place, letter in enumerate(FIFTHS)}


def written_key(melody: Melody) -> Key:
    """The key that a melody is written in: its own, or, where that is not clear, that of its notes.

    Where that is not clear either, the mode on its tonic that needs the fewest accidentals; C major where
    there is no note.
    """
    if melody.key and melody.key.mode in SHARPS:
        return melody.key
    (found,) = find_keys([melody])
    if not found or found.mode in SHARPS:
        return found or Key(0, "major")
    modes = [Key(found.tonic, mode) for mode in MODES]
    return min(modes, key=lambda key: accidentals(melody, key))


def accidentals(melody: Melody, key: Key) -> int:
    """Number of notes of a melody that are not in the signature of a key whose mode is clear."""
    signature = [7 * (key.sharps() + fifths) % 12 for fifths in range(-1, 6)]
    return int(np.count_nonzero(~np.isin(melody.notes()[2] % 12, signature)))
