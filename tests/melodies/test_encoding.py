"""Events ⇄ ids, and squash beside note_seq's own."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from melody_tutorial.errors import UserError
from melody_tutorial.melodies.encoding import (
    ALL_CLASSES,
    MAX_PITCH,
    MIN_PITCH,
    NUM_CLASSES,
    decode_events,
    encode_events,
    next_event_labels,
    squash,
    squash_all,
    to_common_tonic,
    transpose,
)

TWINKLE = [60, -2, 60, -2, 67, -2, 67, -2, 69]

any_melody = st.lists(st.one_of(st.sampled_from([-2, -1]), st.integers(0, 127)), min_size=1, max_size=40)
coded_melody = st.lists(st.one_of(st.sampled_from([-2, -1]), st.integers(48, 83)), max_size=40)


def test_twinkle_has_the_ids_of_2016():
    assert encode_events(TWINKLE).tolist() == [14, 0, 14, 0, 21, 0, 21, 0, 23]


def test_the_classes_are_those_of_note_seq():
    from note_seq.melody_encoder_decoder import MelodyOneHotEncoding

    theirs = MelodyOneHotEncoding(MIN_PITCH, MAX_PITCH)
    assert theirs.num_classes == NUM_CLASSES == 38
    for token in range(NUM_CLASSES):
        event = theirs.decode_event(token)
        assert decode_events([token]) == [event]
        assert encode_events([event]) == [token]


def test_with_every_pitch_the_classes_are_note_seqs_too():
    from note_seq.melody_encoder_decoder import MelodyOneHotEncoding

    theirs = MelodyOneHotEncoding(0, 128)
    assert theirs.num_classes == ALL_CLASSES == 130
    events = [theirs.decode_event(token) for token in range(ALL_CLASSES)]
    assert encode_events(events, ALL_CLASSES).tolist() == list(range(ALL_CLASSES))
    assert decode_events(np.arange(ALL_CLASSES), ALL_CLASSES).tolist() == events
    with pytest.raises(UserError, match=r"event 128 at step 0 .* 0 to 127$"):
        encode_events([128], ALL_CLASSES)
    with pytest.raises(UserError, match=r"token id 130 at step 0 .* 0 to 129"):
        decode_events([130], ALL_CLASSES)


@given(coded_melody)
def test_decoding_undoes_encoding(events):
    ids = encode_events(events)
    assert ids.dtype == np.uint8
    assert decode_events(ids).tolist() == events


@pytest.mark.parametrize("event", [-300, -3, 0, 47, 84, 127, 128, 254, 255, 256, 100_000])
def test_an_event_without_class_is_named(event):
    with pytest.raises(UserError, match=rf"event {event} at step 2 .* 48 to 83"):
        encode_events([60, -2, event, 62])


@pytest.mark.parametrize("token", [-1, 38, 255, 256])
def test_an_id_without_event_is_named(token):
    with pytest.raises(UserError, match=rf"token id {token} at step 1 .* 0 to 37"):
        decode_events([0, token])


def test_each_label_is_the_next_event():
    inputs, labels = next_event_labels(encode_events(TWINKLE))
    assert inputs.tolist() == [14, 0, 14, 0, 21, 0, 21, 0]
    assert labels.tolist() == [0, 14, 0, 21, 0, 21, 0, 23]


def test_squash_moves_a_melody_to_c_and_says_how_far():
    d_major = [62, -2, 66, 69, 73, 74, -1]
    events, semitones = squash(np.array(d_major))
    assert semitones == -2
    assert events.tolist() == [60, -2, 64, 67, 71, 72, -1]
    assert transpose(events, -semitones).tolist() == d_major


@given(any_melody, st.integers(0, 11))
@example([0, 127], 0)
@example([-2, -1, -2], 0)
def test_squash_is_that_of_note_seq(events, key):
    from note_seq.melodies_lib import Melody

    theirs = Melody(events)
    cleaned = np.array(list(theirs), dtype=np.int8)  # note_seq drops note-offs before the first note
    semitones = theirs.squash(MIN_PITCH, MAX_PITCH, key)
    ours, ours_semitones = squash(cleaned, key)
    assert ours.tolist() == list(theirs)
    assert ours_semitones == semitones


@given(st.lists(any_melody, max_size=6))
def test_squashing_all_is_squashing_each(melodies):
    together, semitones = squash_all([np.array(events, dtype=np.int8) for events in melodies])
    apart = [squash(np.array(events, dtype=np.int8)) for events in melodies]
    assert [events.tolist() for events in together] == [events.tolist() for events, _ in apart]
    assert semitones.tolist() == [shift for _, shift in apart]


@given(any_melody, st.integers(-140, 140), st.integers(0, 60), st.integers(72, 128))
def test_transpose_is_that_of_note_seq(events, semitones, low, high):
    from note_seq.melodies_lib import Melody

    theirs = Melody(events)
    cleaned = np.array(list(theirs))
    theirs.transpose(semitones, low, high)
    assert transpose(cleaned, semitones, low, high).tolist() == list(theirs)


def test_squash_leaves_a_jig_in_g_where_it_is_and_a_common_tonic_moves_it_to_c():
    """The opening of the Irish Washerwoman, which has no F: all its notes are white already."""
    jig = np.array([74, 72, 71, 67, 67, 62, 67, 67, 71, 67, 71, 74, 72, 71, 72, 69, 69, 64, 69, 69])
    assert squash(jig)[1] % 12 == 0
    (moved,), semitones = to_common_tonic([jig], [7])
    assert semitones[0] % 12 == 5
    assert moved.tolist() == (jig + semitones[0]).tolist()


@given(st.lists(st.tuples(any_melody, st.integers(0, 11)), max_size=6))
def test_a_common_tonic_moves_each_melody_by_its_own_interval(drawn):
    melodies = [np.array(events, dtype=np.int8) for events, _ in drawn]
    moved, semitones = to_common_tonic(melodies, [tonic for _, tonic in drawn])
    for before, after, by, (_, tonic) in zip(melodies, moved, semitones, drawn, strict=True):
        assert ((after >= MIN_PITCH) & (after < MAX_PITCH) | (before < 0)).all()
        notes = before >= 0
        assert ((after[notes] - before[notes].astype(int) - by) % 12 == 0).all()
        assert (tonic + by) % 12 == 0 or not notes.any()
