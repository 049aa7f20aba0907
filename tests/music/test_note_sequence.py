"""Scores become the NoteSequences that note_seq reads from the same files, and scores again."""

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from midi_bytes import midi_file, music, off, on, track

from melody_tutorial.music.midi import read_midi
from melody_tutorial.music.note_sequence import (
    RELATIVE,
    from_note_sequence,
    load_note_seq,
    read_note_sequence,
)
from melody_tutorial.music.score import Score, stack_scores
from melody_tutorial.music.tempos import find_tempos


def to_note_sequence(score: Score):
    """The score as a ``NoteSequence``: what note_seq's ``midi_to_note_sequence`` makes of the same notes."""
    load_note_seq()
    from note_seq.protobuf import music_pb2

    sequence = music_pb2.NoteSequence(ticks_per_quarter=int(score.ticks_per_quarter))
    tempos = find_tempos(stack_scores([score], [""]))

    def seconds(tick: np.ndarray) -> list[float]:
        at = np.searchsorted(tempos.tick, tick, side="right") - 1
        return (tempos.seconds[at] + tempos.seconds_per_tick[at] * (tick - tempos.tick[at])).tolist()

    for time, qpm in zip(tempos.seconds.tolist(), tempos.qpm.tolist(), strict=True):
        sequence.tempos.add(time=time, qpm=qpm)
    signatures = (seconds(score.signature_tick), score.signature_numerator, score.signature_denominator)
    for time, numerator, denominator in zip(*signatures, strict=True):
        sequence.time_signatures.add(time=time, numerator=int(numerator), denominator=int(denominator))
    keys = (seconds(score.key_tick), score.key_fifths.tolist(), score.key_minor.tolist())
    for time, fifths, minor in zip(*keys, strict=True):
        sequence.key_signatures.add(time=time, key=(7 * fifths - RELATIVE * minor) % 12, mode=int(minor))
    columns = (seconds(score.onset), seconds(score.end), score.pitch, score.velocity, score.instrument)
    for start, end, pitch, velocity, instrument in zip(*columns, strict=True):
        sequence.notes.add(
            start_time=start,
            end_time=end,
            pitch=int(pitch),
            velocity=int(velocity),
            instrument=int(instrument),
            program=int(score.program[instrument]),
            is_drum=bool(score.is_drum[instrument]),
        )
    sequence.total_time = max(seconds(score.end), default=0.0)
    return sequence


@settings(max_examples=50)
@given(music())
def test_note_sequences_are_those_of_note_seq(data):
    expected = read_note_sequence(data)
    sequence = to_note_sequence(read_midi(data))

    def rows(which):
        return sorted(
            (n.start_time, n.end_time, n.pitch, n.velocity, n.program, n.is_drum) for n in which.notes
        )

    assert rows(sequence) == rows(expected)
    assert [(t.time, t.qpm) for t in sequence.tempos] == [(t.time, t.qpm) for t in expected.tempos]
    assert sequence.total_time == expected.total_time
    keys, expected_keys = (
        [(key.time, key.key, key.mode) for key in which.key_signatures] for which in (sequence, expected)
    )
    assert keys == expected_keys
    again = from_note_sequence(sequence)
    score = read_midi(data)
    assert again.key_minor.tolist() == score.key_minor.tolist()
    assert (again.key_fifths % 12).tolist() == (score.key_fifths % 12).tolist()
    for name in ("onset", "end", "pitch", "velocity"):
        np.testing.assert_array_equal(getattr(again, name), getattr(score, name))
    assert again.signature_tick.tolist() == score.signature_tick.tolist()


def test_note_seq_loads_silently_and_leaves_the_limit_on_long_files():
    code = """
import sys
from melody_tutorial.music.note_sequence import read_note_sequence
assert len(read_note_sequence(bytes.fromhex(sys.argv[1])).notes) == 1
import pretty_midi.pretty_midi
print(pretty_midi.pretty_midi.MAX_TICK)
"""
    data = midi_file(track((0, on(60)), (96, off(60)))).hex()
    # With an empty PATH there is no ffmpeg, of which pydub would warn.
    done = subprocess.run(
        [sys.executable, "-c", code, data], capture_output=True, text=True, env={"PATH": ""}
    )
    assert (done.stdout, done.stderr) == ("10000000\n", "")
