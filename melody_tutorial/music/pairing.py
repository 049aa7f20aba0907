"""Which note-off ends which note: pretty_midi's answer, from what symusic reports.

A MIDI file holds note-ons and note-offs; which belong together is a matter of opinion when a pitch is struck
again before it ended. symusic lets a note-off end the *oldest* sounding note of its channel and pitch, and
leaves out a note that nothing ends. pretty_midi, and so the reference that extraction follows, lets a
note-off end *all* notes of its channel and pitch that began at an earlier tick::

    events            on 0, on 10, off 20      on 0, on 10, off 20, off 30
    symusic           (0, 20)                  (0, 20), (10, 30)
    pretty_midi       (0, 20), (10, 20)        (0, 20), (10, 20)

So a note ends at the first note-off after its onset. To see every note-on in symusic's answer,
``end_all_notes`` puts note-offs behind the end of each track, so far away that they cannot be real: first one
for every pitch, then, where that ended something, several for each pitch that it ended. symusic's notes then
name all onsets, and all note-offs that ended something; ``pair_notes`` puts them together anew, and leaves
out the notes that have no other end than an artificial one, as pretty_midi does.

Two things stay open, since symusic does not tell the order of events within a tick. Note-offs are taken to
come before note-ons, as programs write them; and a note of no length, which both leave out or shorten to
nothing, vanishes together with its note-off. A note held through a program change counts to the program
under which it began (pretty_midi: under which it ended).
"""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from melody_tutorial.music.midi_faults import MidiError

LONGEST_DELTA = b"\xff\xff\xff\x7f"  # 2**28 − 1 ticks as a variable-length quantity
UNENDED = 4 * (2**28 - 1)  # an end at this tick or later is artificial
EMPTY_TEXT = b"\xff\x01\x00"  # an event without effect, that a waiting time can stand before
END_OF_TRACK = b"\xff\x2f\x00"
NOTE_ON = tuple(range(0x90, 0xA0))  # first byte of a note-on of each channel
PITCHES = tuple(range(128))
MOST_ADDED = 16_000_000  # bytes of note-offs, of 3 each: 2,600 tracks of 16 channels need so many
MOST_INSTRUMENTS = 10_000  # of a file: symusic takes 5 kB for each
PROGRAM_CHANGE = bytes(range(0xC0, 0xD0))  # first byte of one of each channel


def end_all_notes(data: bytes, most_open: int = 1, pitches: tuple[int, ...] = PITCHES) -> tuple[bytes, int]:
    """Put artificial note-offs behind the end of every track of a MIDI file.

    Args:
        data: the file. What does not look like a track is left as it is.
        most_open: how many notes of one channel and pitch the note-offs shall end.
        pitches: which pitches they shall end.

    Returns:
        The new bytes, and where the first track ends in them.

    Raises:
        MidiError: there are more tracks, channels and programs than the budgets allow.
    """
    position = first_end = 8 + int.from_bytes(data[4:8])
    parts, added = [data[:position]], 0
    # So many begin within a track, at most; one more with each of its channels.
    instruments = len(data) - len(data.translate(None, PROGRAM_CHANGE))
    while data[position : position + 4] == b"MTrk":
        end = position + 8 + int.from_bytes(data[position + 4 : position + 8])
        track = data[position + 8 : end]
        channels = [note_on for note_on in NOTE_ON if note_on in track]
        instruments += len(channels)
        if track.endswith(END_OF_TRACK):
            # The delta of the old end stays, and waits for the first new event.
            ending = artificial_ending(channels, most_open, pitches)
            track = track[:-3] + ending
            added += len(ending)
        if added > MOST_ADDED or instruments > MOST_INSTRUMENTS:
            raise MidiError("costly", too_much(data, added))
        if len(parts) == 1:
            first_end = position + 8 + len(track)
        parts += (b"MTrk", len(track).to_bytes(4), track)
        position = end
    parts.append(data[position:])
    return b"".join(parts), first_end


def too_much(data: bytes, added: int) -> str:
    """Which budget a file exceeds, in words."""
    tracks = f"its {data.count(b'MTrk'):,} tracks"
    if added > MOST_ADDED:
        return f"ending every note of {tracks} takes over {MOST_ADDED:,} bytes of note-offs"
    return f"{tracks} may have more instruments than the budget of {MOST_INSTRUMENTS:,}"


def artificial_ending(channels: Iterable[int], most_open: int, pitches: tuple[int, ...]) -> bytes:
    """Events that end pitches at tick ``UNENDED`` after the track's real end.

    Args:
        channels: their note-ons, as in ``NOTE_ON``.
        most_open, pitches: as for ``end_all_notes``.
    """
    wait = EMPTY_TEXT + 4 * (LONGEST_DELTA + EMPTY_TEXT)
    offs = [note_offs(note_on, most_open, pitches) for note_on in channels]
    return b"".join([wait, *offs, b"\0", END_OF_TRACK])


@lru_cache(64)
def note_offs(note_on: int, most_open: int, pitches: tuple[int, ...]) -> bytes:
    """Events that end pitches of one channel, each after a delta of no ticks."""
    running_status = b"\0".join([bytes([pitch, 0]) for pitch in pitches] * most_open)
    return bytes([0, note_on - 0x10]) + running_status  # 0x80 …: note-off


def pair_notes(
    instrument: np.ndarray, onset: np.ndarray, end: np.ndarray, pitch: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """End each note as pretty_midi does.

    Args:
        instrument, onset, end, pitch: columns of notes from files treated by ``end_all_notes``, sorted by
            instrument, then onset.

    Returns:
        Which notes stay, as booleans, and the ends of all.
    """
    keep = (end > onset) & (onset >= 0)  # a file beyond 2**31 ticks has times below 0
    rows = np.flatnonzero(keep & polyphonic(instrument, onset, end)[instrument])
    if len(rows):
        doubtful = overlapping_unisons(instrument[rows], onset[rows], end[rows], pitch[rows])
        rows = rows[doubtful[instrument[rows]]]
        lane = (instrument[rows].astype(np.int64) * 128 + pitch[rows]) << 32
        note_offs = np.sort(lane + end[rows])
        # The first note-off after the onset: there is one, since the note itself has an end.
        first = np.searchsorted(note_offs, lane + onset[rows], side="right")
        end = end.copy()
        end[rows] = note_offs[first] - lane
    return keep & (end < UNENDED), end


def polyphonic(instrument: np.ndarray, onset: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Instruments in which a note starts while the one before it sounds; booleans, one for each."""
    found = np.zeros(int(instrument[-1]) + 1 if len(instrument) else 0, bool)
    found[instrument[1:][(end[:-1] > onset[1:]) & (instrument[:-1] == instrument[1:])]] = True
    return found


def overlapping_unisons(
    instrument: np.ndarray, onset: np.ndarray, end: np.ndarray, pitch: np.ndarray
) -> np.ndarray:
    """Instruments in which one pitch may sound twice at a time; booleans, one for each instrument.

    One sort finds them: instrument, pitch, onset and length are packed into one integer. A length is cut to
    16 bits; what is longer, or does not fit otherwise, counts as doubtful.
    """
    count = int(instrument[-1]) + 1
    if count > 2**16 or onset.max() >= 2**24 - 2**16:
        return np.ones(count, bool)
    length = np.clip(end - onset, 0, 2**16 - 1)
    packed = (instrument.astype(np.int64) << 47) | (pitch.astype(np.int64) << 40)
    packed |= (onset.astype(np.int64) << 16) | length
    packed.sort()
    length = packed & (2**16 - 1)
    packed >>= 16
    overlaps = (packed[:-1] + length[:-1] > packed[1:]) & (packed[:-1] >> 24 == packed[1:] >> 24)
    doubtful = np.zeros(count, bool)
    doubtful[packed[:-1][overlaps] >> 31] = True
    doubtful[instrument[end - onset >= 2**16]] = True
    return doubtful
