"""A melody as sheet music: MusicXML, written by music21."""

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from melody_tutorial.files import write_bytes
from melody_tutorial.melodies.beats import cut_at_beats
from melody_tutorial.melodies.melody import Melody, time_signature
from melody_tutorial.melodies.spelling import spell, written_key

if TYPE_CHECKING:
    from music21.stream import Part


def save_musicxml(melody: Melody, path: str | Path, title: str = "Melody") -> Path:
    """Write a melody as a MusicXML file, atomically, and return its path."""
    return write_bytes(path, write_musicxml(melody, title))


def write_musicxml(melody: Melody, title: str = "Melody") -> bytes:
    """A melody as MusicXML: one part with time signature, tempo and key; notes that cross a bar line tied.

    The key is the melody's, or, if that is not known, the one that its notes are in. music21 splits notes at
    bar lines and into note values that exist. The first and the last bar are filled with rests.
    """
    from music21 import metadata, stream
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    score = stream.Score([_part(melody)])
    score.metadata = metadata.Metadata(title=title, composer="")
    xml = GeneralObjectExporter(score).parse()
    # The same melody gives the same bytes: no date, no random name of the part.
    return re.sub(rb'"P[0-9a-f]{32}"', b'"P1"', re.sub(rb"\s*<encoding-date>.*?</encoding-date>", b"", xml))


def _part(melody: Melody) -> "Part":
    """The melody as a music21 part."""
    from music21 import key, meter, note, pitch, stream, tempo

    written = written_key(melody)
    letter, signs = written.tonic_name()
    part = stream.Part()
    part.append(key.Key(pitch.Pitch(letter, accidental=signs), written.mode))
    part.append(meter.TimeSignature("{}/{}".format(*time_signature(melody))))
    part.append(tempo.MetronomeMark(number=round(melody.qpm, 3)))
    end_of_bar = -(-len(melody.events) // melody.steps_per_bar) * melody.steps_per_bar
    now = 0
    for onset, end, number in [*zip(*melody.notes(), strict=True), (end_of_bar, None, None)]:
        if onset > now:
            for _, first, last in cut_at_beats(int(now), int(onset), melody):
                part.append(note.Rest(Fraction(last - first, melody.steps_per_quarter)))
        if end is not None:
            name = spell(int(number), written.sharps())
            spelled = pitch.Pitch(name.letter, octave=name.octave, accidental=name.sharps or None)
            length = Fraction(int(end - onset), melody.steps_per_quarter)
            part.append(note.Note(spelled, quarterLength=length))
            now = end
    return part
