"""Primers: typed as people type them, read from MIDI, brought to the network's key, or refused clearly."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.config import MODELS
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.encoding import decode_events, transpose
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music.midi import write_midi
from melody_tutorial.sampling.primers import events_primer, fit_primer, parse_events, read_primer

TWINKLE = [60, -2, 60, -2, 67, -2, 67, -2]


@pytest.mark.parametrize(
    "text",
    [
        "[60, -2, 60, -2, 67, -2, 67, -2]",
        "60, -2, 60, -2, 67, -2, 67, -2",
        "(60,-2,60,-2,67,-2,67,-2)",
        "“[60, −2, 60, −2, 67, −2, 67, −2]”",  # typographic quotes, the true minus sign
        "‘[60, –2, 60, —2, 67, ‑2, 67, -2]’",  # en dash, em dash, non-breaking hyphen
        "［60，-2，60，-2，67，-2，67，－2］",  # full-width signs
        "[60,\u00a0-2, 60,\u202f-2, 67, -2, 67, -2]\n",  # spaces that do not break
        "'[60, -2, 60, -2, 67, -2, 67, -2]'",  # quotes that the shell left in
    ],
)
def test_typed_primers_are_read_as_meant(text):
    assert parse_events(text) == TWINKLE


@given(st.lists(st.integers(-2, 127)))
def test_any_list_of_events_is_read(events):
    assert parse_events(str(events)) == events


def test_one_event_and_none():
    assert parse_events("60") == [60]
    assert parse_events("[]") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[60, -2, 128]", "event 3 is 128"),
        ("[-3, 60]", "event 1 is -3"),
        ("[60, 62.5]", "event 2 is 62.5"),
        ("[60, True]", "event 2 is True"),
        ("[60, [62]]", r"event 2 is \[62\]"),
        ("60 62 64", "no list of events"),
        ("C4 D4 E4", "no list of events"),
        ("", "no list of events"),
        ("[60, -2", "no list of events"),
        ("__import__('os').getcwd()", "no list of events"),
        ("[" * 5000, "no list of events"),
    ],
)
def test_what_is_no_list_of_events_is_refused(text, message):
    with pytest.raises(UserError, match=message) as caught:
        parse_events(text)
    assert len(str(caught.value)) < 300


def test_a_typed_primer_keeps_its_first_note_and_goes_to_c():
    """Twinkle in E: the network reads it in C, as the 2016 model did."""
    primer = events_primer([64, -2, 64, -2, 71, -2, 71, -2, 73, -2, 68])
    assert primer.ids.tolist() == [14, 0, 14, 0, 21, 0, 21, 0, 23, 0, 18]
    assert primer.semitones == -4
    assert primer.melody.events[0] == 64
    assert (primer.melody.steps_per_bar, primer.melody.qpm) == (16, 120)


@given(st.lists(st.integers(-2, 127), max_size=40))
def test_every_primer_fits_the_network_and_goes_back(events):
    primer = events_primer(events)
    assert len(primer.ids) == len(events)
    assert (primer.ids < 38).all()
    back = transpose(decode_events(primer.ids), -primer.semitones)
    for before, after in zip(events, back.tolist(), strict=True):
        assert before == after if before < 0 else (before - after) % 12 == 0


@given(st.lists(st.integers(-2, 127), max_size=40))
def test_a_model_of_all_pitches_reads_a_primer_as_it_is(events):
    primer = fit_primer(events_primer(events), MODELS["mono_rnn"])
    assert decode_events(primer.ids, 130).tolist() == primer.melody.events.tolist() == events
    assert primer.semitones == 0
    other = events_primer(events)
    assert fit_primer(other, MODELS["basic_rnn"]) is other


def test_no_primer_is_empty():
    primer = read_primer()
    assert len(primer.ids) == len(primer.melody.events) == primer.semitones == 0


def midi_file(path, events=TWINKLE, steps_per_bar=16, qpm=120.0):
    """A MIDI file with one melody."""
    path.write_bytes(write_midi(melody_to_score(Melody(np.array(events, np.int8), 4, steps_per_bar, qpm))))
    return path


def test_a_midi_primer_brings_its_time_signature_and_tempo(tmp_path):
    path = midi_file(tmp_path / "waltz.mid", [62, -2, -2, -2, 66, -2, -2, -2, 69, -2, -2, -2], 12, 90.0)
    primer = read_primer(midi_path=path)
    assert primer.melody.events.tolist() == [62, -2, -2, -2, 66, -2, -2, -2, 69, -2, -2, -2]
    assert primer.melody.steps_per_bar == 12
    assert primer.melody.qpm == pytest.approx(90, rel=1e-4)
    assert primer.melody.source == "waltz.mid"
    assert primer.warnings == ()


POLYPHONIC = bytes.fromhex(
    "4d546864 00000006 0000 0001 0060"  # header: format 0, 1 track, 96 ticks in a quarter
    "4d54726b 0000001c"  # a track of 28 bytes
    "00 90 3c 64  00 90 40 64"  # at tick 0 C4 and E4 sound together
    "60 80 3c 00  00 80 40 00"  # 96 ticks later both end
    "00 90 43 64  60 80 43 00"  # then a G4, a quarter long
    "00 ff 2f 00"  # end of track
)


@pytest.mark.parametrize(("qpm", "taken"), [(4, 10), (10, 10), (600, 600), (60_000_000, 600)])
def test_a_tempo_that_melodies_cannot_have_becomes_the_nearest(tmp_path, qpm, taken):
    primer = read_primer(midi_path=midi_file(tmp_path / "slow.mid", qpm=qpm))
    assert primer.melody.qpm == taken
    assert len(primer.warnings) == (qpm != taken)
    assert all("the nearest of 10 to 600; --qpm chooses another" in warning for warning in primer.warnings)


def test_a_polyphonic_primer_is_reduced_with_a_warning(tmp_path):
    path = tmp_path / "chord.mid"
    path.write_bytes(POLYPHONIC)
    primer = read_primer(midi_path=path)
    assert primer.melody.events.tolist() == [64, -2, -2, -2, 67, -2, -2, -2]
    assert len(primer.warnings) == 1
    assert "chord.mid is polyphonic" in primer.warnings[0]


def test_files_that_cannot_be_primers_are_named(tmp_path):
    empty = tmp_path / "empty.mid"
    empty.write_bytes(POLYPHONIC[:18] + bytes.fromhex("00000004 00ff2f00"))
    broken = tmp_path / "broken.mid"
    broken.write_bytes(b"RIFF, no MIDI")
    large = tmp_path / "large.mid"
    large.write_bytes(bytes(1_000_001))
    for path in (empty, broken, large, tmp_path / "missing.mid", tmp_path):
        with pytest.raises(UserError, match=path.name):
            read_primer(midi_path=path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_or_a_device_is_not_read(tmp_path):
    """A pipe that nobody writes to was waited for, and zeros without end filled the memory."""
    os.mkfifo(tmp_path / "pipe.mid")
    for path in (tmp_path / "pipe.mid", "/dev/zero"):
        with pytest.raises(UserError, match=f"{path} is a pipe or a device: give a MIDI file"):
            read_primer(midi_path=path)


def test_an_endless_rest_is_refused_at_once(tmp_path):
    """A note that lasts for 10 million quarter notes, in 37 bytes."""
    path = tmp_path / "endless.mid"
    track = bytes.fromhex("00903c64 84e1a800803c00 00ff2f00")
    path.write_bytes(bytes.fromhex("4d546864 00000006 0000 0001 0001 4d54726b 0000000f") + track)
    with pytest.raises(UserError, match=r"endless\.mid lasts for 9,982,976 quarter notes"):
        read_primer(midi_path=path)


def test_two_primers_are_one_too_many():
    with pytest.raises(UserError, match="both given"):
        read_primer("[60]", "twinkle.mid")


@pytest.mark.parametrize("events", [[200], [-3], [60.5], [[60], [62, 64]], ["60"], [None]], ids=str)
def test_events_that_are_none_are_refused_in_a_sentence(events):
    with pytest.raises(UserError, match="one row of whole numbers"):
        events_primer(events)
