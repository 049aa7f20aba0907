"""A MIDI file taken apart: nothing is lost, and the words are right."""

import numpy as np
import pytest
from hypothesis import given
from midi_bytes import midi_file, music, off, on, program, signature, tempo, track

from melody_tutorial.music.dissection import Piece, dissect, read_delta
from melody_tutorial.music.midi import MidiError, read_midi, write_midi


def words(data: bytes) -> list[str]:
    return [piece.meaning for piece in dissect(data)]


def test_each_byte_is_explained():
    data = midi_file(track((0, tempo(500_000)), (0, signature(6, 3)), (0, program(24)), (192, on(60, 90))))
    assert list(dissect(data))[:5] == [
        Piece(0, b"MThd", "here begins the header"),
        Piece(4, b"\0\0\0\6", "6 bytes follow"),
        Piece(8, b"\0\1", "format 1"),
        Piece(10, b"\0\1", "1 track(s)"),
        Piece(12, b"\0\x60", "96 ticks in a quarter note"),
    ]
    assert words(data)[5:] == [
        "here begins a track",
        "27 bytes follow",
        "wait 0 ticks",
        "tempo: 500,000 µs for each quarter note",
        "wait 0 ticks",
        "time signature 6/8",
        "wait 0 ticks",
        "sound number 24",
        "wait 192 ticks",
        "note-on of pitch 60, velocity 90",
        "wait 0 ticks",
        "end of the track",
    ]


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (off(60), "note-off of pitch 60"),
        (on(60, 0), "note-off of pitch 60: a note-on of velocity 0"),
        (b"\xa0\x3c\x40", "pitch 60 is pressed with 64"),
        (b"\xb0\x07\x64", "controller 7 goes to 100"),
        (b"\xd0\x50", "all piano keys are pressed with 80"),
        (b"\xe0\x00\x40", "the pitch is bent"),
        (b"\xf0\x02\x41\xf7", "a message for one maker's instruments"),
        (b"\xff\x03\x04Reel", "name of the track: Reel"),
        (b"\xff\x7f\x01\x00", "meta event 127, for programs"),
    ],
)
def test_messages(message, meaning):
    pieces = list(dissect(midi_file(track((0, message)))))
    assert pieces[8][1:] == (message, meaning)


def test_a_message_without_its_first_byte_is_of_the_kind_before():
    data = midi_file(track((0, on(60)), (96, b"\x3c\x00")))
    assert "note-off of pitch 60: a note-on of velocity 0" in words(data)


@pytest.mark.parametrize(
    "message",
    [b"\xff\x01\x01a", b"\xf0\x01\xf7", b"\xf7\x01\x00"],
    ids=["meta event", "system exclusive", "escape"],
)
def test_nothing_repeats_a_meta_event_or_a_maker_s_own_message(message):
    """They cancel running status; the first byte of the next message must be there."""
    before = [(0, on(60)), (0, message)]
    with pytest.raises(MidiError, match=f"should begin a message: none repeats a {message[0]:02x}"):
        list(dissect(midi_file(track(*before, (96, b"\x3c\x00")))))
    assert "note-off of pitch 60" in words(midi_file(track(*before, (96, off(60)))))


@pytest.mark.parametrize(
    ("division", "meaning"),
    [
        ("7fff", "32767 ticks in a quarter note"),
        ("e728", "25 film frames in a second, 40 ticks in a frame"),  # a tick is a millisecond
        ("e808", "24 film frames in a second, 8 ticks in a frame"),
        ("e350", "29.97 film frames in a second, 80 ticks in a frame"),
        ("e264", "30 film frames in a second, 100 ticks in a frame"),
    ],
)
def test_ticks_are_of_a_quarter_note_or_of_a_film_frame(division, meaning):
    data = midi_file(track((0, on(60))))
    assert words(data[:12] + bytes.fromhex(division) + data[14:])[4] == meaning


@given(music())
def test_joined_the_pieces_are_the_file(data):
    pieces = list(dissect(data))
    assert b"".join(piece.data for piece in pieces) == data
    assert [piece.offset for piece in pieces] == list(np.cumsum([0] + [len(p.data) for p in pieces[:-1]]))


def test_as_many_notes_start_as_the_reader_finds():
    tune = midi_file(
        track((0, on(60)), (48, off(60)), (48, on(60)), (96, on(60, 0)), (96, on(67)), (192, off(67)))
    )
    score = read_midi(tune)
    assert len(score.pitch) == 3
    assert sum(meaning.startswith("note-on") for meaning in words(write_midi(score))) == 3


@pytest.mark.parametrize("cut", [3, 6, 13, 17, 21, 22, 26, 30, -1])
def test_a_file_that_ends_too_early_is_named_as_such(cut):
    data = midi_file(track((0, tempo(500_000)), (0, on(60)), (200, off(60))))
    with pytest.raises(MidiError, match="unreadable"):
        list(dissect(data[:cut]))


def test_other_files_are_named_as_such():
    with pytest.raises(MidiError, match="not with b'MThd'"):
        list(dissect(b"RIFF1234WAVE"))
    with pytest.raises(MidiError, match="reaches beyond"):
        list(dissect(midi_file(b"MTrk" + (2).to_bytes(4) + b"\x00" + on(60))))
    with pytest.raises(MidiError, match="should begin a message, but is 60"):
        list(dissect(midi_file(track((0, b"\x3c\x40")))))
    with pytest.raises(MidiError, match="should begin a message, but is 248"):  # a clock's, for cables only
        list(dissect(midi_file(track((0, b"\xf8\x00")))))


@pytest.mark.parametrize(("data", "number"), [("00", 0), ("7f", 127), ("8100", 128), ("ffffff7f", 2**28 - 1)])
def test_numbers_of_variable_length(data, number):
    assert read_delta(bytes.fromhex(data)) == (number, len(data) // 2)


@pytest.mark.parametrize("number", ["8080808000", "ffffffffff7f"])
def test_a_number_of_more_than_four_bytes_is_refused(number):
    number = bytes.fromhex(number)
    with pytest.raises(MidiError, match="goes on after 4 bytes"):
        read_delta(number)
    content = number + b"\xff\x2f\x00"  # as the time before the end of the track …
    chunk = b"MTrk" + len(content).to_bytes(4) + content
    with pytest.raises(MidiError, match="the number at byte 22 goes on"):
        list(dissect(midi_file(chunk)))
    with pytest.raises(MidiError, match="the number at byte 25 goes on"):  # … and as the length of a text
        list(dissect(midi_file(track((0, b"\xff\x01" + number)))))
