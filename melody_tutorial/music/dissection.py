"""A MIDI file taken apart: every byte, and what it says in words.

Written to be read; ``midi`` reads files for all other work. The format is that of *The Complete MIDI 1.0
Detailed Specification*, Standard MIDI Files 1.0 (MIDI Manufacturers Association, 1996).
"""

from collections.abc import Iterator
from typing import NamedTuple

from melody_tutorial.music.midi import MidiError

MOST_NUMBER_BYTES = 4  # of a number of variable length
CHUNKS = {b"MThd": "here begins the header", b"MTrk": "here begins a track"}
META = {0x01: "text", 0x02: "copyright", 0x03: "name of the track", 0x04: "name of the instrument"}
# High half of a message's first byte: data bytes that follow, and what it says of them.
MESSAGES = {
    0x8: (2, "note-off of pitch {0}"),
    0x9: (2, "note-on of pitch {0}, velocity {1}"),
    0xA: (2, "pitch {0} is pressed with {1}"),
    0xB: (2, "controller {0} goes to {1}"),
    0xC: (1, "sound number {0}"),
    0xD: (1, "all piano keys are pressed with {0}"),
    0xE: (2, "the pitch is bent"),
}


class Piece(NamedTuple):
    """Some bytes of a file that belong together: where they begin, the bytes, and what they say."""

    offset: int
    data: bytes
    meaning: str


def dissect(data: bytes) -> Iterator[Piece]:
    """Yield the pieces of a MIDI file, in order; joined, their bytes are the file.

    Raises:
        MidiError: the file does not begin as MIDI does, ends too early, or holds what the format forbids.
    """
    if data[:4] != b"MThd":
        raise MidiError("unreadable", f"the file begins with {data[:4]!r}, not with b'MThd'")
    place = 0
    while place < len(data):
        name, body = data[place : place + 4], place + 8
        yield Piece(place, name, CHUNKS.get(name, "here begins something else"))
        length = int.from_bytes(cut(data, place + 4, body))
        end = body + length
        yield Piece(place + 4, cut(data, place + 4, body), f"{length} bytes follow")
        if name == b"MThd":
            yield from dissect_header(data, body, end)
        elif name == b"MTrk":
            yield from dissect_track(data, body, end)
        elif length:
            yield Piece(body, cut(data, body, end), "unknown")
        place = end


def dissect_header(data: bytes, place: int, end: int) -> Iterator[Piece]:
    """Yield the three numbers of the header."""
    for words in ("format {}", "{} track(s)"):
        number = cut(data, place, place + 2)
        yield Piece(place, number, words.format(int.from_bytes(number)))
        place += 2
    division = cut(data, place, place + 2)
    yield Piece(place, division, resolution(division))
    if place + 2 < end:
        yield Piece(place + 2, cut(data, place + 2, end), "unknown")


def resolution(division: bytes) -> str:
    """What the header says of ticks: how many are in a quarter note, or in a frame of film.

    The highest bit tells which; if it is set, the first byte is minus the frames in a second, and −29 stands
    for the 29.97 of television.
    """
    if division[0] < 0x80:
        return f"{int.from_bytes(division)} ticks in a quarter note"
    frames = 0x100 - division[0]
    return f"{29.97 if frames == 29 else frames} film frames in a second, {division[1]} ticks in a frame"


def dissect_track(data: bytes, place: int, end: int) -> Iterator[Piece]:
    """Yield waiting times and messages by turns."""
    status = 0
    while place < end:
        ticks, after = read_delta(data, place)
        yield Piece(place, data[place:after], f"wait {ticks} ticks")
        first = cut(data, after, after + 1)[0]
        repeated = first < 0x80  # the first byte is left out where it would be that of the message before
        if repeated and status >= 0xF0:
            raise MidiError("unreadable", f"byte {after} should begin a message: none repeats a {status:02x}")
        status = status if repeated else first
        place = end_of_message(data, after, status, repeated)
        yield Piece(after, cut(data, after, place), meaning(status, data[after + (not repeated) : place]))
    if place > end:
        raise MidiError("unreadable", f"a message reaches beyond its track, which ends at byte {end}")


def end_of_message(data: bytes, place: int, status: int, repeated: bool) -> int:
    """Place of the byte after a message."""
    if status in (0xF0, 0xF7, 0xFF):  # a maker's own message, twice; a meta event, its kind one more byte
        length, after = read_delta(data, place + 1 + (status == 0xFF))
        return after + length
    if status >> 4 not in MESSAGES:
        raise MidiError("unreadable", f"byte {place} should begin a message, but is {data[place]}")
    return place + MESSAGES[status >> 4][0] + (not repeated)


def meaning(status: int, content: bytes) -> str:
    """What a message says, from its first byte and those after it."""
    if status == 0xFF:
        kind, (_, first) = content[0], read_delta(content, 1)
        return meta_meaning(kind, content[first:])
    if status >= 0xF0:
        return "a message for one maker's instruments"
    if status >> 4 == 0x9 and content[1] == 0:
        return f"note-off of pitch {content[0]}: a note-on of velocity 0"
    return MESSAGES[status >> 4][1].format(*content)


def meta_meaning(kind: int, content: bytes) -> str:
    """What a meta event says, which is not for the instruments: tempo, time signature, names."""
    if kind == 0x2F:
        return "end of the track"
    if kind == 0x51:
        return f"tempo: {int.from_bytes(content):,} µs for each quarter note"
    if kind == 0x58 and len(content) >= 2:
        return f"time signature {content[0]}/{2 ** content[1]}"
    if kind in META:
        return f"{META[kind]}: {content.decode('latin-1')}"
    return f"meta event {kind}, for programs"


def read_delta(data: bytes, place: int = 0) -> tuple[int, int]:
    """Read a number of variable length: seven bits a byte, the highest bit set in all but the last.

    Returns:
        The number, and the place of the byte after it.

    Raises:
        MidiError: the file ends before the number does, or it has more than four bytes.
    """
    number = 0
    for after in range(place + 1, place + 1 + MOST_NUMBER_BYTES):
        byte = cut(data, after - 1, after)[0]
        number = number << 7 | byte & 127
        if byte < 128:
            return number, after
    raise MidiError(
        "unreadable", f"the number at byte {place} goes on after {MOST_NUMBER_BYTES} bytes, the most allowed"
    )


def cut(data: bytes, start: int, end: int) -> bytes:
    """The bytes from ``start`` to before ``end``; MidiError where the file ends before that."""
    if end > len(data):
        raise MidiError("unreadable", f"the file ends at byte {len(data)}, within a piece that goes to {end}")
    return data[start:end]
