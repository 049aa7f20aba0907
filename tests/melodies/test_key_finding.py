"""Notes → key: each mode by hand, and what must not change it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from midi_bytes import key_signature, midi_file, music, off, on, tempo, track

from melody_tutorial.config import ExtractionSettings
from melody_tutorial.melodies.extraction import extract_files, extract_sources
from melody_tutorial.melodies.key_finding import find_keys
from melody_tutorial.melodies.keys import MODES, NOT_CLEAR, Key
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.melodies.rules import score_to_primer
from melody_tutorial.sampling.primers import events_primer, midi_primer

PRIMERS = Path(__file__).parents[2] / "data" / "primers"
HOLD = -2
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
# Degrees of a scale, 0 the tonic: the same tunes in each mode.
TUNES = [[0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0, -1, 0, 6, 5, 4, 2, 1, 0], [4, 4, 5, 6, 4, 2, 0, -1, 0, 1, 2, 1, 0]]


def find_key(melody, **how):
    """The key of one melody, found alone."""
    return find_keys([melody], **how)[0]


def tune(degrees: list[int], scale: tuple[int, ...], tonic: int = 62) -> Melody:
    """A melody of eighths on the degrees of a scale, its last note held for a bar."""
    events = []
    for degree in degrees:
        octave, step = divmod(degree, 7)
        events += [tonic + 12 * octave + scale[step], HOLD]
    return Melody(np.array(events + [HOLD] * 14, np.int8))


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("degrees", TUNES)
def test_a_tune_in_each_mode_on_each_tonic(degrees, mode, tonic):
    assert find_key(tune(degrees, SCALES[mode], 60 + tonic)) == Key(tonic, mode)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize(("mode", "triad"), [("major", (0, 4, 7)), ("minor", (0, 3, 7))])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (0, 2, 1, 0), (1, 0, 2, 0)])
def test_a_typed_arpeggio(tonic, mode, triad, order):
    melody = Melody(np.array([60 + tonic + triad[note] for note in order], np.int8))
    assert find_key(melody) == find_key(melody, is_primer=True) == Key(tonic, mode)


PRIMER_KEYS = {
    "irish_washerwoman": "G major",
    "ode_to_joy": "D major",
    "twinkle": "C major",
    "augustin": "C major",
}


@pytest.mark.parametrize(("name", "key"), PRIMER_KEYS.items())
def test_the_primers_that_ship_know_their_keys(name, key):
    """They are primers: the jig stops on its way, on C."""
    assert str(midi_primer(PRIMERS / f"{name}.mid").melody.key) == key


def test_a_primer_that_rests_on_the_dominant_does_not_take_its_key():
    """A tune in C, half of it: as a whole it would be taken for one in G."""
    pitches = [67, 64, 60, 64, 67, 72, 71, 69, 67, 65, 64, 62, 67]
    half = Melody(np.array([event for pitch in pitches for event in (pitch, HOLD)] + 6 * [HOLD], np.int8))
    assert find_key(half).tonic == 7
    primer, _ = score_to_primer(melody_to_score(half))
    assert primer.key == find_key(half, is_primer=True) == Key(0, "major")


def test_a_typed_primer_has_no_key_of_its_own():
    assert events_primer([60, 64, 67]).melody.key is None


any_melody = st.lists(st.one_of(st.sampled_from([-2, -2, -1]), st.integers(48, 83)), min_size=1, max_size=60)


@given(any_melody, st.integers(-24, 24), st.booleans())
def test_transposing_moves_the_tonic_and_keeps_the_mode(events, semitones, is_primer):
    events = np.array(events, np.int8)
    moved = np.where(events >= 0, events + semitones, events).astype(np.int8)
    key, found = find_key(Melody(events), is_primer=is_primer), find_key(Melody(moved), is_primer=is_primer)
    if key is not None and key.mode == NOT_CLEAR:
        assert found.mode == NOT_CLEAR  # of two keys that fit alike, either may come first
    else:
        assert found == (key and key.moved(semitones))


@given(st.lists(any_melody, max_size=8))
def test_keys_found_together_are_those_found_one_by_one(melodies):
    melodies = [Melody(np.array(events, np.int8)) for events in melodies]
    assert find_keys(melodies) == [find_key(melody) for melody in melodies]


def test_a_melody_without_notes_has_no_key():
    silent = Melody(np.array([-2, -1, -2], np.int8))
    assert find_key(silent) is None and find_key(Melody(np.zeros(0, np.int8))) is None
    assert find_keys([]) == []
    assert find_keys([silent, tune(TUNES[0], SCALES["minor"]), silent]) == [None, Key(2, "minor"), None]


@pytest.mark.parametrize("events", [[60], [60, -2, 67, -2], [60, 67, 60, 60, 67]])
def test_what_is_less_than_a_triad_has_no_clear_mode(events):
    assert find_key(Melody(np.array(events, np.int8))) == Key(0, NOT_CLEAR)


def test_the_sixth_tells_dorian_from_minor_and_without_it_the_more_frequent_is_taken():
    """Without it the two have the same notes."""
    gapped = [degree for degree in TUNES[0] if degree % 7 != 5]
    assert find_key(tune(gapped, SCALES["minor"])) == find_key(tune(gapped, SCALES["dorian"]))
    assert find_key(tune(gapped, SCALES["minor"])) == Key(2, "minor")
    assert find_key(tune(TUNES[0], SCALES["dorian"])).mode == "dorian"


def test_long_notes_count_more_than_short_ones():
    """The same pitches: A minor where A and E are long, C major where C and G are."""
    pitches = [69, 71, 72, 74, 76, 77, 79, 77, 76, 74, 72, 71, 69, 72, 76, 79, 74]
    long_in = {"A minor": (69, 76), "C major": (72, 79)}
    for name, long in long_in.items():
        events = [event for p in pitches for event in [p] + [HOLD] * (11 if p in long else 1)]
        assert str(find_key(Melody(np.array(events, np.int8)), is_primer=True)) == name


def test_a_last_note_counts_where_the_melody_comes_to_rest():
    """The jig stops on C, on its way: C is the tonic only if it is held."""
    jig = midi_primer(PRIMERS / "irish_washerwoman.mid").melody
    held = replace(jig, events=np.append(jig.events, np.full(10, HOLD, np.int8)))
    assert jig.notes()[2][-1] % 12 == held.notes()[2][-1] % 12 == 0
    assert [str(find_key(melody)) for melody in (jig, held)] == ["G major", "C major"]


def file_of(melody: Melody, *conducting: tuple[int, bytes]) -> bytes:
    """A MIDI file of a melody, 24 ticks a step, with such events besides."""
    events = [(tick, 0, message) for tick, message in conducting]
    for onset, end, pitch in zip(*melody.notes(), strict=True):
        events += [(24 * int(onset), 2, on(int(pitch))), (24 * int(end), 1, off(int(pitch)))]
    return midi_file(track(*((tick, message) for tick, _, message in sorted(events))))


def extracted(data: bytes) -> list[Melody]:
    return extract_files([("tune.mid", data)])[0]


LONG = [*TUNES[0], *TUNES[0][1:], *TUNES[0][1:], *TUNES[0]]


@pytest.mark.parametrize("mode", MODES)
def test_extraction_finds_the_keys_of_its_melodies(mode):
    melody = tune(LONG, SCALES[mode])
    (found,) = extracted(file_of(melody))
    assert found.key == find_key(melody) == Key(2, mode)
    assert found.key.found == "notes"


@pytest.mark.parametrize(
    ("mode", "sharps", "called"),
    [("major", 2, 0), ("mixolydian", 1, 0), ("dorian", 0, 0), ("minor", -1, 0), ("minor", -1, 1)],
)
def test_a_signature_tells_the_modes_apart_where_the_notes_do_not(mode, sharps, called):
    """Neither sixth nor seventh sounds: major and mixolydian, minor and dorian have the same notes."""
    gapped = tune([degree for degree in LONG if degree % 7 < 5] * 2, SCALES[mode])
    (without,), (found,) = (
        extracted(file_of(gapped, *given)) for given in ([], [(0, key_signature(sharps, called))])
    )
    assert found.key == Key(2, mode) and found.key.found == "signature"
    assert without.key in (Key(2, "major"), Key(2, "minor")) and without.key.found == "notes"


def test_a_signature_of_the_relative_major_does_not_make_minor_major():
    """Most programs call every signature major."""
    (found,) = extracted(file_of(tune(LONG, SCALES["minor"]), (0, key_signature(-1, 0))))
    assert found.key == Key(2, "minor") and found.key.found == "signature"


def test_only_a_signature_that_holds_for_the_whole_melody_counts():
    melody = tune(LONG, SCALES["major"])
    middle = 24 * (len(melody.events) // 2)
    signatures = {
        "before it": [(0, key_signature(0, 0)), (0, key_signature(2, 0))],
        "on the way": [(0, key_signature(0, 0)), (middle, key_signature(2, 0))],
        "the same again": [(0, key_signature(2, 0)), (middle, key_signature(2, 0))],
        "after its start": [(middle, key_signature(2, 0))],
    }
    found = {name: extracted(file_of(melody, *given))[0].key for name, given in signatures.items()}
    assert set(found.values()) == {Key(2, "major")}
    assert {name: key.found for name, key in found.items()} == {
        "before it": "signature",
        "on the way": "notes",
        "the same again": "signature",
        "after its start": "notes",
    }


def test_each_melody_has_the_signature_of_its_place():
    """Two tunes in one file, a change of tempo and of key between them."""
    major, minor = tune(LONG, SCALES["major"]), tune(LONG, SCALES["minor"], 64)
    bars = -(-len(major.events) // 16)
    silence = np.full(16 * bars - len(major.events), HOLD, np.int8)
    both = Melody(np.concatenate([major.events, silence, minor.events]))
    place = 24 * 16 * bars
    changes = [(0, key_signature(2, 0)), (place, key_signature(1, 1)), (place, tempo(300_000))]
    first, second = extracted(file_of(both, *changes))
    assert (str(first.key), str(second.key)) == ("D major", "E minor")
    assert first.key.found == second.key.found == "signature"


@given(st.binary(max_size=4))
def test_a_broken_signature_breaks_nothing(body):
    message = b"\xff\x59" + bytes([len(body)]) + body
    (found,) = extracted(file_of(tune(LONG, SCALES["major"]), (0, message)))
    assert found.key.tonic in range(12)


@given(music())
def test_extraction_finds_the_key_that_the_melodys_own_events_have(data):
    """Notes that sound on under others, rests, chords: what counts is what became events."""
    every = ExtractionSettings(min_bars=1, min_unique_pitches=1, polyphony="highest")
    for melody in extract_files([("a.mid", data)], every)[0]:
        if melody.key.found == "notes" and len(melody.events) < every.max_steps:
            assert melody.key == find_key(melody)


def test_a_cut_melody_has_the_key_of_the_whole():
    """Its last note counts, though it lies beyond the 512th step."""
    long = tune([*[0, 1, 2, 3, 4, 5, 6, 7] * 32, *LONG], SCALES["major"])
    (found,) = extracted(file_of(long))
    assert len(found.events) == 512 < len(long.events)
    assert found.key == find_key(long)


def test_an_abc_tune_has_the_key_that_its_field_names(tmp_path):
    """The notes alone, and the signature, say D major; the field says what it is taken for."""
    music = "".join("DEFG ABcd|dcBA GFED|" for _ in range(4))
    for field, key, found in (("Bm", "B minor", "field"), ("D\nK:Bm", "D major", "signature")):
        (tmp_path / "tune.abc").write_text(f"X:1\nM:4/4\nL:1/8\nK:{field}\n{music}")
        (melody,), _ = extract_sources([tmp_path / "tune.abc"])
        assert (str(melody.key), melody.key.found) == (key, found)
