"""A melody as sheet music: MusicXML, written by music21."""

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from melody_tutorial.melodies.keys import FIFTHS
from melody_tutorial.melodies.melody import Melody, time_signature

if TYPE_CHECKING:
    from music21.stream import Part


def write_musicxml(melody: Melody) -> bytes:
    """A melody as MusicXML: one part with time signature, tempo and key; notes that cross a bar line tied.

    music21 writes it: it finds the key (Krumhansl's profiles), splits notes at bar lines and into note values
    that exist. The last bar is filled with a rest.
    """
    from music21 import metadata, stream
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    score = stream.Score([_part(melody)])
    score.metadata = metadata.Metadata(title="Melody", composer="")
    xml = GeneralObjectExporter(score).parse()
    # The same melody gives the same bytes: no date, no random name of the part.
    return re.sub(rb'"P[0-9a-f]{32}"', b'"P1"', re.sub(rb"\s*<encoding-date>.*?</encoding-date>", b"", xml))


def _part(melody: Melody) -> "Part":
    """The melody as a music21 part."""
    from music21 import meter, note, stream, tempo

    part = stream.Part()
    part.append(meter.TimeSignature("{}/{}".format(*time_signature(melody))))
    part.append(tempo.MetronomeMark(number=round(melody.qpm, 3)))
    bars = -(-len(melody.events) // melody.steps_per_bar)
    now = 0
    for onset, end, pitch in [*zip(*melody.notes(), strict=True), (bars * melody.steps_per_bar, None, None)]:
        if onset > now:
            part.append(note.Rest(Fraction(int(onset - now), melody.steps_per_quarter)))
        if end is not None:
            length = Fraction(int(end - onset), melody.steps_per_quarter)
            part.append(note.Note(int(pitch), quarterLength=length))
            now = end
    if part.pitches:
        key = part.analyze("key")
        part.insert(0, key)
        for sounding in part.pitches:
            midi, sounding.name = sounding.midi, spell(sounding.midi, key.sharps)
            sounding.octave += round((midi - sounding.ps) / 12)  # C flat counts to the octave above its sound
    return part


def spell(pitch: int, sharps: int) -> str:
    """Name of a MIDI pitch in a key of ``sharps`` sharps (flats below zero): music21's, such as "F#" or "B-".

    Of the names of a pitch it takes the one that lies, on the line of fifths, from three fifths below the
    major tonic to eight above: in C major E♭ … G♯, as most scores do.
    """
    lowest = sharps - 3
    place = lowest + (7 * pitch - lowest) % 12  # fifths above C: pitch class = 7 · fifths mod 12
    signs, step = divmod(place + 1, 7)
    return FIFTHS[step] + ("#" * signs if signs > 0 else "-" * -signs)
