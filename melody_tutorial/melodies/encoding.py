"""Melody events ⇄ token ids: the 38 classes of the 2016 model, and the transposition that fits them.

With all pitches there are 130 classes, and nothing has to be transposed.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from melody_tutorial.errors import UserError
from melody_tutorial.melodies.phrases import NO_EVENT

MIN_PITCH = 48  # lowest pitch that has a class: C below middle C
MAX_PITCH = 84  # first pitch above the classes
NUM_SPECIAL_EVENTS = 2  # no-event, note-off
NUM_CLASSES = NUM_SPECIAL_EVENTS + MAX_PITCH - MIN_PITCH  # 38
ALL_CLASSES = NUM_SPECIAL_EVENTS + 128  # 130: with every pitch
PITCHES = {NUM_CLASSES: (MIN_PITCH, MAX_PITCH), ALL_CLASSES: (0, 128)}  # classes → first pitch, first above
MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)

# IN_KEY[pitch class, key]: whether that major key has that pitch class.
IN_KEY = np.isin((np.arange(12)[:, None] - np.arange(12)) % 12, MAJOR_SCALE)


def encode_events(events: Sequence[int] | np.ndarray, classes: int = NUM_CLASSES) -> np.ndarray:
    """Token ids of melody events: 0 no-event, 1 note-off, 2 … 37 note-on of pitch 48 … 83.

    The numbers are those of Magenta's ``MelodyOneHotEncoding(48, 84)``; with 130 classes, 2 … 129 are the
    pitches 0 … 127, as in ``MelodyOneHotEncoding(0, 128)``.

    Args:
        events: integers, −2 no-event, −1 note-off, 48 … 83 (or 0 … 127) note-on; any shape.
        classes: 38 or 130.

    Returns:
        uint8 ids of the same shape.

    Raises:
        UserError: an event has no class; the message names it and its step.
    """
    events = np.asarray(events, dtype=np.int64)
    low, high = PITCHES[classes]
    is_note = events >= 0
    outside = (events < NO_EVENT) | (events >= high) | (is_note & (events < low))
    if outside.any():
        step = int(np.flatnonzero(outside)[0])
        raise UserError(
            f"event {events.flat[step]} at step {step} has no class: allowed are −2 (no-event), −1 "
            f"(note-off) and the pitches {low} to {high - 1}" + ("; squash the melody first" if low else "")
        )
    return (events + NUM_SPECIAL_EVENTS - low * is_note).astype(np.uint8)


def decode_events(ids: Sequence[int] | np.ndarray, classes: int = NUM_CLASSES) -> np.ndarray:
    """Melody events of token ids, as int8: the inverse of ``encode_events``.

    Raises:
        UserError: an id is none of 0 … 37, or, with 130 classes, of 0 … 129; the message names it and its
            step.
    """
    ids = np.asarray(ids, dtype=np.int64)
    outside = (ids < 0) | (ids >= classes)
    if outside.any():
        step = int(np.flatnonzero(outside)[0])
        raise UserError(
            f"token id {ids.flat[step]} at step {step} stands for nothing: allowed are 0 to {classes - 1}"
        )
    low, _ = PITCHES[classes]
    return (ids - NUM_SPECIAL_EVENTS + low * (ids >= NUM_SPECIAL_EVENTS)).astype(np.int8)


def next_event_labels(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels of next-event prediction: the label of each event is the event after it.

    The music is its own teacher: shapes (steps,) → (steps − 1,) and (steps − 1,).
    """
    return ids[:-1], ids[1:]


def transpose(events: np.ndarray, semitones, low: int = 0, high: int = 128) -> np.ndarray:
    """Move note-ons by ``semitones``, then by octaves where they leave ``low`` … ``high`` − 1.

    As ``transpose`` of note_seq's ``Melody``: a pitch below the range lands in its lowest octave, one
    above it in its highest. ``semitones`` is a number, or an array of one number for each event.

    Returns:
        int8 events of the same shape; no-events and note-offs stay.
    """
    moved = np.asarray(events, dtype=np.int16) + np.asarray(semitones, dtype=np.int16)
    moved = np.where(moved < low, low + (moved - low) % 12, moved)
    moved = np.where(moved >= high, high - 12 + (moved - high) % 12, moved)
    return np.where(np.asarray(events) < 0, events, moved).astype(np.int8)


def squash(events: np.ndarray, transpose_to_key: int = 0) -> tuple[np.ndarray, int]:
    """Transpose a melody to where most notes are white piano keys, and fold it into the pitches 48 … 83.

    As ``squash(48, 84, transpose_to_key)`` of note_seq's ``Melody``: of the twelve major scales, the one that
    has most of the melody's notes (the lowest of equals) becomes that of C, and whole octaves bring the
    middle of the melody's range nearest to the middle of the allowed range; single notes that still stick out
    are folded back. That scale need not be the melody's key: one in A minor has it too, and so may one in G
    without F sharp. ``key_finding`` finds keys.

    Args:
        events: melody events −2 … 127, shape (steps,).
        transpose_to_key: where the scale begins: pitch class 0 (C, the white piano keys) … 11 (B).

    Returns:
        The int8 events and the semitones they were moved by; transpose by minus that to go back.
    """
    (squashed,), semitones = squash_all([events], transpose_to_key)
    return squashed, int(semitones[0])


def squash_all(
    melodies: Sequence[np.ndarray], transpose_to_key: int = 0
) -> tuple[list[np.ndarray], np.ndarray]:
    """``squash`` for many melodies in one pass: the melodies, and the semitones of each, (melodies,)."""
    return _move_all(melodies, transpose_to_key)


def to_common_tonic(
    melodies: Sequence[np.ndarray], tonics: Sequence[int]
) -> tuple[list[np.ndarray], np.ndarray]:
    """As ``squash_all``, but each melody's own tonic, given as its pitch class, becomes C."""
    return _move_all(melodies, 0, np.array(tonics))


def _move_all(
    melodies: Sequence[np.ndarray], transpose_to: int, tonics: np.ndarray | None = None
) -> tuple[list[np.ndarray], np.ndarray]:
    """Move tonics, or else the scales that have most notes, to ``transpose_to``, and fold into the range."""
    if not melodies:
        return [], np.zeros(0, dtype=np.int64)
    lengths = np.array([len(events) for events in melodies])
    codes = np.concatenate(melodies, dtype=np.int8, casting="unsafe").view(np.uint8)
    counts = _pitch_counts(codes, lengths)
    tonics = _fullest_scale(counts) if tonics is None else tonics
    semitones = _shift(counts, transpose_to - tonics)
    row = (semitones % 256).astype(np.int32)
    squashed = _folded_events().take(np.repeat(256 * row, lengths) + codes)
    ends = np.cumsum(lengths)
    return [squashed[end - length : end] for end, length in zip(ends, lengths, strict=True)], semitones


@cache
def _folded_events() -> np.ndarray:
    """Each event as uint8, moved by each number of semitones, −128 to −1 at the end: int8, (256, 256)."""
    semitones = np.arange(256).astype(np.int8)
    return transpose(np.arange(256).astype(np.int8), semitones[:, None], MIN_PITCH, MAX_PITCH)


def _pitch_counts(codes: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Notes of each pitch in each melody, shape (melodies, 11 octaves, 12 pitch classes)."""
    index = np.repeat(256 * np.arange(len(lengths), dtype=np.int32), lengths) + codes
    counts = np.bincount(index, minlength=256 * len(lengths)).reshape(-1, 256)
    return counts[:, :132].reshape(-1, 11, 12)


def _fullest_scale(counts: np.ndarray) -> np.ndarray:
    """Where the major scale begins that has most notes of each melody; the lowest of equals."""
    return (counts.sum(axis=1) @ IN_KEY).argmax(axis=1)


def _shift(counts: np.ndarray, key_shift: np.ndarray) -> np.ndarray:
    """Semitones that move each melody as far, and by octaves nearest to the middle of the range."""
    sounding = counts.reshape(len(counts), -1) > 0
    lowest, highest = sounding.argmax(axis=1), 131 - sounding[:, ::-1].argmax(axis=1)
    off_centre = (MIN_PITCH + MAX_PITCH - 1) / 2 - (lowest + highest) / 2 - key_shift
    shift = key_shift + 12 * np.rint(off_centre / 12).astype(np.int64)
    return np.where(sounding.any(axis=1), shift, 0)
