"""Notes → key: how well each key fits the lengths of the notes, the first, the last, and the key signature.

A key has a profile: how much of a piece falls on each degree above its tonic. The score of a key is the mean
log-probability of a melody's steps under its profile, with a bonus where the first note of the first whole
bar belongs to its triad, and one where the melody comes to rest on its tonic. Where there is a key signature,
only the keys that have it are looked at.

The profiles are those of J. Albrecht and D. Shanahan (The use of large corpora to train a new type of
key-finding algorithm, Music Perception 31:1, 2013), and what the modes change in them: dorian is minor with
the sixths exchanged, mixolydian major with the sevenths exchanged.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from melody_tutorial.melodies.keys import MODES, NOT_CLEAR, Key
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.melodies.phrases import Line, Phrases, note_rows
from melody_tutorial.melodies.quantize import Pieces
from melody_tutorial.music import ScoreTable, place

MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
DORIAN = (*MINOR[:8], MINOR[9], MINOR[8], *MINOR[10:])
MIXOLYDIAN = (*MAJOR[:10], MAJOR[11], MAJOR[10])

# Set on half of the families of the tune books, as they were then (benchmarks/keys.py). Nats a step.
FIRST_NOTE = 0.08  # for keys in whose triad the first note of the first whole bar is
LAST_NOTE = 0.15  # for keys whose tonic is the last note, if that is longer than the mean
RARE = 0.03  # against dorian and mixolydian
STATED = 0.15  # for the mode that a signature is called by
CLEAR = 0.01  # by how much the best key must lead, or its mode is not clear
LEAST_PITCHES = 3  # pitch classes below which no mode is clear

PITCH_CLASS = (np.arange(128) % 12).astype(np.int32)  # of each pitch
NO_SIGNATURE = 30  # in place of 2 · (7 + sharps) + minor


def _in_all_keys(profiles: np.ndarray) -> np.ndarray:
    """Figures of each degree, (4 modes, 12), as those of each pitch class: (12, 12 tonics · 4 modes)."""
    degree = (np.arange(12)[:, None] - np.arange(12)) % 12  # pitch class, tonic
    return profiles.T[degree].reshape(12, -1)


def _score_of_signatures() -> np.ndarray:
    """What a signature adds to the score of each key, (31, 48): −∞ to those of another, the bonus to one."""
    score = np.full((NO_SIGNATURE + 1, 12, len(MODES)), -np.inf)
    score[NO_SIGNATURE] = 0
    for signature in range(NO_SIGNATURE):
        sharps, minor = signature // 2 - 7, signature % 2
        tonics = (7 * sharps + np.array([0, 9, 2, 7])) % 12  # of the four modes
        score[signature, tonics, range(4)] = np.where(np.arange(4) == minor, STATED, 0)
    return (score - RARE * np.array([0, 0, 1, 1])).reshape(NO_SIGNATURE + 1, -1)


PROFILES = np.array([MAJOR, MINOR, DORIAN, MIXOLYDIAN])
TRIADS = np.array(
    [np.isin(np.arange(12), (0, 4 if mode in ("major", "mixolydian") else 3, 7)) for mode in MODES]
)
# What a step of a pitch class adds to the score of each key; the first note; a key signature.
SCORE_OF_STEPS = _in_all_keys(np.log(PROFILES / PROFILES.sum(axis=1, keepdims=True)))
SCORE_OF_FIRST = FIRST_NOTE * _in_all_keys(TRIADS)
SCORE_OF_SIGNATURES = _score_of_signatures()
# All keys that can be found: by notes, then by signature.
KEYS = [
    Key(tonic, mode, found)
    for found in ("notes", "signature")
    for tonic in range(12)
    for mode in (*MODES, NOT_CLEAR)
]


class Notes(NamedTuple):
    """The notes of many melodies as columns, one melody after the other, each with a note at least.

    Attributes:
        count: number of notes of each melody.
        onset: of each note, in steps from the bar line at or before the first of its melody.
        length: in steps.
        pitch_class: 0 (C) … 11 (B).
    """

    count: np.ndarray
    onset: np.ndarray
    length: np.ndarray
    pitch_class: np.ndarray


def find_keys(melodies: Sequence[Melody], *, is_primer: bool = False) -> list[Key | None]:
    """The key that each melody's notes are in; None where there is no note.

    Args:
        melodies: any; their own ``key`` does not count.
        is_primer: whether they go on after their last note, which then says nothing.
    """
    parts = [melody.notes() for melody in melodies]
    count = np.array([len(pitch) for _, _, pitch in parts], dtype=int)
    bars = np.array([melody.steps_per_bar for melody in melodies], dtype=int)
    if not count.any():
        return [None] * len(melodies)
    onset, end, pitch = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    start = np.array([part[0][0] // bar * bar for part, bar in zip(parts, bars, strict=True) if len(part[0])])
    sounding = count > 0
    notes = Notes(count[sounding], onset - np.repeat(start, count[sounding]), end - onset, PITCH_CLASS[pitch])
    keys = iter(likeliest_keys(notes, bars[sounding], is_primer=is_primer))
    return [next(keys) if number else None for number in count]


def phrase_keys(
    table: ScoreTable,
    pieces: Pieces,
    line: Line,
    phrases: Phrases,
    bar: np.ndarray,
    steps_per_quarter: int,
    *,
    is_primer: bool = False,
) -> list[Key | None]:
    """The key of each phrase, from the key signature, if there is one, and all its notes, however many.

    Args:
        table, pieces, line, phrases: as extraction makes them one of the other.
        bar: steps in a bar of each piece.
        steps_per_quarter: resolution of the grid.
        is_primer: as of ``find_keys``.
    """
    row, count = note_rows(phrases)
    onset = line.onset[row]
    until = np.append(onset[1:], 0)
    until[np.cumsum(count) - 1] = line.end[phrases.last]  # another phrase's note cuts none
    length = np.minimum(line.end[row], until) - onset
    onset -= np.repeat(phrases.start, count)
    notes = Notes(count, onset, length, PITCH_CLASS[line.pitch[row]])
    bars = bar[line.piece[phrases.first]].astype(np.int32)
    signatures = phrase_signatures(table, pieces, line, phrases, steps_per_quarter)
    return likeliest_keys(notes, bars, signatures, is_primer=is_primer)


def phrase_signatures(
    table: ScoreTable, pieces: Pieces, line: Line, phrases: Phrases, steps_per_quarter: int
) -> np.ndarray | None:
    """The key signature of each phrase; ``NO_SIGNATURE`` where it changes on the way.

    None where no score has any.
    """
    if not len(table.key_tick):
        return None
    order = np.argsort(place(table.key_score, table.key_tick), kind="stable")
    where, owner = place(table.key_score, table.key_tick)[order], table.key_score[order]
    signature = (2 * (7 + table.key_fifths.astype(np.int64)) + table.key_minor)[order]
    piece = line.piece[phrases.first]
    score = pieces.score[piece]
    ticks_per_step = table.ticks_per_quarter[score] / steps_per_quarter

    def in_force(note: np.ndarray) -> np.ndarray:
        # Up to half a step later the note began, if it was rounded down.
        tick = pieces.start[piece] + (line.onset[note] + 0.5) * ticks_per_step
        at = np.searchsorted(where, place(score, tick.astype(np.int64)), side="right") - 1
        return np.where((at >= 0) & (owner[at] == score), signature[at], NO_SIGNATURE)

    first = in_force(phrases.first)
    return np.where(first == in_force(phrases.last), first, NO_SIGNATURE)


def likeliest_keys(
    notes: Notes, bar: np.ndarray, signature: np.ndarray | None = None, *, is_primer: bool = False
) -> list[Key]:
    """The key that fits each melody best.

    Args:
        notes: of all melodies.
        bar: steps in a bar of each melody.
        signature: of each melody 2 · (7 + sharps) + minor, or ``NO_SIGNATURE``; None: none has one.
        is_primer: whether they go on after their last notes, which then say nothing.
    """
    melodies = np.arange(len(bar))
    index = np.repeat(12 * melodies, notes.count) + notes.pitch_class
    lengths = np.bincount(index, notes.length, 12 * len(bar)).reshape(-1, 12)
    steps = lengths.sum(axis=1)
    score = lengths / steps[:, None] @ SCORE_OF_STEPS
    score += SCORE_OF_FIRST[notes.pitch_class[first_of_whole_bar(notes, bar)]]
    if not is_primer:
        last = np.cumsum(notes.count) - 1
        resting = notes.length[last] * notes.count > steps
        tonic = notes.pitch_class[last[resting]]
        score.reshape(-1, 12, len(MODES))[melodies[resting], tonic] += LAST_NOTE
    score += SCORE_OF_SIGNATURES[NO_SIGNATURE if signature is None else signature]
    best = score.argmax(axis=1)
    lead = score[melodies, best]
    score[melodies, best] = -np.inf
    clear = lead - score.max(axis=1) >= CLEAR
    clear &= np.count_nonzero(lengths, axis=1) >= LEAST_PITCHES
    code = 5 * (best // 4) + np.where(clear, best % 4, 4)
    if signature is not None:
        code += len(KEYS) // 2 * (signature != NO_SIGNATURE)
    return [KEYS[number] for number in code.tolist()]


def first_of_whole_bar(notes: Notes, bar: np.ndarray) -> np.ndarray:
    """Row of the first note of each melody's first whole bar; of its first note where it has no such bar."""
    begin = np.cumsum(notes.count) - notes.count
    line = np.where(notes.onset[begin] > 0, bar, 0)
    pickup = np.add.reduceat(notes.onset < np.repeat(line, notes.count), begin, dtype=np.int64)
    return begin + np.where(pickup < notes.count, pickup, 0)
