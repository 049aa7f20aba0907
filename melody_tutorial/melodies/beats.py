"""What a time signature tells a player: beats, beams, where long notes are cut, and a tempo to play at."""

from collections.abc import Sequence
from fractions import Fraction

from melody_tutorial.melodies.melody import Melody, time_signature

EIGHTH = Fraction(1, 8)

# Quarter notes per minute; behind it the beat as players count it, and the dance.
USUAL_QPM = {
    (2, 2): 208.0,  # half note = 104: reels
    (4, 4): 208.0,  # the same in other writing
    (6, 8): 174.0,  # dotted quarter = 116: jigs
    (9, 8): 174.0,  # dotted quarter = 116: slip jigs
    (12, 8): 198.0,  # dotted quarter = 132: slides
    (2, 4): 128.0,  # quarter = 128: polkas
    (3, 4): 138.0,  # quarter = 138: waltzes
    (3, 8): 69.0,  # the same in other writing
    (3, 2): 192.0,  # half note = 96: the old hornpipes
}
OTHER_QPM = 120.0


def usual_qpm(metre: tuple[int, int]) -> float:
    """Tempo at which tunes of a time signature are usually played, in quarter notes per minute.

    A convention, not a measurement: figures as sessions of traditional dance music play, a little below the
    metronome marks that players give for dancers (reels 112 to 120 half notes in a minute, jigs 120 to 127
    dotted quarters). A time signature does not tell a hornpipe, at some 160 quarters, from a reel.
    """
    return USUAL_QPM.get(metre, OTHER_QPM)


def beat(metre: tuple[int, int]) -> Fraction:
    """Length of a beat in whole notes: three eighths in 6/8, a half in 2/2, a quarter in 3/4 and in 7/8."""
    numerator, denominator = metre
    if denominator >= 8 and numerator % 3 == 0:
        return Fraction(3, denominator)
    return max(Fraction(1, denominator), Fraction(1, 4))


def beam(metre: tuple[int, int], shortest: Fraction) -> Fraction:
    """Length that notes under one beam fill, in whole notes: a beat, and in 4/4, as in 2/2, half a bar.

    Where the shortest note of a bar is shorter than an eighth, half a bar would be too many: a quarter.
    """
    length = Fraction(1, 2) if metre == (4, 4) else beat(metre)
    return Fraction(1, 4) if length == Fraction(1, 2) and shortest < EIGHTH else length


def cut_at_beats(start: int, end: int, melody: Melody) -> list[tuple[int, int, int]]:
    """Cut a note or a rest, at bar lines and then at beats, into note values that may be dotted.

    Args:
        start, end: steps from the start of the melody.
        melody: its time signature counts.

    Returns:
        For each part the number of its bar, from 0, its start and its end in steps from the bar line.
    """
    grids, length, parts = cutting_grids(melody), melody.steps_per_bar, []
    for bar in range(start // length, -(-end // length)):
        first, last = max(start - bar * length, 0), min(end - bar * length, length)
        parts += [(bar, *part) for part in note_values(first, last, grids)]
    return parts


def cutting_grids(melody: Melody) -> list[int]:
    """Distances in steps at which long notes may be cut: of beams, of beats, then powers of two down to 1."""
    metre = time_signature(melody)
    lengths = [length * 4 * melody.steps_per_quarter for length in (beam(metre, EIGHTH), beat(metre))]
    halves = [2**power for power in range(int(lengths[1]).bit_length() - 1, 0, -1)]
    return [int(length) for length in lengths if length.denominator == 1] + halves + [1]


def note_values(start: int, end: int, grids: Sequence[int]) -> list[tuple[int, int]]:
    """Cut steps from ``start`` to ``end``, at the coarsest grid, into lengths that a note can have."""
    length = end - start
    if length // (length & -length) in (1, 3):  # a power of two, or three times that: a dotted note
        return [(start, end)]
    lines = ((end - 1) // grid * grid for grid in grids)
    line = next(line for line in lines if line > start)
    return note_values(start, line, grids) + note_values(line, end, grids)
