"""What is wrong with a file that cannot be read as MIDI, in words: what was found, and what is allowed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from melody_tutorial.errors import UserError

MOST_FOUND = 200  # characters
HEADER_BYTES = 14  # MThd, its length, and three numbers of two bytes
STRANGERS = {  # how files begin that are often taken for MIDI
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"RIFF": "a RIFF file, such as a WAV recording",
    b"ID3": "an MP3 recording",
    b"OggS": "an Ogg recording",
    b"fLaC": "a FLAC recording",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive",
    b"<": "a text in XML or HTML",
}
COMPLAINTS = {  # words of symusic's
    "chunk header": "fewer tracks than the header says",
    "EOF": "a message reaches beyond the end of its track",
    "previous event length is 0": "a track begins with a byte that begins no message",
    "Unknown or unsupported status": "a message begins with a byte that begins none",
}
OUT_OF_RANGE = re.compile(r"Get (velocity|pitch)=(\d+)")


class MidiError(Exception):
    """A file that cannot be used: ``reason`` is a key of ``funnel.REASONS``, ``found`` what was found.

    What was found is cut to 200 characters: libraries quote a file at any length.
    """

    def __init__(self, reason: str, found: str):
        found = found if len(found) <= MOST_FOUND else f"{found[:MOST_FOUND]}…"
        super().__init__(f"{reason}: {found}")
        self.reason = reason
        self.found = found


@contextmanager
def one_file() -> Iterator[None]:
    """The boundary around the reading of one file: whatever goes wrong within becomes a ``MidiError``.

    A file is a stranger's bytes, and the libraries that read it check little; one must not cost the others.
    """
    try:
        yield
    except (MidiError, UserError):
        raise
    except MemoryError:
        raise MidiError("costly", "more memory than there is") from None
    except Exception as error:
        raise MidiError("fault", f"{type(error).__name__}: {error}") from error


def what_is_wrong(data: bytes, complaint: str) -> str:
    """Say why a file is no MIDI that can be read.

    Args:
        data: the whole file.
        complaint: what symusic said; it tells apart what the outline of the file does not.
    """
    return wrong_header(data) or wrong_value(complaint) or wrong_chunk(data) or wrong_message(complaint)


def wrong_header(data: bytes) -> str:
    """What is wrong with the first 14 bytes, or nothing."""
    if not data:
        return "the file is empty"
    for beginning, stranger in STRANGERS.items():
        if data.startswith(beginning):
            return f"{stranger}; a MIDI file begins with MThd"
    if not data.startswith(b"MThd"):
        return f"it begins with {data[:4]!r}; a MIDI file begins with MThd"
    if len(data) < HEADER_BYTES:
        return f"cut short: {len(data)} bytes, and the header alone has {HEADER_BYTES}"
    length, kind, _, division = (int.from_bytes(data[a:b]) for a, b in ((4, 8), (8, 10), (10, 12), (12, 14)))
    if length != HEADER_BYTES - 8:
        return f"a header of {length:,} bytes; it must have {HEADER_BYTES - 8}"
    if kind > 2:
        return f"MIDI of format {kind:,}; 0, 1 and 2 are what can be read"
    return "time in film frames; ticks in a quarter note are what can be read" if division >> 15 else ""


def wrong_value(complaint: str) -> str:
    """A velocity or pitch that there is not, if that is the complaint."""
    if found := OUT_OF_RANGE.search(complaint):
        return f"a note of {found[1]} {found[2]}; 0 to 127 is allowed"
    return ""


def wrong_chunk(data: bytes) -> str:
    """Where the tracks do not fill the file, or nothing."""
    place, tracks = HEADER_BYTES, 0
    while place < len(data):
        name, end = data[place : place + 4], place + 8 + int.from_bytes(data[place + 4 : place + 8])
        if len(data) < place + 8:
            return f"cut short at byte {len(data):,}, where a track would begin"
        tracks += name == b"MTrk"
        if end > len(data) and name == b"MTrk":
            return f"cut short: track {tracks} goes to byte {end:,}, and the file ends at byte {len(data):,}"
        if end > len(data):
            return f"at byte {place:,} stands {name!r}; a track begins with MTrk"
        place = end
    return ""


def wrong_message(complaint: str) -> str:
    """What is wrong inside a track, as far as the complaint tells."""
    for words, meaning in COMPLAINTS.items():
        if words in complaint:
            return meaning
    return f"damaged within a track ({complaint})"
