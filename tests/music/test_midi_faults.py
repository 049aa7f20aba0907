"""Files that are no MIDI: each is told what was found in it, and what is allowed."""

import pytest
from midi_bytes import midi_file, off, on, track

from melody_tutorial.music.midi import MidiError, read_midi, read_scores

NOTE = track((0, on(60)), (96, off(60)))
GOOD = midi_file(NOTE, NOTE)
ODD_CHUNK = b"XFIH" + (4).to_bytes(4) + b"abcd"

FOUND = {
    "empty": (b"", "the file is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG picture; a MIDI file begins with MThd"),
    "a recording": (
        b"RIFF....WAVEfmt ",
        "a RIFF file, such as a WAV recording; a MIDI file begins with MThd",
    ),
    "a page": (b"<html></html>", "a text in XML or HTML; a MIDI file begins with MThd"),
    "a text": (b"Dear Sir", "it begins with b'Dear'; a MIDI file begins with MThd"),
    "half a header": (GOOD[:9], "cut short: 9 bytes, and the header alone has 14"),
    "a long header": (b"MThd\0\0\0\x0c" + GOOD[8:], "a header of 12 bytes; it must have 6"),
    "format 7": (GOOD[:9] + b"\x07" + GOOD[10:], "MIDI of format 7; 0, 1 and 2 are what can be read"),
    "film frames": (
        GOOD[:12] + b"\xe7\x28" + GOOD[14:],
        "time in film frames; ticks in a quarter note are what can be read",
    ),
    "cut in the second track": (GOOD[:-5], f"cut short: track 2 goes to byte {len(GOOD)}, and the file ends"),
    "cut between tracks": (GOOD[: -len(NOTE) + 3], "cut short at byte 37, where a track would begin"),
    "not a track": (
        midi_file(b"MTrX\xff\xff\xff\xff" + NOTE[8:]),
        "at byte 14 stands b'MTrX'; a track begins with MTrk",
    ),
    "another chunk": (midi_file(ODD_CHUNK), "fewer tracks than the header says"),
    "a loud note": (midi_file(track((0, on(60, 200)), (9, off(60)))), "velocity 200; 0 to 127 is allowed"),
    "a high note": (midi_file(track((0, on(180)), (9, off(60)))), "pitch 180; 0 to 127 is allowed"),
    "a message cut off": (midi_file(b"MTrk\0\0\0\x03\0\x90\x3c"), "beyond the end of its track"),
    "no message": (midi_file(b"MTrk\0\0\0\x04\0\x3c\x40\0"), "begins with a byte that begins no message"),
}


@pytest.mark.parametrize(("data", "words"), FOUND.values(), ids=FOUND.keys())
def test_says_what_was_found_and_what_is_allowed(data, words):
    with pytest.raises(MidiError) as error:
        read_midi(data)
    assert error.value.reason == "unreadable"
    assert words in error.value.found
    assert "MiniMidi" not in error.value.found


def test_rejects_say_it_too_and_the_rest_is_read():
    table, rejects = read_scores([("a.mid", GOOD), ("b.mid", GOOD[:-5]), ("c.mid", GOOD)])
    assert table.names == ["a.mid", "c.mid"]
    assert [(reject.file, reject.reason) for reject in rejects] == [("b.mid", "unreadable")]
    assert rejects[0].found.startswith("cut short: track 2")


def test_every_cut_and_every_changed_byte_has_words_of_its_own():
    broken = [GOOD[:length] for length in range(len(GOOD))]
    broken += [GOOD[:at] + bytes([255]) + GOOD[at + 1 :] for at in range(len(GOOD))]
    found = set()
    for data in broken:
        try:
            read_midi(data)
        except MidiError as error:
            found.add(error.found)
    assert len(found) > 20
    assert not [words for words in found if "MiniMidi" in words or "iostream" in words]
