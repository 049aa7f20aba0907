"""Extraction follows the reference: note_seq's own functions, and Magenta's pipeline on 3,089 files."""

import gzip
import json
import os
import zipfile
from pathlib import Path

import mido
import numpy as np
import pretty_midi
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st
from midi_bytes import midi_file, music, off, on, signature, tempo, track

from melody_tutorial.config import ExtractionSettings
from melody_tutorial.melodies.keys import NOT_CLEAR, Key
from melody_tutorial.melodies.melody import Melody, melody_to_score, save_midi
from melody_tutorial.melodies.quantize import find_notes, quantize_notes, split_scores
from melody_tutorial.melodies.rules import extract_from_table, extract_melodies, score_to_primer
from melody_tutorial.music.midi import read_midi, read_scores, write_midi
from melody_tutorial.music.score import stack_scores

SHARED = Path(os.environ.get("MELODY_TUTORIAL_SHARED") or Path(__file__).parents[3] / "shared") / "data"
SIXTEENTH = 24  # ticks, at 96 in a quarter
BAR = 16 * SIXTEENTH


def line(*rows: tuple[int, int, int], channel: int = 0, extra: tuple = ()) -> bytes:
    """A track of notes, given as onset and length in sixteenths, and pitch."""
    events = [*extra]
    for onset, length, pitch in rows:
        events.append((onset * SIXTEENTH, on(pitch, channel=channel)))
        events.append(((onset + length) * SIXTEENTH, off(pitch, channel=channel)))
    # Whatever is no note-on comes first within a tick.
    return track(*sorted(events, key=lambda event: (event[0], event[1][0] & 0xF0 == 0x90)))


def scale(bars: int, first: int = 60, start: int = 0) -> list[tuple[int, int, int]]:
    """Quarter notes up and down a scale."""
    return [(start + 4 * k, 4, first + (0, 2, 4, 5, 7, 9, 11, 12)[k % 8]) for k in range(4 * bars)]


def extract(data: bytes, **options):
    return extract_melodies([read_midi(data)], ["tune.mid"], ExtractionSettings(**options))


@pytest.mark.parametrize("polyphony", ["discard", "highest"])
def test_identical_to_the_reference_on_all_nottingham_files(polyphony):
    archive = SHARED / "nottingham_midi.zip"
    if not archive.is_file():
        pytest.skip("the Nottingham files are not here")
    with gzip.open(SHARED / f"nottingham_reference_melodies_{polyphony}.jsonl.gz", "rt") as lines:
        expected = {record["file"]: record.get("melodies", []) for record in map(json.loads, lines)}
    with zipfile.ZipFile(archive) as members:
        files = [(name, members.read(f"MIDI/{name}")) for name in expected]
    table, rejects = read_scores(files)
    melodies, _ = extract_from_table(table, ExtractionSettings(polyphony=polyphony))
    found = {name: [] for name in expected}
    for melody in melodies:
        found[melody.source].append(melody.events.tolist())
    assert len(found) == 3089
    assert not rejects
    assert [name for name in expected if found[name] != expected[name]] == []


def reference_melodies(data: bytes, rules: ExtractionSettings) -> list[tuple]:
    """What note_seq's functions make of a MIDI file, called in the order of Magenta's pipeline."""
    from note_seq import midi_io, sequences_lib

    found = []
    sequence = midi_io.midi_to_note_sequence(data)
    for piece in sequences_lib.split_note_sequence_on_time_changes(sequence):
        try:
            quantized = sequences_lib.quantize_note_sequence(piece, rules.steps_per_quarter)
        except sequences_lib.BadTimeSignatureError:
            continue
        for instrument in sorted({note.instrument for note in quantized.notes}):
            found += reference_track(quantized, instrument, rules)
    return found


def reference_track(quantized, instrument: int, rules: ExtractionSettings) -> list[tuple]:
    """The melodies of one instrument: search from the bar after each melody's end until nothing is found."""
    from note_seq import events_lib, melodies_lib

    found, search_start = [], 0
    while True:
        melody = melodies_lib.Melody()
        try:
            melody.from_quantized_sequence(
                quantized,
                search_start_step=search_start,
                instrument=instrument,
                gap_bars=rules.gap_bars,
                ignore_polyphonic_notes=rules.polyphony == "highest",
            )
        except (melodies_lib.PolyphonicMelodyError, events_lib.NonIntegerStepsPerBarError):
            return found
        if not len(melody):
            return found
        search_start = melody.end_step + -melody.end_step % melody.steps_per_bar
        if len(melody) < melody.steps_per_bar * rules.min_bars:
            continue
        if len(melody) > rules.max_steps:
            melody.set_length(rules.max_steps)
        if np.count_nonzero(melody.get_note_histogram()) >= rules.min_unique_pitches:
            found.append((list(melody), melody.start_step, melody.steps_per_bar, quantized.tempos[0].qpm))


RULES = st.builds(
    ExtractionSettings,
    steps_per_quarter=st.sampled_from([4, 4, 2, 3]),
    min_bars=st.sampled_from([1, 1, 1, 2, 3]),
    max_steps=st.sampled_from([512, 40]),
    min_unique_pitches=st.sampled_from([1, 1, 2, 3, 5]),
    gap_bars=st.sampled_from([1.0, 1.0, 1.0, 0.25, 0.5, 2.0]),
    polyphony=st.sampled_from(["discard", "highest"]),
)


def plain(melodies: list[Melody]) -> list[tuple]:
    return [(m.events.tolist(), m.start_step, m.steps_per_bar, m.qpm) for m in melodies]


@settings(max_examples=300)
@given(music(), RULES)
def test_any_score_gives_the_melodies_of_note_seq(data, rules):
    melodies, _ = extract_melodies([read_midi(data)], ["a.mid"], rules)
    assert plain(melodies) == reference_melodies(data, rules)


@settings(max_examples=20)
@given(st.lists(music(), min_size=2, max_size=6), RULES)
def test_many_scores_at_once_give_what_each_gives_alone(files, rules):
    scores = [read_midi(data) for data in files]
    names = [f"{number}.mid" for number in range(len(files))]
    melodies, funnel = extract_melodies(scores, names, rules)
    alone = [extract_melodies([score], [name], rules) for score, name in zip(scores, names, strict=True)]
    assert plain(melodies) == plain([melody for found, _ in alone for melody in found])
    assert [m.source for m in melodies] == [m.source for found, _ in alone for m in found]
    for stage, count in funnel.stages.items():
        assert count == sum(part.stages[stage] for _, part in alone)
    for reason, count in funnel.rejects.items():
        assert count == sum(part.rejects[reason] for _, part in alone)


def test_notes_go_to_the_nearest_step():
    """Half a step goes up; a note lasts at least one step."""
    rows = [(0, 11, 60), (12, 35, 62), (37, 90, 64)]
    events = [
        (tick, message)
        for start, end, pitch in rows
        for tick, message in ((start, on(pitch)), (end, off(pitch)))
    ]
    table = stack_scores([read_midi(midi_file(track(*events)))], [""])
    pieces = split_scores(table)
    notes = quantize_notes(find_notes(table, pieces), pieces, steps_per_quarter=4)
    assert list(zip(notes.onset.tolist(), notes.end.tolist(), strict=True)) == [(0, 1), (1, 2), (2, 4)]


def test_a_score_is_split_where_tempo_or_time_signature_changes():
    change = ((2 * BAR, signature(3, 2)), (4 * BAR, tempo(400_000)), (4 * BAR, signature(3, 2)))
    table = stack_scores([read_midi(midi_file(line(*scale(8), extra=change)))], [""])
    pieces = split_scores(table)
    assert pieces.start.tolist() == [0, 2 * BAR, 4 * BAR]
    assert pieces.end.tolist() == [2 * BAR, 4 * BAR, 8 * BAR]
    assert pieces.numerator.tolist() == [4, 3, 3]
    assert pieces.qpm.tolist() == pytest.approx([120, 120, 150])


def test_a_melody_starts_at_the_bar_of_its_first_note():
    melodies, _ = extract(midi_file(line(*scale(8, start=2 * 16 + 8))))
    assert melodies[0].start_step == 32
    assert melodies[0].events[:13].tolist() == [-2] * 8 + [60, -2, -2, -2, 62]


def test_a_silent_bar_ends_a_melody_and_less_does_not():
    one_bar = midi_file(line(*scale(7), *scale(7, start=8 * 16)))
    assert [(len(m.events), m.start_step) for m in extract(one_bar)[0]] == [(112, 0), (112, 128)]
    less = midi_file(line(*scale(7), *scale(7, start=8 * 16 - 1)))
    assert [len(m.events) for m in extract(less)[0]] == [239]
    assert extract(less)[0][0].events[112] == -1


REJECTS = {
    "drums": (line(*scale(8), channel=9), {}, "no_notes", "drums only"),
    "nothing": (track(), {}, "no_notes", "no notes"),
    "a bar of 9/32": (
        line(*scale(8), extra=((0, signature(9, 5)),)),
        {},
        "time_signature",
        "9/32: bar of 4.5 steps",
    ),
    "a bar of nothing": (
        line(*scale(8), extra=((0, signature(0, 2)),)),
        {},
        "time_signature",
        "0/4: no time signature",
    ),
    "two voices": (line(*scale(8), (20, 4, 80)), {}, "polyphonic", "bar 2"),
    "five bars": (line(*scale(5)), {}, "too_short", "5 bars"),
    "three pitches": (line(*((4 * k, 4, 60 + k % 3) for k in range(32))), {}, "few_pitches", "3 pitches"),
    "an octave is no new pitch": (
        line(*((4 * k, 4, 36 + 12 * (k % 5)) for k in range(32))),
        {},
        "few_pitches",
        "1 pitch",
    ),
}


@pytest.mark.parametrize(("chunk", "options", "reason", "found"), REJECTS.values(), ids=REJECTS.keys())
def test_each_reject_has_its_reason(chunk, options, reason, found):
    melodies, funnel = extract(midi_file(chunk), **options)
    assert melodies == []
    assert dict(funnel.rejects) == {reason: 1}
    assert [(r.file, r.found) for r in funnel.examples[reason]] == [("tune.mid", found)]
    assert funnel.stages["melodies"] == 0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a bar of 9/32", {"steps_per_quarter": 8}),
        ("two voices", {"polyphony": "highest"}),
        ("five bars", {"min_bars": 5}),
        ("three pitches", {"min_unique_pitches": 3}),
    ],
)
def test_the_advice_helps(name, options):
    """What the funnel advises for a reject makes a melody of it."""
    assert len(extract(midi_file(REJECTS[name][0]), **options)[0]) == 1


def test_polyphony_rejects_a_track_from_there():
    """The melody before a silent bar is kept, the one with the chord and all after it go: one reject."""
    parts = (*scale(7), *scale(7, start=8 * 16), (8 * 16 + 4, 4, 80), *scale(7, start=16 * 16))
    melodies, funnel = extract(midi_file(line(*parts)))
    assert [m.start_step for m in melodies] == [0]
    assert dict(funnel.rejects) == {"polyphonic": 1}


def test_the_funnel_counts_pieces_tracks_and_melodies():
    data = midi_file(
        line(*scale(16), extra=((8 * BAR, tempo(400_000)),)), line(*scale(16)), line(*scale(16), channel=9)
    )
    _, funnel = extract(data)
    assert dict(funnel.stages) == {"pieces": 2, "tracks": 4, "melodies": 4}


def test_a_long_melody_is_cut_and_the_funnel_tells_how_much_is_gone():
    melodies, funnel = extract(midi_file(line(*scale(40)), line(*scale(33)), line(*scale(32))))
    assert [len(m.events) for m in melodies] == [512, 512, 512]
    assert funnel.changes == {"cut": {"melodies": 2, "steps": (8 + 1) * 16}}
    assert extract(midi_file(line(*scale(40))), max_steps=640)[1].changes == {}


def test_notes_below_the_highest_are_counted_as_left_out():
    """Two of three notes that start together, and one that quantising brings to the same step."""
    chord = ((4 * 16, 4, 79), (4 * 16, 4, 81), (4 * 16 + 4, 4, 60))
    _, funnel = extract(midi_file(line(*scale(8), *chord)), polyphony="highest")
    assert funnel.changes == {"lower": {"melodies": 1, "notes": 3}}
    assert extract(midi_file(line(*scale(8))), polyphony="highest")[1].changes == {}


def moved(ticks: int, note: int, bars: int = 8) -> bytes:
    """Quarter notes up and down a scale, one of which comes late."""
    rows = [(onset * SIXTEENTH, 72, pitch) for onset, _, pitch in scale(bars)]
    rows[note] = (rows[note][0] + ticks, *rows[note][1:])
    events = [
        (tick, message)
        for onset, length, pitch in rows
        for tick, message in ((onset, on(pitch)), (onset + length, off(pitch)))
    ]
    return midi_file(track(*events))


@pytest.mark.parametrize("ticks", [-11, -3, 0, 1, 2, 3, 8, 12, 16])
def test_a_note_more_than_a_tenth_of_a_step_off_the_grid_is_counted_as_bent(ticks):
    """A step has 24 ticks here. The ends lie off the grid too, with silence behind: they don't count."""
    melodies, funnel = extract(moved(ticks, note=5))
    assert len(melodies) == 1
    assert funnel.changes == ({"bent": {"melodies": 1, "notes": 1}} if abs(ticks) > 2.4 else {})
    melodies, funnel = extract(moved(ticks, note=5), off_grid="discard")
    assert (len(melodies), dict(funnel.rejects)) == ((0, {"off_grid": 1}) if abs(ticks) > 2.4 else (1, {}))
    assert funnel.changes == {}


def test_only_notes_before_the_cut_are_bent():
    """The 133rd quarter note begins at step 528 of 640."""
    _, funnel = extract(moved(8, note=132, bars=40))
    assert set(funnel.changes) == {"cut"}
    _, funnel = extract(moved(8, note=132, bars=40), max_steps=640)
    assert set(funnel.changes) == {"bent"}
    assert len(extract(moved(8, note=132, bars=40), off_grid="discard")[0]) == 1


def test_only_the_melody_with_notes_off_the_grid_is_discarded():
    """Two melodies of one track, a silent bar between them; a note of the second comes late."""
    late = (17 * 16 * SIXTEENTH + 8, on(80)), (17 * 16 * SIXTEENTH + 80, off(80))
    rows = (*scale(8), *scale(8, start=9 * 16))
    melodies, funnel = extract(midi_file(line(*rows, extra=late)), off_grid="discard")
    assert [m.start_step for m in melodies] == [0]
    assert [r.found for r in funnel.examples["off_grid"]] == ["1 note"]


def test_no_scores_no_melodies():
    melodies, funnel = extract_melodies([], [])
    assert melodies == []
    assert dict(funnel.stages) == {"pieces": 0, "tracks": 0, "melodies": 0}


EVENTS = st.lists(st.one_of(st.just(-2), st.just(-1), st.integers(0, 127)), min_size=1, max_size=80)


@given(EVENTS, st.sampled_from([1, 2, 3, 4, 8, 12]), st.integers(2, 6))
def test_a_melody_becomes_a_score_and_a_primer_again(events, steps_per_quarter, quarters_per_bar):
    steps_per_bar = quarters_per_bar * steps_per_quarter
    melody = Melody(np.array(events, np.int8), steps_per_quarter, steps_per_bar, 100.0)
    score = melody_to_score(melody)
    rules = ExtractionSettings(steps_per_quarter=steps_per_quarter)
    primer, was_polyphonic = score_to_primer(score, rules)
    onsets, ends, pitches = melody.notes()
    if not len(onsets):
        assert len(primer.events) == 0
        return
    again = [column.tolist() for column in primer.notes()]
    assert again[0] == (onsets - primer.start_step).tolist()
    assert again[1:] == [(ends - primer.start_step).tolist(), pitches.tolist()]
    assert primer.steps_per_bar == steps_per_bar
    assert primer.qpm == pytest.approx(100)
    assert not was_polyphonic


def test_a_primer_of_several_instruments_keeps_the_highest():
    data = midi_file(line((0, 8, 48), (8, 8, 50)), line((0, 4, 60), (4, 4, 62)), line((0, 4, 90), channel=9))
    melody, was_polyphonic = score_to_primer(read_midi(data))
    assert melody.events.tolist() == [60, -2, -2, -2, 62, -2, -2, -2, 50] + [-2] * 7
    assert was_polyphonic


@pytest.mark.parametrize(
    ("key", "fifths", "name"),
    [
        (Key(2, "major"), 2, "D"),
        (Key(4, "minor"), 1, "Em"),
        (Key(2, "dorian"), 0, "C"),  # the signature that D dorian has; MIDI knows no word for its mode
        (Key(9, "mixolydian"), 2, "D"),
        (Key(10, "major"), -2, "Bb"),
    ],
)
def test_other_programs_read_signatures_and_title_of_a_midi_file(key, fifths, name, tmp_path):
    jig = Melody(np.array([62, -2, 64, -2, 66, -2] * 2, np.int8), 4, 12, 174.0, key=key, metre=(6, 8))
    path = save_midi(jig, tmp_path / "jig.mid", "The Größe Jig")
    messages = [message for part in mido.MidiFile(path, charset="utf-8").tracks for message in part]
    told = {message.type: message for message in messages if message.is_meta}
    assert told["key_signature"].key == name
    assert (told["time_signature"].numerator, told["time_signature"].denominator) == (6, 8)
    assert told["track_name"].name == "The Größe Jig"
    score = symusic.Score(path)
    assert [(each.key, each.tonality) for each in score.key_signatures] == [(fifths, key.mode == "minor")]
    assert [track.name for track in score.tracks] == ["The Größe Jig"]
    read = pretty_midi.PrettyMIDI(str(path))
    (signature,) = read.time_signature_changes
    assert (signature.numerator, signature.denominator) == (6, 8)
    assert len(read.key_signature_changes) == 1
    assert [note.pitch for note in read.instruments[0].notes] == jig.notes()[2].tolist()


@pytest.mark.parametrize("key", [None, Key(2, NOT_CLEAR)])
def test_a_midi_file_has_no_key_signature_that_nobody_knows(key):
    assert len(read_midi(write_midi(melody_to_score(Melody(np.array([62], np.int8), key=key)))).key_tick) == 0
