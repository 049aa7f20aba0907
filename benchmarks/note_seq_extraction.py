"""Magenta's extraction by note_seq's own functions: the peer, and the reference for its results.

The functions are called in the order of Magenta's ``melody_pipelines`` and ``basic_rnn`` pipeline, with its
defaults: ``sequences_lib`` splits and quantises, ``melodies_lib`` extracts, squashes and encodes.
"""

import numpy as np

from melody_tutorial.config import ExtractionSettings
from melody_tutorial.melodies import MAX_PITCH, MIN_PITCH

RULES = ExtractionSettings()


def token_ids(data: bytes) -> list[list[int]]:
    """Token ids of the melodies of one MIDI file, as note_seq makes them."""
    from note_seq import melody_encoder_decoder, midi_io, sequences_lib

    encoding = melody_encoder_decoder.MelodyOneHotEncoding(MIN_PITCH, MAX_PITCH)
    found = []
    for piece in sequences_lib.split_note_sequence_on_time_changes(midi_io.midi_to_note_sequence(data)):
        try:
            quantized = sequences_lib.quantize_note_sequence(piece, RULES.steps_per_quarter)
        except sequences_lib.BadTimeSignatureError:
            continue
        for instrument in sorted({note.instrument for note in quantized.notes}):
            for melody in track_melodies(quantized, instrument):
                melody.squash(MIN_PITCH, MAX_PITCH, 0)
                found.append([encoding.encode_event(event) for event in melody])
    return found


def track_melodies(quantized, instrument: int) -> list:
    """The melodies of one instrument: the search goes on from the bar after each until nothing is found."""
    from note_seq import events_lib, melodies_lib

    found, start = [], 0
    while True:
        melody = melodies_lib.Melody()
        try:
            melody.from_quantized_sequence(
                quantized, search_start_step=start, instrument=instrument, gap_bars=RULES.gap_bars
            )
        except (melodies_lib.PolyphonicMelodyError, events_lib.NonIntegerStepsPerBarError):
            return found
        if not len(melody):
            return found
        start = melody.end_step + -melody.end_step % melody.steps_per_bar
        if len(melody) < melody.steps_per_bar * RULES.min_bars:
            continue
        if len(melody) > RULES.max_steps:
            melody.set_length(RULES.max_steps)
        if np.count_nonzero(melody.get_note_histogram()) >= RULES.min_unique_pitches:
            found.append(melody)
