"""MIDI bytes → Score, and back. Each file is a lesson: its bytes stand beside what they mean."""

import io
import warnings
from collections import Counter

import numpy as np
import pytest
import symusic
from hypothesis import given
from hypothesis import strategies as st
from midi_bytes import key_signature, midi_file, off, on, program, signature, tempo, track

from melody_tutorial.funnel import REASONS
from melody_tutorial.music.midi import MidiError, read_midi, read_scores, write_midi
from melody_tutorial.music.pairing import end_all_notes
from melody_tutorial.music.score import Score, stack_scores, unstack_score

TWO_NOTES = bytes.fromhex(
    "4d546864 00000006"  # "MThd", 6 bytes of header:
    "0000 0001 0060"  # format 0, 1 track, 96 ticks in a quarter
    "4d54726b 00000026"  # "MTrk", 38 bytes:
    "00 ff5103 07a120"  # at tick 0 a tempo: 500,000 µs per quarter, 120 quarters per minute
    "00 ff5804 03021808"  # 3/4: numerator 3, denominator 2 to the power of 2
    "00 c0 18"  # channel 0 plays program 24, a guitar
    "00 90 3c 64"  # note-on, pitch 60, velocity 100
    "60 3c 00"  # 96 ticks later, running status: note-on with velocity 0, a note-off
    "8100 90 40 50"  # 128 ticks later, in two bytes: pitch 64
    "30 80 40 00"  # 48 ticks later its note-off
    "00 ff2f00"  # end of track
)


def notes(score: Score) -> list[tuple[int, int, int]]:
    """Onset, end and pitch of each note."""
    return list(zip(score.onset.tolist(), score.end.tolist(), score.pitch.tolist(), strict=True))


def assert_equal(one: Score, other: Score) -> None:
    for name, column in vars(one).items():
        np.testing.assert_array_equal(column, getattr(other, name), err_msg=name)


def test_every_byte_of_a_small_file():
    score = read_midi(TWO_NOTES)
    assert score.ticks_per_quarter == 96
    assert notes(score) == [(0, 96, 60), (224, 272, 64)]
    assert score.velocity.tolist() == [100, 80]
    assert score.program.tolist() == [24]
    assert score.is_drum.tolist() == [False]
    assert score.tempo_qpm.tolist() == [120.0]
    assert (score.signature_numerator.tolist(), score.signature_denominator.tolist()) == ([3], [4])
    assert (score.onset.dtype, score.pitch.dtype, score.tempo_qpm.dtype) == (np.int32, np.int8, np.float64)


# What pretty_midi makes of note-ons and note-offs of one pitch: (tick, +1 on or −1 off) → (onset, end).
PAIRINGS = {
    "a note": ([(0, 1), (20, -1)], [(0, 20)]),
    "one note-off ends two notes": ([(0, 1), (10, 1), (20, -1)], [(0, 20), (10, 20)]),
    "the second note-off ends nothing": ([(0, 1), (10, 1), (20, -1), (30, -1)], [(0, 20), (10, 20)]),
    "not the oldest note alone": (
        [(0, 1), (10, 1), (20, -1), (30, 1), (40, -1)],
        [(0, 20), (10, 20), (30, 40)],
    ),
    "three notes, one note-off": ([(0, 1), (5, 1), (9, 1), (20, -1)], [(0, 20), (5, 20), (9, 20)]),
    "a note that nothing ends": ([(0, 1), (20, -1), (30, 1)], [(0, 20)]),
    "struck again as it ends": ([(0, 1), (10, -1), (10, 1), (20, -1)], [(0, 10), (10, 20)]),
    "struck again before it ends": ([(0, 1), (10, 1), (10, -1), (20, -1)], [(0, 10), (10, 20)]),
    "no length": ([(10, 1), (10, -1), (20, -1)], []),
    "a long wait": ([(0, 1), (10, 1), (80_000, -1), (90_000, -1)], [(0, 80_000), (10, 80_000)]),
}


@pytest.mark.parametrize(("events", "expected"), PAIRINGS.values(), ids=PAIRINGS.keys())
def test_notes_end_as_in_pretty_midi(events, expected):
    data = midi_file(track(*((tick, on(60) if kind > 0 else off(60)) for tick, kind in events)))
    assert [pair[:2] for pair in notes(read_midi(data))] == expected
    assert pretty_midi_notes(data) == Counter((start, end, 60, 80, False) for start, end in expected)


def pretty_midi_notes(data: bytes) -> Counter:
    """pretty_midi's notes, their times as ticks."""
    import pretty_midi

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tempos in later tracks
        midi = pretty_midi.PrettyMIDI(io.BytesIO(data))
    tick = midi.time_to_tick
    return Counter(
        (int(tick(note.start)), int(tick(note.end)), note.pitch, note.velocity, part.is_drum)
        for part in midi.instruments
        for note in part.notes
    )


@st.composite
def dense_files(draw) -> bytes:
    """Tracks full of unisons, on few pitches and channels; some notes are never ended."""
    tracks = []
    for _ in range(draw(st.integers(1, 2))):
        events = []
        for channel, pitch, start, length, velocity, ended in draw(
            st.lists(
                st.tuples(
                    st.sampled_from([0, 5, 9]),
                    st.integers(60, 61),
                    st.integers(0, 50),
                    st.integers(1, 12),
                    st.integers(1, 127),
                    st.sampled_from(["off", "on with velocity 0", "never"]),
                ),
                min_size=1,
                max_size=30,
            )
        ):
            events.append((start, 1, on(pitch, velocity, channel)))
            if ended != "never":
                message = off(pitch, channel) if ended == "off" else on(pitch, 0, channel)
                events.append((start + length, 0, message))  # note-offs before note-ons, as programs write
        events.sort(key=lambda event: event[:2])
        tracks.append(track(*((tick, message) for tick, _, message in events)))
    return midi_file(*tracks)


@given(dense_files())
def test_dense_files_read_as_by_pretty_midi(data):
    score = read_midi(data)
    ours = Counter(
        (*note, velocity, bool(score.is_drum[instrument]))
        for note, velocity, instrument in zip(
            notes(score), score.velocity.tolist(), score.instrument, strict=True
        )
    )
    assert ours == pretty_midi_notes(data)


def test_more_open_unisons_than_one_are_found():
    """Thirty note-ons of one pitch and one note-off: symusic alone reports one note."""
    data = midi_file(track(*((tick, on(60)) for tick in range(30)), (40, off(60))))
    assert notes(read_midi(data)) == [(tick, 40, 60) for tick in range(30)]


def test_an_instrument_is_a_program_on_a_channel_of_a_track():
    first = track(
        (0, program(5)), (0, on(60)), (9, off(60)), (9, on(62, channel=1)), (18, off(62, channel=1))
    )
    second = track((0, on(40, channel=9)), (9, off(40, channel=9)), (9, on(64)), (18, off(64)))
    score = read_midi(midi_file(first, second))
    heard = {
        (int(score.program[i]), bool(score.is_drum[i]), pitch)
        for i, (*_, pitch) in zip(score.instrument, notes(score), strict=True)
    }
    assert heard == {(5, False, 60), (0, False, 62), (0, True, 40), (0, False, 64)}
    assert len(set(score.instrument.tolist())) == 4


def test_only_the_first_track_tells_tempo_and_metre():
    first = track((0, tempo(400_000)), (0, signature(3, 2)), (0, on(60)), (96, off(60)))
    second = track((0, tempo(300_000)), (0, signature(5, 2)), (0, on(72)), (96, off(72)))
    score = read_midi(midi_file(first, second))
    assert score.tempo_qpm.tolist() == [150.0]
    assert score.signature_numerator.tolist() == [3]
    assert len(notes(score)) == 2


def test_a_table_takes_scores_apart_and_together():
    files = [("a", TWO_NOTES), ("broken", b"no MIDI"), ("b", midi_file(track((0, on(60)), (9, off(60)))))]
    table, rejects = read_scores(files)
    assert table.names == ["a", "b"]
    assert [(reject.file, reject.reason) for reject in rejects] == [("broken", "unreadable")]
    scores = [unstack_score(table, 0), unstack_score(table, 1)]
    assert_equal(scores[0], read_midi(TWO_NOTES))
    again = stack_scores(scores, ["a", "b"])
    for name, column in vars(table).items():
        np.testing.assert_array_equal(column, getattr(again, name), err_msg=name)


UNREADABLE = {
    "nothing": (b"", "unreadable"),
    "no MIDI": (b"RIFF....WAVEfmt ", "unreadable"),
    "cut off": (TWO_NOTES[:-9], "unreadable"),
    "SMPTE frames instead of quarters": (TWO_NOTES.replace(b"\x00\x60MTrk", b"\xe7\x28MTrk"), "unreadable"),
    "no ticks in a quarter": (midi_file(track((0, on(60)), (9, off(60))), ticks_per_quarter=0), "unreadable"),
    "a tempo of nothing": (midi_file(track((0, tempo(0)), (0, on(60)), (9, off(60)))), "unreadable"),
    "a tempo of nothing, in four bytes": (
        midi_file(track((0, bytes.fromhex("ff 51 04 00000000")), (0, on(60)), (9, off(60)))),
        "unreadable",
    ),
    # 37 bytes whose one delta is the longest that there is: pretty_midi would need 6 GB for it.
    "one maximal delta": (
        bytes.fromhex("4d546864 00000006 0000 0001 0060 4d54726b 0000000f")
        + bytes.fromhex("00 90 3c 64  ffffff7f 80 3c 00  00 ff 2f 00"),
        "too_long",
    ),
    "beyond 100,000,000 ticks": (midi_file(track((0, on(60)), (2**28 - 1, off(60)))), "too_long"),
    "and a note left open": (midi_file(track((0, on(60)), (1, on(62)), (2**27, off(60)))), "too_long"),
    "an onset beyond": (midi_file(track((2**27, on(60)), (2**27 + 9, off(60)))), "too_long"),
}


@pytest.mark.parametrize(("data", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_files_that_cannot_be_used_say_why(data, reason):
    with pytest.raises(MidiError) as error:
        read_midi(data)
    assert error.value.found
    assert error.value.reason == reason


def keys(score: Score) -> list[tuple[int, int, bool]]:
    """Tick, sharps and whether it is minor, of each key signature."""
    return list(
        zip(score.key_tick.tolist(), score.key_fifths.tolist(), score.key_minor.tolist(), strict=True)
    )


def test_key_signatures_are_those_of_the_first_track():
    note = [(0, on(60)), (96, off(60))]
    first = track((0, key_signature(-3, 1)), *note, (192, key_signature(2, 0)))
    assert keys(read_midi(midi_file(first, track(*note)))) == [(0, -3, True), (192, 2, False)]
    other = track((0, key_signature(5, 0)), *note)
    assert keys(read_midi(midi_file(first, other))) == [(0, -3, True), (192, 2, False)]
    assert keys(read_midi(midi_file(track(*note), other))) == []


@pytest.mark.parametrize("sharps, minor", [(8, 0), (-8, 0), (100, 0), (0, 2), (0, 255)])
def test_a_key_signature_that_there_is_not_is_left_out(sharps, minor):
    data = midi_file(track((0, key_signature(sharps, minor)), (0, on(60)), (96, off(60))))
    assert keys(read_midi(data)) == []
    assert notes(read_midi(data)) == [(0, 96, 60)]


def test_each_file_of_many_has_its_own_key_signatures():
    note = [(0, on(60)), (96, off(60))]
    files = [
        midi_file(track(*((0, key_signature(sharps, 0)) for sharps in given), *note))
        for given in ([], [1, 9, 2], [], [3])
    ]
    table, _ = read_scores((str(number), data) for number, data in enumerate(files))
    assert [keys(unstack_score(table, number)) for number in range(4)] == [
        [],
        [(0, 1, False), (0, 2, False)],
        [],
        [(0, 3, False)],
    ]


# A track of one note that nothing ends, and a text whose bytes look like note-ons of all channels.
OPEN_IN_ALL_CHANNELS = bytes.fromhex(
    "4d54726b 0000001c"  # "MTrk", 28 bytes:
    "00 90 3c 40"  # note-on, pitch 60
    "00 ff01 10 909192939495969798999a9b9c9d9e9f"  # a text of 16 bytes
    "00 ff2f00"  # end of track
)


def test_ending_notes_costs_no_more_than_its_budget():
    """Note-offs for every pitch of every channel, 64 of each, were 393 kB for each of these tracks."""
    assert notes(read_midi(midi_file(*[OPEN_IN_ALL_CHANNELS] * 100))) == []
    ended, _ = end_all_notes(midi_file(*[OPEN_IN_ALL_CHANNELS] * 100), 64, (60,))
    assert len(ended) < 100 * 3_200
    with pytest.raises(MidiError, match="100 tracks takes over 16,000,000 bytes") as error:
        end_all_notes(midi_file(*[OPEN_IN_ALL_CHANNELS] * 100), 64)
    assert error.value.reason == "costly"


@pytest.mark.parametrize(
    "last", ["ff 51 00", "ff 51 80808000 07a1", "ff 58 01 03", "ff 59 00", "ff 51", "ff"]
)
def test_nothing_is_read_beyond_the_end_of_a_file(last):
    """symusic takes the three bytes of a tempo, or two of a signature, from wherever they are not."""
    body = bytes.fromhex("00 90 3c 40  60 80 3c 00  00" + last)
    with pytest.raises(MidiError, match="beyond the end of the file"):
        read_midi(midi_file(b"MTrk" + len(body).to_bytes(4) + body))
    whole = body[:9] + bytes.fromhex("ff 51 03 07a120")  # a tempo with all its bytes, and no end of track
    assert read_midi(midi_file(b"MTrk" + len(whole).to_bytes(4) + whole)).tempo_qpm.tolist() == [120.0]


def test_an_instrument_costs_5_kb_and_a_file_may_have_10_000():
    events = [bytes([0, 0xC0 | n % 16, n // 16, 0, 0x90 | n % 16, 60, 9, 1, 60, 0]) for n in range(2_000)]
    body = b"".join(events) + bytes.fromhex("00 ff2f00")
    chunk = b"MTrk" + len(body).to_bytes(4) + body
    assert len(read_midi(midi_file(*[chunk] * 4)).program) == 8_000
    with pytest.raises(MidiError, match="5 tracks may have more instruments than the budget of 10,000"):
        read_midi(midi_file(*[chunk] * 5))


@pytest.mark.parametrize("error", [MemoryError(), KeyError("key")])
def test_whatever_goes_wrong_costs_one_file(monkeypatch, error):
    def break_down(patched):
        if b"break" in patched:
            raise error
        return from_midi(patched)

    from_midi = symusic.core.ScoreTick.from_midi
    monkeypatch.setattr("melody_tutorial.music.midi.ScoreTick.from_midi", break_down)
    odd = midi_file(track((0, b"\xff\x01\x05break"), (0, on(60)), (9, off(60))))
    table, rejects = read_scores([("odd", odd), ("good", TWO_NOTES)])
    assert table.names == ["good"]
    reason, found = (
        ("costly", "more memory") if isinstance(error, MemoryError) else ("fault", "KeyError: 'key'")
    )
    assert [(reject.file, reject.reason) for reject in rejects] == [("odd", reason)]
    assert rejects[0].found.startswith(found)
    assert reason in REASONS


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tail):
    for data in (tail, TWO_NOTES[:22] + tail, TWO_NOTES[:40] + tail + TWO_NOTES[40:]):
        try:
            score = read_midi(data)
        except MidiError:
            continue
        assert (score.end > score.onset).all()
        assert (score.onset >= 0).all()


@st.composite
def scores(draw) -> Score:
    """Scores that a MIDI file can hold exactly: no unisons, tempos of whole microseconds."""
    instruments = draw(st.integers(1, 3))
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, instruments - 1), st.integers(0, 400), st.integers(0, 127)),
            unique=True,
            max_size=20,
        )
    )
    rows = sorted((instrument, 10 * onset, pitch) for instrument, onset, pitch in rows)
    tempos = sorted(
        draw(st.dictionaries(st.integers(0, 999), st.integers(1000, 999_999), max_size=3)).items()
    )
    signatures = sorted(draw(st.dictionaries(st.integers(0, 999), st.integers(1, 12), max_size=3)).items())
    key = st.tuples(st.integers(-7, 7), st.booleans())
    keys = sorted(draw(st.dictionaries(st.integers(0, 999), key, max_size=3)).items())
    onset = np.array([onset for _, onset, _ in rows], np.int32)
    return Score(
        ticks_per_quarter=draw(st.sampled_from([96, 480])),
        onset=onset,
        end=onset + 10,
        pitch=np.array([pitch for *_, pitch in rows], np.int8),
        velocity=np.full(len(rows), 77, np.int8),
        instrument=np.array([instrument for instrument, *_ in rows], np.int32),
        program=np.arange(instruments, dtype=np.int32),
        is_drum=np.arange(instruments) == 2,
        tempo_tick=np.array([tick for tick, _ in tempos], np.int32),
        tempo_qpm=6e7 / np.array([microseconds for _, microseconds in tempos], np.int32),
        signature_tick=np.array([tick for tick, _ in signatures], np.int32),
        signature_numerator=np.array([numerator for _, numerator in signatures], np.int32),
        signature_denominator=np.full(len(signatures), 8, np.int32),
        key_tick=np.array([tick for tick, _ in keys], np.int32),
        key_fifths=np.array([fifths for _, (fifths, _) in keys], np.int8),
        key_minor=np.array([minor for _, (_, minor) in keys], bool),
    )


@given(scores())
def test_what_is_written_is_read_again(score):
    again = read_midi(write_midi(score))
    heard = [
        sorted(
            zip(which.program[which.instrument], which.is_drum[which.instrument], notes(which), strict=True)
        )
        for which in (score, again)
    ]
    assert heard[0] == heard[1]
    names = ("ticks_per_quarter", "tempo_tick", "tempo_qpm", "signature_tick", "signature_numerator")
    for name in (*names, "key_tick", "key_fifths", "key_minor"):
        np.testing.assert_array_equal(getattr(score, name), getattr(again, name), err_msg=name)
