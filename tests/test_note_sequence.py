"""Scores become the NoteSequences that note_seq reads from the same files, and scores again."""

import numpy as np
from hypothesis import given, settings
from midi_bytes import music

from melody_tutorial.midi import read_midi
from melody_tutorial.note_sequence import from_note_sequence, to_note_sequence


@settings(max_examples=50)
@given(music())
def test_note_sequences_are_those_of_note_seq(data):
    from note_seq import midi_io

    expected = midi_io.midi_to_note_sequence(data)
    sequence = to_note_sequence(read_midi(data))

    def rows(which):
        return sorted(
            (n.start_time, n.end_time, n.pitch, n.velocity, n.program, n.is_drum) for n in which.notes
        )

    assert rows(sequence) == rows(expected)
    assert [(t.time, t.qpm) for t in sequence.tempos] == [(t.time, t.qpm) for t in expected.tempos]
    assert sequence.total_time == expected.total_time
    again = from_note_sequence(sequence)
    score = read_midi(data)
    for name in ("onset", "end", "pitch", "velocity"):
        np.testing.assert_array_equal(getattr(again, name), getattr(score, name))
    assert again.signature_tick.tolist() == score.signature_tick.tolist()
