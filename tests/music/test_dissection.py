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


@pytest.mark.parametrize(("data", "number"), [("00", 0), ("7f", 127), ("8100", 128), ("ffffff7f", 2**28 - 1)])
def test_numbers_of_variable_length(data, number):
    assert read_delta(bytes.fromhex(data)) == (number, len(data) // 2)
