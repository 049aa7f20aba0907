"""What a time signature tells a player: its beat, which notes share a beam, and a tempo to play it at."""

from fractions import Fraction

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
    return Fraction(1, 4) if length == Fraction(1, 2) and shortest < Fraction(1, 8) else length
