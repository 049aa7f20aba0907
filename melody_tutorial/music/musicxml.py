"""MusicXML ⇄ scores and melodies: read by note_seq, written by music21, both loaded only then."""

import io
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.parsers import expat

from melody_tutorial.music.archives import ZIP_PACKERS, unzip
from melody_tutorial.music.midi_faults import MidiError, one_file
from melody_tutorial.music.note_sequence import RELATIVE, from_note_sequence, load_note_seq
from melody_tutorial.music.score import Score

if TYPE_CHECKING:
    from note_seq.musicxml_parser import MusicXMLDocument
    from note_seq.protobuf.music_pb2 import NoteSequence


MOST_XML_BYTES = 4_000_000  # of the score inside an .mxl
MOST_ELEMENTS = 80_000  # of a score: note_seq takes a second for them
MOST_SIGNS = 2_000  # of one kind that note_seq compares each with all before
SIGNS = ("harmony", "key", "sound", "time")
CONTAINER = "META-INF/container.xml"


@one_file()
def read_musicxml(data: bytes) -> Score:
    """Read MusicXML, plain or packed (``.mxl``), by note_seq's reader; tied notes become one note.

    Grace notes and ornaments are left out, and counted in the score.

    Raises:
        MidiError: it is no MusicXML score of parts, defines entities, takes more work than the budgets allow,
            or breaks note_seq's reader.
    """
    xml = unpack_mxl(data) if data.startswith(b"PK") else data
    check_xml(xml)
    load_note_seq()
    from note_seq import musicxml_parser, musicxml_reader

    with tempfile.TemporaryDirectory(prefix="musicxml-") as folder:
        file = Path(folder, "score.xml")
        file.write_bytes(xml)
        try:
            document = musicxml_parser.MusicXMLDocument(str(file))
            sequence = musicxml_reader.musicxml_to_sequence_proto(document)
        except MemoryError:
            raise
        except Exception as error:  # it checks little: what is odd in a file ends in any kind of error
            raise MidiError(
                "unreadable", f"note_seq cannot read it ({type(error).__name__}: {error})"
            ) from error
    repair(sequence, document)
    repair_keys(sequence, document)
    return replace(from_note_sequence(sequence), omitted=count_omitted(document))


def unpack_mxl(data: bytes) -> bytes:
    """The score inside an ``.mxl``, which its container file names.

    Raises:
        MidiError: the archive is damaged, too large, or names no score that it holds.
    """
    try:
        members = {member.filename: member for member in zipfile.ZipFile(io.BytesIO(data)).infolist()}
        packed = _unpack(members[CONTAINER], data)
        check_xml(packed)
        container = ElementTree.fromstring(packed)
        root = next(element for element in container.iter() if element.tag.endswith("rootfile"))
        return _unpack(members[root.attrib["full-path"]], data)
    except KeyError as error:
        raise MidiError("unreadable", f"the .mxl holds no {error}") from error
    except (
        StopIteration,
        ElementTree.ParseError,
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        NotImplementedError,
        OSError,
        ValueError,
    ) as error:
        raise MidiError("unreadable", f"the .mxl is damaged ({error})") from error


def _unpack(member: zipfile.ZipInfo, data: bytes) -> bytes:
    if member.file_size > MOST_XML_BYTES:
        raise MidiError("too_large", f"{member.file_size:,} bytes in the .mxl; the cap is {MOST_XML_BYTES:,}")
    if member.flag_bits & 1:
        raise MidiError("encrypted", "")
    if member.compress_type != zipfile.ZIP_STORED and member.compress_type not in ZIP_PACKERS:
        raise zipfile.BadZipFile(f"packed by zip method {member.compress_type}")
    return unzip(member, data)


def check_xml(xml: bytes) -> None:
    """Let through well-formed XML without entities of its own: those can swell to gigabytes, or name files.

    Raises:
        MidiError: it is not well formed, defines an entity, its root says that it is no score of parts, or
            it has more elements than the budgets allow.
    """
    roots, seen = [], Counter()

    def refuse(name, *rest):
        raise MidiError("unreadable", f"it defines the entity {name!r}, which a score never needs")

    def count(name, attributes):
        roots or roots.append(name)
        seen["elements"] += 1
        seen[name] += name in SIGNS
        if seen["elements"] > MOST_ELEMENTS:
            raise MidiError("costly", f"over {MOST_ELEMENTS:,} elements of XML")
        if seen[name] > MOST_SIGNS:
            raise MidiError("costly", f"over {MOST_SIGNS:,} elements <{name}>")

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = count
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: of the encoding
        raise MidiError("unreadable", f"no well-formed XML ({error})") from error
    if roots[0].rpartition(":")[2] not in ("score-partwise", "container"):
        raise MidiError("unreadable", f"the root is <{roots[0]}>; <score-partwise> is what can be read")


def count_omitted(document: "MusicXMLDocument") -> dict[str, int]:
    """Number of grace notes, and of notes with a sign for a trill, turn or mordent."""
    notes = [note.xml_note for part in document.parts for measure in part.measures for note in measure.notes]
    places = {"graces": "grace", "ornaments": "notations/ornaments"}
    return {change: sum(note.find(place) is not None for note in notes) for change, place in places.items()}


def repair(sequence: "NoteSequence", document: "MusicXMLDocument") -> None:
    """Mend in place what note_seq's reader gets wrong: ties, grace notes, the octave of C flat and B sharp.

    It leaves tied notes apart, gives grace notes no length, and reads C♭5 as B5 instead of B4.
    """
    parts = (measure.notes for part in document.parts for measure in part.measures)
    written = [note for notes in parts for note in notes if not note.is_rest]  # in the order of the sequence
    open_notes, kept = {}, []
    for note, source in zip(sequence.notes, written, strict=True):
        note.pitch += _octave_slip(source.pitch[0])
        ties = {tie.get("type") for tie in source.xml_note.findall("tie")}
        voice = note.part, note.pitch
        if "stop" in ties and voice in open_notes:
            open_notes[voice].end_time = note.end_time
        elif note.end_time > note.start_time:
            kept.append(note)
            open_notes[voice] = note
        if "start" not in ties:
            open_notes.pop(voice, None)
    copies = [type(note).FromString(note.SerializeToString()) for note in kept]
    del sequence.notes[:]
    sequence.notes.extend(copies)


def repair_keys(sequence: "NoteSequence", document: "MusicXMLDocument") -> None:
    """Mend in place the keys: note_seq calls each of them major, and puts C major where there is none."""
    sources = [signature.xml_key for signature in document.get_key_signatures()]
    if sources == [None]:
        sequence.ClearField("key_signatures")
    for key, source in zip(sequence.key_signatures, sources, strict=False):
        if source.findtext("mode") == "minor":
            key.key, key.mode = (key.key - RELATIVE) % 12, key.MINOR


def _octave_slip(name: str) -> int:
    """Semitones to add to what note_seq made of a pitch that it calls ``name``, such as "Cb5"."""
    return -12 * name.startswith("Cb") + 12 * name.startswith(("B#", "Bx"))
