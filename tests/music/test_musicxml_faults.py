"""Odd MusicXML: each file is a score of one note with one thing changed, and costs itself alone."""

import io
import struct
import zipfile

import pytest

from melody_tutorial.melodies.extraction import extract_sources
from melody_tutorial.music import musicxml
from melody_tutorial.music.midi import MidiError

NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"
SCORE = (
    '<?xml version="1.0" encoding="UTF-8"?><score-partwise>'
    '<part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list>'
    '<part id="P1"><measure number="1">'
    "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
    f'<direction><sound tempo="90" dynamics="64"/></direction>{NOTE}</measure></part></score-partwise>'
)
CONTAINER = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'


def changed(old: str, new: str) -> bytes:
    """The score with one thing changed."""
    assert SCORE.count(old) == 1
    return SCORE.replace(old, new).encode()


def packed(score: str = SCORE) -> bytes:
    """The score as an ``.mxl``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("score.xml", score)
    return buffer.getvalue()


def misplaced() -> bytes:
    """An ``.mxl`` whose directory says that the container begins at the archive's last byte."""
    data = bytearray(packed())
    entry = data.index(b"PK\x01\x02")  # of the directory; the place of its member stands 42 bytes on
    struct.pack_into("<I", data, entry + 42, len(data) - 1)
    return bytes(data)


FAULTS = {
    "a note above all": (changed("<octave>4", "<octave>11"), "a note of pitch 144; 0 to 127 is allowed"),
    "a note below all": (changed("<octave>4", "<octave>-2"), "a note of pitch -12; 0 to 127 is allowed"),
    "an encoding of several bytes": (changed("UTF-8", "utf-7"), "multi-byte encodings"),
    "an encoding that there is not": (changed("UTF-8", "klingon"), "unknown encoding: klingon"),
    "a tempo that is no number": (
        changed('"90"', '"nan"'),
        "quarter notes per minute: nan; 3.6 to 60,000,000",
    ),
    "a tempo without end": (changed('"90"', '"inf"'), "quarter notes per minute: inf"),
    "a tempo below nothing": (changed('"90"', '"-5"'), "quarter notes per minute: -5"),
    "a bar of minus three quarters": (changed("<beats>4", "<beats>-3"), "a time signature with -3"),
    "a member that lies nowhere": (misplaced(), "the .mxl is damaged"),
}


@pytest.mark.parametrize(("data", "found"), FAULTS.values(), ids=FAULTS.keys())
def test_what_there_is_not_is_named(data, found):
    with pytest.raises(MidiError) as error:
        musicxml.read_musicxml(data)
    assert error.value.reason == "unreadable"
    assert found in error.value.found


def test_a_piece_of_years_is_too_long():
    forward = f"<forward><duration>99999999999</duration></forward>{NOTE}"
    with pytest.raises(MidiError, match="21,999,999,999,780 ticks") as error:
        musicxml.read_musicxml(changed(NOTE, forward))
    assert error.value.reason == "too_long"


def test_louder_than_loud_is_as_loud_as_can_be():
    """A program may write 140 % of forte: that is no fault."""
    assert musicxml.read_musicxml(changed('"64"', '"140"')).velocity.tolist() == [127]


BUDGETS = {  # what stands in the place of the note, and which budget it exceeds
    "elements": ("<note/>" * 80_001, "over 80,000 elements of XML"),
    "time signatures": ("<time/>" * 2_001, "over 2,000 elements <time>"),
    "chord symbols": ("<harmony/>" * 2_001, "over 2,000 elements <harmony>"),
}


@pytest.mark.parametrize(("body", "found"), BUDGETS.values(), ids=BUDGETS.keys())
@pytest.mark.parametrize("form", [str.encode, packed], ids=["plain", "packed"])
def test_a_score_has_a_budget_of_work(body, found, form):
    with pytest.raises(MidiError) as error:
        musicxml.read_musicxml(form(SCORE.replace(NOTE, body)))
    assert (error.value.reason, error.value.found) == ("costly", found)


def test_what_is_found_is_told_in_few_words():
    with pytest.raises(MidiError) as error:
        musicxml.read_musicxml(f"<{'a' * 1_000_000}/>".encode())
    assert len(error.value.found) == 201


def test_one_odd_score_costs_an_archive_nothing_else(tmp_path):
    for number, (data, _) in enumerate(FAULTS.values()):
        (tmp_path / f"odd{number}.{'mxl' if data.startswith(b'PK') else 'xml'}").write_bytes(data)
    (tmp_path / "zzz.xml").write_text(SCORE)
    _, funnel = extract_sources(tmp_path)
    assert funnel.rejects == {"unreadable": len(FAULTS), "too_short": 1}
    assert [reject.file for reject in funnel.examples["too_short"]] == ["zzz.xml"]


@pytest.mark.parametrize("break_down", [RecursionError("deep"), KeyError("key")])
def test_an_unexpected_fault_is_named_with_its_file(tmp_path, monkeypatch, break_down):
    def repair(*_):
        raise break_down

    monkeypatch.setattr(musicxml, "repair", repair)
    (tmp_path / "odd.xml").write_text(SCORE)
    _, funnel = extract_sources(tmp_path)
    (reject,) = funnel.examples["fault"]
    assert reject.file == "odd.xml"
    assert reject.found == f"{type(break_down).__name__}: {break_down}"
