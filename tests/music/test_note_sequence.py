"""Scores become the NoteSequences that note_seq reads from the same files, and scores again."""

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from midi_bytes import midi_file, music, off, on, track

from melody_tutorial.music.midi import read_midi
from melody_tutorial.music.note_sequence import from_note_sequence, read_note_sequence, to_note_sequence


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
