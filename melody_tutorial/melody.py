"""``Melody``: one monophonic line of events on a grid of steps, and its extraction from scores.

The rules are those of Magenta's pipeline (note_seq's ``Melody.from_quantized_sequence`` and Magenta's
``melody_pipelines.extract_melodies``), for all notes of many scores at a time:

1. ``split_scores``: cut each score into pieces of one tempo and one metre.
2. ``quantize_notes``: ticks → steps.
3. ``find_line``: of the notes that start on one step of one track keep the highest, and remember that there
   were more.
4. ``find_phrases``: cut each track's line where it is silent for a bar.
5. ``judge``: find what is wrong with a phrase: polyphonic, too short, too few pitches.
6. ``write_events``: the good ones become events.

A *track* here is the part of one instrument in one piece.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from melody_tutorial.config import ExtractionSettings
from melody_tutorial.funnel import Funnel, Reject
from melody_tutorial.quantize import Pieces, StepNotes, quantize_notes, split_scores, steps_per_bar
from melody_tutorial.score import Score, ScoreTable, run_lengths, run_starts, stack_scores

NO_EVENT = -2  # hold: the note or the silence goes on
NOTE_OFF = -1


@dataclass(frozen=True)
class Melody:
    """A monophonic line: one event for each step.

    Attributes:
        events: −2 no-event, −1 note-off, 0 … 127 note-on of that pitch; int8, shape (steps,).
        steps_per_quarter: length of a step; 4 makes it a sixteenth note.
        steps_per_bar: steps in a bar, from the time signature; 16 in 4/4.
        qpm: tempo in quarter notes per minute.
        start_step: step at which the melody starts, a bar line; counted from the start of the score, or from
            its last change of tempo or metre.
        source: name of the file that it came from, "" where there is none.
    """

    events: np.ndarray
    steps_per_quarter: int = 4
    steps_per_bar: int = 16
    qpm: float = 120.0
    start_step: int = 0
    source: str = ""

    def notes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Onset step, end step (exclusive) and pitch of each note; integers, shape (notes,) each."""
        events = np.asarray(self.events, dtype=np.int64)
        (changes,) = np.nonzero(events != NO_EVENT)
        ends = np.append(changes[1:], len(events))
        is_note = events[changes] >= 0
        return changes[is_note], ends[is_note], events[changes[is_note]]


@dataclass(frozen=True)
class Line:
    """One note for each step of a track on which notes start, sorted by track and onset.

    Attributes:
        track: index of the track, counted through all scores.
        piece, instrument: of each note, as in ``StepNotes``.
        onset, end, pitch: steps and MIDI pitch of the highest note.
        crowded: whether more than one note starts on the step.
    """

    track: np.ndarray
    piece: np.ndarray
    instrument: np.ndarray
    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    crowded: np.ndarray

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


def extract_melodies(
    scores: Sequence[Score], names: Sequence[str], settings: ExtractionSettings | None = None
) -> tuple[list[Melody], Funnel]:
    """Extract the melodies of scores.

    Args:
        scores: the scores.
        names: the file that each came from.
        settings: the rules; the default is Magenta's.

    Returns:
        The melodies by score, then piece, then instrument, then time; and the funnel with the stages
        "pieces", "tracks" and "melodies".
    """
    return extract_from_table(stack_scores(scores, names), settings or ExtractionSettings())


def extract_from_table(table: ScoreTable, settings: ExtractionSettings) -> tuple[list[Melody], Funnel]:
    """``extract_melodies`` of a table that holds the notes already."""
    funnel = Funnel()
    pieces = split_scores(table)
    bar = steps_per_bar(pieces, settings.steps_per_quarter)
    notes = quantize_notes(table, pieces, settings.steps_per_quarter)
    line = find_line(notes)
    count_silent_scores(table, line, funnel)
    count_tracks(table, pieces, line, funnel)
    line = whole_bars_only(table, pieces, line, bar, funnel)
    if settings.gap_bars < 1:
        line = drop_rests_of_bars(line, bar, settings.gap_bars)
    phrases = find_phrases(line, bar, settings.gap_bars)
    good = judge(table, line, phrases, bar, settings, funnel)
    phrases = phrases.select(in_reading_order(line, phrases, good))
    melodies = list(make_melodies(table, pieces, line, phrases, bar, settings))
    funnel.count("melodies", len(melodies))
    return melodies, funnel


def find_line(notes: StepNotes) -> Line:
    """Keep the highest note of each step of each track; of equals, the one that came first."""
    track_starts = run_starts(notes.instrument, notes.piece)
    steps = np.flatnonzero(track_starts | run_starts(notes.onset))
    # The largest of these integers has the highest pitch, then the lowest row.
    rank = notes.pitch.astype(np.int64) << 40
    rank -= np.arange(len(rank))
    if len(rank):
        rank = np.maximum.reduceat(rank, steps)
    highest = -rank & (2**40 - 1)
    return Line(
        track=(np.cumsum(track_starts, dtype=np.int32) - 1)[steps],
        piece=notes.piece[steps],
        instrument=notes.instrument[steps],
        onset=notes.onset[steps],
        end=notes.end[highest],
        pitch=notes.pitch[highest],
        crowded=run_lengths(steps, len(notes.pitch)) > 1,
    )


def find_phrases(line: Line, bar: np.ndarray, gap_bars: float) -> Phrases:
    """Cut each track's line where ``gap_bars`` bars or more lie between a note's end and the next onset.

    A note that is still held when the next one starts is cut there; so only the gap to the next note counts.
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
    bits = np.where(line.onset - start < max_steps, 1 << (line.pitch % 12).astype(np.int64), 0)
    return np.bitwise_count(np.bitwise_or.reduceat(bits, phrases.first)).astype(np.int64)


def crowded_before_end(line: Line, phrases: Phrases) -> np.ndarray:
    """Whether notes start together in each phrase or in an earlier one of its track."""
    crowded = np.cumsum(line.crowded)
    before = crowded - line.crowded
    track = line.track[phrases.first]
    track_start = np.searchsorted(track, track)  # the first phrase of each phrase's track
    return crowded[phrases.last] > before[phrases.first][track_start]


def judge(
    table: ScoreTable,
    line: Line,
    phrases: Phrases,
    bar: np.ndarray,
    settings: ExtractionSettings,
    funnel: Funnel,
) -> np.ndarray:
    """Which phrases become melodies, as booleans; what is wrong with the others is counted in the funnel."""
    steps = bar[line.piece[phrases.first]].astype(np.int64)
    polyphonic = np.zeros(len(steps), bool)
    if settings.polyphony == "discard":
        polyphonic = crowded_before_end(line, phrases)
    short = ~polyphonic & (phrases.steps < settings.min_bars * steps)
    pitches = pitch_classes(line, phrases, settings.max_steps)
    few = ~polyphonic & ~short & (pitches < settings.min_unique_pitches)
    names = SourceNames(table, line, phrases)
    tracks = np.flatnonzero(polyphonic)
    tracks = tracks[run_starts(line.track[phrases.first[tracks]])]  # a track is rejected once
    names.reject(funnel, "polyphonic", tracks, lambda k: f"bar {1 + crowded_bar(line, phrases, k, steps[k])}")
    names.reject(
        funnel, "too_short", np.flatnonzero(short), lambda k: f"{phrases.steps[k] / steps[k]:.3g} bars"
    )
    names.reject(funnel, "few_pitches", np.flatnonzero(few), lambda k: f"{pitches[k]} pitches")
    return ~(polyphonic | short | few)


def crowded_bar(line: Line, phrases: Phrases, phrase: int, steps: int) -> int:
    """Bar, from 0, of the first step of a phrase on which notes start together."""
    rows = slice(phrases.first[phrase], phrases.last[phrase] + 1)
    return int(line.onset[rows][line.crowded[rows]][0] // steps)


@dataclass(frozen=True)
class SourceNames:
    """Names the file of a phrase, for the funnel's examples."""

    table: ScoreTable
    line: Line
    phrases: Phrases

    def __getitem__(self, phrase: int) -> str:
        return self.table.names[self.table.instrument_score[self.line.instrument[self.phrases.first[phrase]]]]

    def reject(self, funnel: Funnel, reason: str, phrases: np.ndarray, found: Callable[[int], str]) -> None:
        """Count phrases as rejects; only the examples that the funnel keeps are put into words."""
        examples = [Reject(self[k], reason, found(k)) for k in phrases[: funnel.most_examples]]
        funnel.reject_all(reason, len(phrases), examples)


def in_reading_order(line: Line, phrases: Phrases, good: np.ndarray) -> np.ndarray:
    """Rows of the good phrases by piece, then instrument, then time."""
    rows = np.flatnonzero(good)
    first = phrases.first[rows]
    return rows[np.lexsort((first, line.instrument[first], line.piece[first]))]


def write_events(line: Line, phrases: Phrases, max_steps: int) -> list[np.ndarray]:
    """Events of each phrase, cut at ``max_steps``; int8.

    A note-on stands at each onset, a note-off at the end of each note that has ended before the next; all
    phrases are written into one array and cut apart.
    """
    length = np.minimum(phrases.steps, max_steps)
    offset = np.cumsum(length) - length
    notes = phrases.last - phrases.first + 1
    phrase = np.repeat(np.arange(len(notes)), notes)
    row = np.arange(len(phrase)) + (phrases.first - (np.cumsum(notes) - notes))[phrase]
    onset, end = line.onset[row] - phrases.start[phrase], line.end[row] - phrases.start[phrase]
    following = np.append(onset[1:], 0)
    following[np.cumsum(notes) - 1] = max_steps  # nothing follows the last note of a phrase
    events = np.full(length.sum(), NO_EVENT, np.int8)
    off = (end < following) & (end < length[phrase])
    events[(offset[phrase] + end)[off]] = NOTE_OFF
    on = onset < length[phrase]
    events[(offset[phrase] + onset)[on]] = line.pitch[row][on]
    stop = offset + length
    return [events[a:b] for a, b in zip(offset.tolist(), stop.tolist(), strict=True)]


def make_melodies(
    table: ScoreTable,
    pieces: Pieces,
    line: Line,
    phrases: Phrases,
    bar: np.ndarray,
    settings: ExtractionSettings,
) -> Iterator[Melody]:
    """Yield a ``Melody`` for each phrase."""
    piece = line.piece[phrases.first]
    columns = (
        pieces.score[piece].tolist(),
        bar[piece].tolist(),
        pieces.qpm[piece].tolist(),
        phrases.start.tolist(),
    )
    if len(piece):
        rows = zip(write_events(line, phrases, settings.max_steps), *columns, strict=True)
        for events, score, steps, qpm, start in rows:
            yield Melody(events, settings.steps_per_quarter, int(steps), qpm, start, table.names[score])


def count_silent_scores(table: ScoreTable, line: Line, funnel: Funnel) -> None:
    """Count the scores in which no instrument but drums sounds."""
    silent = np.ones(len(table.names), bool)
    silent[table.instrument_score[line.instrument[run_starts(line.track)]]] = False
    for score in np.flatnonzero(silent):
        instruments = np.flatnonzero(table.instrument_score == score)
        found = "drums only" if np.isin(table.instrument, instruments).any() else "no notes"
        funnel.reject(Reject(table.names[score], "no_notes", found))


def count_tracks(table: ScoreTable, pieces: Pieces, line: Line, funnel: Funnel) -> None:
    """Count pieces and tracks."""
    funnel.count("pieces", len(pieces.score))
    funnel.count("tracks", int(line.track[-1]) + 1 if len(line.track) else 0)


def whole_bars_only(table: ScoreTable, pieces: Pieces, line: Line, bar: np.ndarray, funnel: Funnel) -> Line:
    """Drop pieces whose bar is not a whole number of steps, and count them as rejects."""
    odd = (bar < 1) | (bar % 1 != 0)
    if not odd.any():
        return line
    sounding = np.unique(line.piece[odd[line.piece]])
    for piece in sounding:
        metre = f"{pieces.numerator[piece]}/{pieces.denominator[piece]}: "
        found = metre + (f"bar of {bar[piece]:g} steps" if bar[piece] else "no time signature")
        funnel.reject(Reject(table.names[pieces.score[piece]], "time_signature", found))
    return line.select(~odd[line.piece])
