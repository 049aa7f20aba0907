"""Notes on a grid → one line for each track → phrases → melody events, for many tracks at a time.

A *track* is the part of one instrument in one piece. The rules are those of note_seq's
``Melody.from_quantized_sequence``.
"""

from dataclasses import dataclass

import numpy as np

from melody_tutorial.melodies.quantize import TrackNotes
from melody_tutorial.music import run_lengths, run_starts

NO_EVENT = -2  # the note or the silence goes on
NOTE_OFF = -1
PITCH_CLASS_BIT = (1 << np.arange(128) % 12).astype(np.int16)  # of each pitch


@dataclass(frozen=True)
class Line:
    """One note for each step of a track on which notes start, sorted by track and onset.

    Attributes:
        track: index of the track, counted through all scores.
        piece, instrument: of each note, as in ``TrackNotes``.
        onset, end, pitch: steps and MIDI pitch of the highest note.
        crowded: how many more notes start on the step.
        off_grid: whether the note was moved there from between steps, as in ``TrackNotes``.
    """

    track: np.ndarray
    piece: np.ndarray
    instrument: np.ndarray
    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    crowded: np.ndarray
    off_grid: np.ndarray

    def select(self, rows: np.ndarray) -> "Line":
        """The line with only the notes that ``rows`` names."""
        return Line(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Phrases:
    """Candidates for melodies: stretches of a line without a long silence.

    Attributes:
        first, last: rows of ``Line`` that hold the first and the last note.
        start: step of the bar line at or before the first note.
        steps: length from there to the end of the last note.
    """

    first: np.ndarray
    last: np.ndarray
    start: np.ndarray
    steps: np.ndarray

    def select(self, rows: np.ndarray) -> "Phrases":
        """The phrases that ``rows`` names, in that order."""
        return Phrases(**{name: column[rows] for name, column in vars(self).items()})


def drop_after_chords(notes: TrackNotes) -> TrackNotes:
    """Drop what follows the first two notes of a track that begin at one tick.

    Where polyphony is discarded, nothing from there on can become a melody: why look at it?
    """
    track_starts = run_starts(notes.instrument, notes.piece)
    chords = np.cumsum(~(track_starts | run_starts(notes.onset)), dtype=np.int32)  # up to each note
    first = np.flatnonzero(track_starts)
    before = chords[first]  # a track's first note adds none
    keep = np.repeat(before, run_lengths(first, len(chords))) == chords
    keep[1:] |= keep[:-1] & ~track_starts[1:]  # the second note of the chord stays
    return notes if keep.all() else notes.select(keep)


def find_line(notes: TrackNotes) -> Line:
    """Keep the highest note of each step of each track; of equals, the one that came first."""
    track_starts = run_starts(notes.instrument, notes.piece)
    steps = np.flatnonzero(track_starts | run_starts(notes.onset))
    starting = run_lengths(steps, len(notes.pitch))  # notes on each step
    highest = highest_rows(notes.pitch, steps, starting)
    return Line(
        track=(np.cumsum(track_starts, dtype=np.int32) - 1)[steps],
        piece=notes.piece[steps],
        instrument=notes.instrument[steps],
        onset=notes.onset[steps],
        end=notes.end[highest],
        pitch=notes.pitch[highest],
        crowded=starting - 1,
        off_grid=notes.off_grid[highest],
    )


def highest_rows(pitch: np.ndarray, first: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Row of the highest pitch of each run, of equals the first; a run is its first row and its length."""
    rows, several = first.copy(), lengths > 1
    members = np.flatnonzero(np.repeat(several, lengths))
    if len(members):
        # The largest of these integers has the highest pitch, then the lowest row.
        rank = (pitch[members].astype(np.int64) << 40) - members
        run = np.cumsum(lengths[several]) - lengths[several]
        rows[several] = -np.maximum.reduceat(rank, run) & (2**40 - 1)
    return rows


def find_phrases(line: Line, bar: np.ndarray, gap_bars: float) -> Phrases:
    """Cut each track's line where ``gap_bars`` bars or more lie between a note's end and the next onset.

    A note that still sounds when the next one starts is cut there; so only the gap to the next note counts.
    """
    bar = bar[line.piece]
    breaks = run_starts(line.track)
    breaks[1:] |= line.onset[1:] - line.end[:-1] >= gap_bars * bar[1:]
    first = np.flatnonzero(breaks)
    last = first + run_lengths(first, len(breaks)) - 1
    start = line.onset[first] - line.onset[first] % bar[first].astype(np.int64)
    return Phrases(first, last, start, line.end[last] - start)


def drop_rests_of_bars(line: Line, bar: np.ndarray, gap_bars: float) -> Line:
    """Drop notes between the end of a phrase and the next bar line, where the next phrase is looked for.

    Only gaps shorter than a bar leave such notes. Each round settles the first such gap of every track.
    """
    while len(line.onset):
        steps = bar[line.piece].astype(np.int64)
        next_bar = -(-line.end // steps) * steps
        late = (line.onset[1:] - line.end[:-1] >= gap_bars * steps[1:]) & (line.onset[1:] < next_bar[:-1])
        ends = np.flatnonzero(late & (line.track[1:] == line.track[:-1]))
        _, firsts = np.unique(line.track[ends], return_index=True)
        if not len(firsts):
            break
        limit = np.full(line.track[-1] + 1, -1)  # per track: row of the phrase's last note
        limit[line.track[ends[firsts]]] = ends[firsts]
        row = limit[line.track]
        line = line.select((row < 0) | (np.arange(len(row)) <= row) | (line.onset >= next_bar[row]))
    return line


def pitch_classes(line: Line, phrases: Phrases, max_steps: int) -> np.ndarray:
    """Number of different pitch classes in the first ``max_steps`` steps of each phrase."""
    if not len(phrases.first):
        return np.zeros(0, np.int64)
    start = np.repeat(phrases.start, phrases.last - phrases.first + 1)
    bits = PITCH_CLASS_BIT[line.pitch] * (line.onset - start < max_steps)
    return np.bitwise_count(np.bitwise_or.reduceat(bits, phrases.first)).astype(np.int64)


def crowded_before_end(line: Line, phrases: Phrases) -> np.ndarray:
    """Whether notes start together in each phrase or in an earlier one of its track."""
    crowded = np.cumsum(line.crowded)
    before = crowded - line.crowded
    track = line.track[phrases.first]
    track_start = np.searchsorted(track, track)  # the first phrase of each phrase's track
    return crowded[phrases.last] > before[phrases.first][track_start]


def sums_within(line: Line, phrases: Phrases, amounts: np.ndarray, max_steps: int) -> np.ndarray:
    """Sum over the notes in the first ``max_steps`` steps of each phrase; integers.

    Args:
        line: whose notes all belong to a phrase.
        phrases: in the order of the line, as ``find_phrases`` gives them.
        amounts: of each note of the line.
        max_steps: where a melody is cut.
    """
    rows = np.flatnonzero(amounts)
    phrase = np.searchsorted(phrases.first, rows, side="right") - 1
    kept = line.onset[rows] - phrases.start[phrase] < max_steps
    sums = np.bincount(phrase[kept], weights=amounts[rows[kept]], minlength=len(phrases.first))
    return sums.astype(np.int64)


def note_rows(phrases: Phrases) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ``Line`` that hold the notes of the phrases, one after the other, and how many each has."""
    notes = phrases.last - phrases.first + 1
    row = np.repeat(phrases.first - (np.cumsum(notes) - notes), notes)
    row += np.arange(len(row))
    return row, notes


def write_events(line: Line, phrases: Phrases, max_steps: int) -> list[np.ndarray]:
    """Events of each phrase, cut at ``max_steps``; int8.

    A note-on stands at each onset, a note-off at the end of each note that has ended before the next; all
    phrases are written into one array and cut apart.
    """
    length = np.minimum(phrases.steps, max_steps)
    stop = np.cumsum(length)  # in the one array
    row, notes = note_rows(phrases)
    place = np.repeat(stop - length - phrases.start, notes)  # of each note's step 0
    onset, end = line.onset[row] + place, line.end[row] + place
    before = np.repeat(stop, notes)
    events = np.full(length.sum(), NO_EVENT, np.int8)
    off = end < before
    off[:-1] &= end[:-1] < onset[1:]
    events[end[off]] = NOTE_OFF
    on = onset < before
    events[onset[on]] = line.pitch[row[on]]
    return [events[a:b] for a, b in zip((stop - length).tolist(), stop.tolist(), strict=True)]
