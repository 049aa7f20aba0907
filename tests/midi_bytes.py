"""MIDI files for tests, written event by event, and a strategy that draws them."""

from hypothesis import strategies as st


def variable_length(number: int) -> bytes:
    """A MIDI delta: seven bits a byte, the highest bit set in all but the last."""
    digits = [number & 127]
    while number := number >> 7:
        digits.insert(0, 128 | number & 127)
    return bytes(digits)


def track(*events: tuple[int, bytes]) -> bytes:
    """An MTrk chunk of (tick, message) in the order of their ticks, with an end of track."""
    body, last = b"", 0
    for tick, message in (*events, (events[-1][0] if events else 0, b"\xff\x2f\x00")):
        body += variable_length(tick - last) + message
        last = tick
    return b"MTrk" + len(body).to_bytes(4) + body


def midi_file(*tracks: bytes, ticks_per_quarter: int = 96) -> bytes:
    """A MIDI file of format 1."""
    header = b"MThd" + (6).to_bytes(4) + (1).to_bytes(2) + len(tracks).to_bytes(2)
    return header + ticks_per_quarter.to_bytes(2) + b"".join(tracks)


def on(pitch: int, velocity: int = 80, channel: int = 0) -> bytes:
    """A note-on; with velocity 0 it is a note-off."""
    return bytes([0x90 | channel, pitch, velocity])


def off(pitch: int, channel: int = 0) -> bytes:
    """A note-off."""
    return bytes([0x80 | channel, pitch, 0])


def program(number: int, channel: int = 0) -> bytes:
    """A program change."""
    return bytes([0xC0 | channel, number])


def tempo(microseconds_per_quarter: int) -> bytes:
    """A tempo."""
    return b"\xff\x51\x03" + microseconds_per_quarter.to_bytes(3)


def signature(numerator: int, denominator_power: int) -> bytes:
    """A time signature; the denominator is given as the power of two that it is."""
    return b"\xff\x58\x04" + bytes([numerator, denominator_power, 24, 8])


def key_signature(sharps: int, minor: int) -> bytes:
    """A key signature of so many sharps, flats below zero; 1 for minor."""
    return b"\xff\x59\x02" + bytes([sharps % 256, minor])


# Ticks to the next onset; 12 lies exactly between two sixteenths, 0 makes notes start together.
WAITS = st.sampled_from([24, 24, 24, 48, 48, 12, 36, 23, 11, 96, 96, 0])
LENGTHS = st.sampled_from([24, 24, 24, 48, 12, 1, 36, 96, 400])
# How a note ends, and what follows: 384 ticks are one bar of 4/4, 383 are just less.
ENDINGS = st.sampled_from(["off"] * 12 + ["on with velocity 0"] * 4 + ["never", "then 384", "then 383"])


@st.composite
def music(draw) -> bytes:
    """A MIDI file with everything that the rules have to cope with."""
    last, tracks = 1, []
    for channel in draw(st.sampled_from([[0], [0, 1], [9, 3], [2, 0, 9]])):
        events, tick = [], draw(st.sampled_from([0, 24, 100, 1000]))
        pitches = st.integers(60, 60 + draw(st.sampled_from([1, 4, 12])))
        notes = draw(st.lists(st.tuples(WAITS, LENGTHS, pitches, ENDINGS), min_size=8, max_size=40))
        for wait, length, pitch, ending in notes:
            events.append((tick, 2, on(pitch, channel=channel)))
            if ending != "never":
                message = on(pitch, 0, channel) if "velocity" in ending else off(pitch, channel)
                events.append((tick + length, 1, message))
            tick += length + int(ending[5:]) if ending.startswith("then") else wait
        last = max(last, tick)
        tracks.append(events)
    places = st.one_of(st.just(0), st.integers(0, last))
    for place, value in draw(st.lists(st.tuples(places, st.integers(250_000, 900_000)), max_size=2)):
        tracks[0].append((place, 0, tempo(value)))
    metres = st.sampled_from([(4, 2), (3, 2), (6, 3), (2, 2), (9, 4), (3, 5)])
    for place, metre in draw(st.lists(st.tuples(places, metres), max_size=2)):
        tracks[0].append((place, 0, signature(*metre)))
    keys = st.tuples(st.integers(-7, 7), st.integers(0, 1))
    for place, key in draw(st.lists(st.tuples(places, keys), max_size=2)):
        tracks[0].append((place, 0, key_signature(*key)))
    chunks = [
        track(*((tick, message) for tick, _, message in sorted(part, key=lambda event: event[:2])))
        for part in tracks
    ]
    return midi_file(*chunks, ticks_per_quarter=draw(st.sampled_from([96, 96, 96, 100])))
