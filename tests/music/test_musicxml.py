"""MusicXML: what is written is what is read, by note_seq and by music21; hostile files are refused."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melody_tutorial.melodies import notation
from melody_tutorial.melodies.keys import SHARPS, Key
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.music import musicxml
from melody_tutorial.music.midi import MidiError

HOLD, OFF = -2, -1

# A score as a music program writes it: grace note, tie over the bar line, chord-free, a pickup-free 3/4.
SCORE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise>
  <part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list>
  <part id="P1">
    <measure number="1">
      <attributes>
        <divisions>2</divisions><time><beats>3</beats><beat-type>4</beat-type></time>
      </attributes>
      <direction><sound tempo="90"/></direction>
      <note><grace/><pitch><step>D</step><octave>5</octave></pitch><type>eighth</type></note>
      <note><pitch><step>C</step><octave>5</octave></pitch><duration>2</duration><type>quarter</type></note>
      <note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>4</duration>
        <tie type="start"/><type>half</type></note>
    </measure>
    <measure number="2">
      <note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>6</duration>
        <tie type="stop"/><tie type="start"/><type>half</type><dot/></note>
    </measure>
    <measure number="3">
      <note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>2</duration>
        <tie type="stop"/><type>quarter</type></note>
      <note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>2</duration>
        <type>quarter</type></note>
      <note><rest/><duration>2</duration><type>quarter</type></note>
    </measure>
  </part>
</score-partwise>
"""
CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'
BOMB = """<?xml version="1.0"?>
<!DOCTYPE score-partwise [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<score-partwise><part-list>&b;</part-list></score-partwise>"""


def quarters(score) -> list[tuple[int, float, float]]:
    """Pitch, onset and end of each note, in quarter notes."""
    columns = score.pitch, score.onset / score.ticks_per_quarter, score.end / score.ticks_per_quarter
    return list(zip(*(column.tolist() for column in columns), strict=True))


def mxl(score: str, name: str = "score.xml", container: str | None = CONTAINER) -> bytes:
    """A packed score."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if container is not None:
            archive.writestr("META-INF/container.xml", container.format(name))
        archive.writestr("score.xml", score)
    return buffer.getvalue()


def melody(events: list[int], **metre) -> Melody:
    return Melody(np.array(events, np.int8), **metre)


def test_a_score_gives_its_notes_tied_ones_joined_and_grace_notes_gone():
    score = musicxml.read_musicxml(SCORE.encode())
    assert quarters(score) == [(72, 0.0, 1.0), (66, 1.0, 7.0), (66, 7.0, 8.0)]
    assert (score.signature_numerator.tolist(), score.signature_denominator.tolist()) == ([3], [4])
    assert score.tempo_qpm.tolist() == [90.0]
    assert score.omitted == {"graces": 1, "ornaments": 0}


def test_notes_with_ornaments_are_counted():
    trill = "<type>quarter</type><notations><ornaments><trill-mark/></ornaments></notations></note>"
    score = musicxml.read_musicxml(SCORE.replace("<type>quarter</type></note>", trill, 1).encode())
    assert score.omitted == {"graces": 1, "ornaments": 1}


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("", []),
        ("<key><fifths>-2</fifths></key>", [(-2, False)]),
        ("<key><fifths>3</fifths><mode>major</mode></key>", [(3, False)]),
        ("<key><fifths>-3</fifths><mode>minor</mode></key>", [(-3, True)]),
        ("<key><fifths>1</fifths><mode>dorian</mode></key>", [(1, False)]),
    ],
)
def test_a_score_has_its_key_signature(key, found):
    score = musicxml.read_musicxml(SCORE.replace("</divisions>", f"</divisions>{key}").encode())
    assert list(zip(score.key_fifths.tolist(), score.key_minor.tolist(), strict=True)) == found


def test_a_packed_score_is_the_same_score():
    assert quarters(musicxml.read_musicxml(mxl(SCORE))) == quarters(musicxml.read_musicxml(SCORE.encode()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_any_encoding_that_is_declared_is_read(encoding):
    data = SCORE.replace("UTF-8", encoding).replace("Flute", "Flöte").encode(encoding)
    assert len(musicxml.read_musicxml(data).pitch) == 3


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "no well-formed XML"),
        (b"MThd", "no well-formed XML"),
        (SCORE[:-40].encode(), "no well-formed XML"),
        (b"<html/>", "the root is <html>; <score-partwise> is what can be read"),
        (b"<score-timewise/>", "score-timewise"),
        (BOMB.encode(), "it defines the entity 'a'"),
        (BOMB.replace('"ha"', 'SYSTEM "file:///etc/passwd"').encode(), "it defines the entity 'a'"),
        (BOMB.replace("?>", ' encoding="utf-16"?>').encode("utf-16"), "it defines the entity 'a'"),
        (SCORE.replace("<duration>2<", "<duration>x<").encode(), "note_seq cannot read it"),
        (b"PK\x03\x04 and no more", "the .mxl is damaged"),
        (mxl(SCORE, container=None), "the .mxl holds no 'META-INF/container.xml'"),
        (mxl(SCORE, name="other.xml"), "the .mxl holds no 'other.xml'"),
        (mxl(SCORE, container="<container/>"), "the .mxl is damaged"),
        (mxl(BOMB), "it defines the entity 'a'"),
        (mxl(SCORE, container=BOMB.replace("{", "").replace("}", "")), "it defines the entity 'a'"),
        (mxl(SCORE)[:-4], "the .mxl is damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data, found):
    with pytest.raises(MidiError) as error:
        musicxml.read_musicxml(data)
    assert error.value.reason == "unreadable"
    assert found in error.value.found


def test_a_packed_score_that_unpacks_to_too_much_is_refused():
    with pytest.raises(MidiError) as error:
        musicxml.read_musicxml(mxl(" " * 20_000_001))
    assert error.value.reason == "too_large"


# Events in sixteenths, with the metre: a tie over a bar line, a length that no single note value has, rests.
MELODIES = {
    "4/4 with a tie": melody([60] + [HOLD] * 11 + [67] + [HOLD] * 7 + [OFF] + [HOLD] * 11),
    "3/4 over two bar lines": melody([OFF, HOLD, 62] + [HOLD] * 27 + [64], steps_per_bar=12),
    "6/8 in eighths": melody([60, HOLD, 62, HOLD, 64, HOLD] * 4, steps_per_bar=12, qpm=180.0),
    "five sixteenths": melody([60, HOLD, HOLD, HOLD, HOLD, 61, 63, HOLD, HOLD, HOLD, HOLD, HOLD, HOLD]),
    "steps of a third": melody([60, 62, 64, 65, HOLD, OFF], steps_per_quarter=3, steps_per_bar=12, qpm=97.5),
    "silence": melody([HOLD] * 5),
}


@pytest.mark.parametrize("written", MELODIES.values(), ids=MELODIES)
def test_note_seq_reads_what_is_written(written):
    score = musicxml.read_musicxml(notation.write_musicxml(written))
    onset, end, pitch = written.notes()
    expected = zip(pitch, onset / written.steps_per_quarter, end / written.steps_per_quarter, strict=True)
    np.testing.assert_allclose(quarters(score), list(expected) or np.empty((0,)), atol=0.01)
    assert score.tempo_qpm.tolist() == [written.qpm]
    bar = score.signature_numerator / score.signature_denominator * 4 * written.steps_per_quarter
    assert bar.tolist() == [written.steps_per_bar]


@settings(max_examples=15)
@given(
    events=st.lists(
        st.sampled_from([HOLD, HOLD, HOLD, OFF, 48, 55, 60, 61, 66, 70, 83]), min_size=1, max_size=60
    ),
    steps_per_bar=st.sampled_from([8, 12, 16, 20]),
)
def test_every_note_comes_back(events, steps_per_bar):
    written = melody(events, steps_per_bar=steps_per_bar)
    score = musicxml.read_musicxml(notation.write_musicxml(written))
    onset, end, pitch = written.notes()
    np.testing.assert_array_equal(score.onset * 4 // score.ticks_per_quarter, onset)
    np.testing.assert_array_equal(score.end * 4 // score.ticks_per_quarter, end)
    np.testing.assert_array_equal(score.pitch, pitch)


def test_music21_reads_what_is_written_in_full_bars():
    from music21 import converter

    written = MELODIES["4/4 with a tie"]
    part = converter.parseData(notation.write_musicxml(written).decode()).parts[0]
    assert [bar.duration.quarterLength for bar in part.getElementsByClass("Measure")] == [4.0, 4.0]
    notes = [(note.pitch.midi, note.offset, note.quarterLength) for note in part.stripTies().flatten().notes]
    assert notes == [(60, 0.0, 3.0), (67, 3.0, 2.0)]
    assert part.flatten().getElementsByClass("MetronomeMark")[0].number == 120


def test_music21_reads_every_pitch_in_a_key_of_many_sharps():
    from music21 import converter

    written = melody([48, 66], key=Key(6, "major"))  # C is written as B sharp of the octave below
    xml = notation.write_musicxml(written)
    assert b"<step>B</step>" in xml
    part = converter.parseData(xml.decode()).parts[0]
    assert [pitch.midi for pitch in part.stripTies().pitches] == [48, 66]


@pytest.mark.parametrize(
    ("step", "alter", "octave", "pitch"),
    [("C", -1, 5, 71), ("C", -2, 5, 70), ("B", 1, 3, 60), ("B", 2, 3, 61), ("C", 1, 5, 73), ("B", -1, 3, 58)],
)
def test_octaves_are_counted_from_the_written_name(step, alter, octave, pitch):
    written = f"<step>{step}</step><alter>{alter}</alter><octave>{octave}</octave>"
    score = musicxml.read_musicxml(SCORE.replace("<step>C</step><octave>5</octave>", written).encode())
    assert score.pitch[0] == pitch


def test_the_same_melody_gives_the_same_bytes():
    written = MELODIES["five sixteenths"]
    assert notation.write_musicxml(written) == notation.write_musicxml(written)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("mode", SHARPS)
def test_music21_reads_the_key_with_its_mode(tonic, mode):
    from music21 import converter

    key = Key(tonic, mode)
    xml = notation.write_musicxml(melody([60, 61, 62, 63], key=key), "Größe & <Maß>").decode()
    score = converter.parseData(xml)
    (read,) = score.parts[0].flatten().getElementsByClass("KeySignature")
    assert (read.sharps, read.mode, read.tonic.pitchClass) == (key.sharps(), mode, tonic)
    assert score.metadata.movementName == "Größe & <Maß>"
    assert [pitch.midi for pitch in score.parts[0].pitches] == [60, 61, 62, 63]


def test_a_time_signature_that_is_known_is_written_and_beams_follow_it():
    from music21 import converter

    jig = melody([60, HOLD, 62, HOLD, 64, HOLD] * 2, steps_per_bar=12, metre=(6, 8), key=Key(0, "major"))
    part = converter.parseData(notation.write_musicxml(jig).decode()).parts[0].flatten()
    assert part.getElementsByClass("TimeSignature")[0].ratioString == "6/8"
    assert [note.beams.getTypes() for note in part.notes] == [["start"], ["continue"], ["stop"]] * 2


def test_the_silence_before_a_pickup_is_cut_at_beats():
    from music21 import converter

    pickup = melody([HOLD] * 15 + [60] + [62] + [HOLD] * 15, key=Key(0, "major"))
    part = converter.parseData(notation.write_musicxml(pickup).decode()).parts[0].flatten()
    assert [rest.quarterLength for rest in part.getElementsByClass("Rest")] == [2.0, 1.0, 0.75]


def test_a_file_is_read_again(tmp_path):
    written = MELODIES["4/4 with a tie"]
    path = notation.save_musicxml(written, tmp_path / "a.musicxml")
    assert musicxml.read_musicxml(path.read_bytes()).pitch.tolist() == written.notes()[2].tolist()
