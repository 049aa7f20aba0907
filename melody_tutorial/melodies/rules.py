"""The rules of extraction: scores → melodies, and for whatever is left out a reason.

They are those of note_seq's ``melodies_lib`` and of Magenta's ``melody_rnn`` pipeline as they stand, but for
``off_grid``, which is ours.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from melody_tutorial.config import ExtractionSettings
from melody_tutorial.funnel import Funnel, Reject, plural
from melody_tutorial.melodies.key_finding import phrase_keys
from melody_tutorial.melodies.keys import key_of_field
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.melodies.phrases import (
    Line,
    Phrases,
    crowded_before_end,
    drop_after_chords,
    drop_rests_of_bars,
    find_line,
    find_phrases,
    pitch_classes,
    sums_within,
    write_events,
)
from melody_tutorial.melodies.quantize import (
    Pieces,
    find_notes,
    piece_steps_per_bar,
    quantize_notes,
    split_scores,
)
from melody_tutorial.music import NOTE_COLUMNS, Score, ScoreTable, run_starts, stack_scores

MOST_PRIMER_STEPS = 2**16


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


def score_to_primer(score: Score, settings: ExtractionSettings | None = None) -> tuple[Melody, bool]:
    """Reduce any score to one melody, so that it can be continued.

    All instruments but drums become one line; of notes that start on one step the highest is kept, and a note
    ends where the next one starts. Only the first tempo and time signature count; empty bars before the first
    note are left out, and what comes after 65,536 steps.

    Returns:
        The melody, without events where no note is, and whether notes started together.
    """
    steps_per_quarter = (settings or ExtractionSettings()).steps_per_quarter
    table = stack_scores([one_voice(score)], [""])
    pieces = split_scores(table)
    line = find_line(quantize_notes(find_notes(table, pieces), pieces, steps_per_quarter))
    if not len(line.pitch):
        return Melody(np.zeros(0, np.int8), steps_per_quarter), False
    bar = np.maximum(np.round(piece_steps_per_bar(pieces, steps_per_quarter)), 1)
    phrases = find_phrases(line, bar, np.inf)
    steps, qpm = int(bar[0]), float(pieces.qpm[0])
    (events,) = write_events(line, phrases, MOST_PRIMER_STEPS)
    (key,) = phrase_keys(table, pieces, line, phrases, bar, steps_per_quarter, is_primer=True)
    key = key_of_field(score.key_field) or key
    metre = (int(pieces.numerator[0]), int(pieces.denominator[0]))
    melody = Melody(events, steps_per_quarter, steps, qpm, int(phrases.start[0]), key=key, metre=metre)
    return melody, bool(line.crowded.any())


def one_voice(score: Score) -> Score:
    """The score with all instruments but drums as one, in the first tempo and time signature."""
    notes = ~score.is_drum[score.instrument]
    return replace(
        score,
        **{name: getattr(score, name)[notes] for name in NOTE_COLUMNS},
        instrument=np.zeros(np.count_nonzero(notes), np.int32),
        program=np.zeros(1, np.int32),
        is_drum=np.zeros(1, bool),
        tempo_tick=np.zeros_like(score.tempo_tick[:1]),
        tempo_qpm=score.tempo_qpm[:1],
        signature_tick=np.zeros_like(score.signature_tick[:1]),
        signature_numerator=score.signature_numerator[:1],
        signature_denominator=score.signature_denominator[:1],
    )


def extract_from_table(table: ScoreTable, settings: ExtractionSettings) -> tuple[list[Melody], Funnel]:
    """``extract_melodies`` of a table that holds the notes already."""
    funnel = Funnel()
    pieces = split_scores(table)
    bar = piece_steps_per_bar(pieces, settings.steps_per_quarter)
    notes = find_notes(table, pieces)
    if settings.polyphony == "discard":
        notes = drop_after_chords(notes)
    line = find_line(quantize_notes(notes, pieces, settings.steps_per_quarter))
    count_silent_scores(table, line, funnel)
    count_tracks(pieces, line, funnel)
    line = whole_bars_only(table, pieces, line, bar, funnel)
    if settings.gap_bars < 1:
        line = drop_rests_of_bars(line, bar, settings.gap_bars)
    phrases = find_phrases(line, bar, settings.gap_bars)
    bent = sums_within(line, phrases, line.off_grid, settings.max_steps)
    lower = sums_within(line, phrases, line.crowded, settings.max_steps)
    good = judge(table, line, phrases, bar, bent, settings, funnel)
    beyond = np.maximum(phrases.steps - settings.max_steps, 0)
    count_changes({"cut": beyond[good], "bent": bent[good], "lower": lower[good]}, funnel)
    phrases = phrases.select(in_reading_order(line, phrases, good))
    melodies = list(make_melodies(table, pieces, line, phrases, bar, settings))
    funnel.count("melodies", len(melodies))
    return melodies, funnel


def judge(
    table: ScoreTable,
    line: Line,
    phrases: Phrases,
    bar: np.ndarray,
    bent: np.ndarray,
    settings: ExtractionSettings,
    funnel: Funnel,
) -> np.ndarray:
    """Which phrases become melodies, as booleans; what is wrong with the others is counted in the funnel.

    ``bent`` is the number of notes off the grid in each phrase.
    """
    steps = bar[line.piece[phrases.first]].astype(np.int64)
    polyphonic = np.zeros(len(steps), bool)
    if settings.polyphony == "discard":
        polyphonic = crowded_before_end(line, phrases)
    short = ~polyphonic & (phrases.steps < settings.min_bars * steps)
    pitches = pitch_classes(line, phrases, settings.max_steps)
    few = ~polyphonic & ~short & (pitches < settings.min_unique_pitches)
    off = ~polyphonic & ~short & ~few & (bent > 0) & (settings.off_grid == "discard")
    names = SourceNames(table, line, phrases)
    tracks = np.flatnonzero(polyphonic)
    tracks = tracks[run_starts(line.track[phrases.first[tracks]])]  # a track is rejected once
    names.reject(funnel, "polyphonic", tracks, lambda k: f"bar {1 + crowded_bar(line, phrases, k, steps[k])}")
    bars = phrases.steps / steps
    names.reject(funnel, "too_short", np.flatnonzero(short), lambda k: plural(f"{bars[k]:.3g}", "bar"))
    names.reject(funnel, "few_pitches", np.flatnonzero(few), lambda k: plural(f"{pitches[k]}", "pitch", "es"))
    names.reject(funnel, "off_grid", np.flatnonzero(off), lambda k: plural(f"{bent[k]:,}", "note"))
    return ~(polyphonic | short | few | off)


def count_changes(amounts: dict[str, np.ndarray], funnel: Funnel) -> None:
    """Count what melodies lose: how much of each, by keys of ``funnel.CHANGES``."""
    for change, lost in amounts.items():
        funnel.change(change, int(np.count_nonzero(lost)), int(lost.sum()))


def crowded_bar(line: Line, phrases: Phrases, phrase: int, steps: int) -> int:
    """Bar, from 0, of the first step of a phrase on which notes start together."""
    rows = slice(phrases.first[phrase], phrases.last[phrase] + 1)
    return int(line.onset[rows][line.crowded[rows] > 0][0] // steps)


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
        zip(pieces.numerator[piece].tolist(), pieces.denominator[piece].tolist(), strict=True),
        are_whole(line, phrases, settings.max_steps).tolist(),
    )
    steps_per_quarter = settings.steps_per_quarter
    if len(piece):
        keys = phrase_keys(table, pieces, line, phrases, bar, steps_per_quarter)
        rows = zip(write_events(line, phrases, settings.max_steps), keys, *columns, strict=True)
        for events, key, score, steps, qpm, start, metre, is_whole in rows:
            key = key_of_field(table.key_field[score]) or key
            name = table.names[score]
            yield Melody(events, steps_per_quarter, int(steps), qpm, start, name, key, metre, is_whole)


def are_whole(line: Line, phrases: Phrases, max_steps: int) -> np.ndarray:
    """Which phrases are neither cut nor followed by another note of their instrument."""
    instrument = np.append(line.instrument, -1)
    return (phrases.steps <= max_steps) & (instrument[phrases.last] != instrument[phrases.last + 1])


def count_silent_scores(table: ScoreTable, line: Line, funnel: Funnel) -> None:
    """Count the scores in which no instrument but drums sounds."""
    silent = np.ones(len(table.names), bool)
    silent[table.instrument_score[line.instrument[run_starts(line.track)]]] = False
    for score in np.flatnonzero(silent):
        instruments = np.flatnonzero(table.instrument_score == score)
        found = "drums only" if np.isin(table.instrument, instruments).any() else "no notes"
        funnel.reject(Reject(table.names[score], "no_notes", found))


def count_tracks(pieces: Pieces, line: Line, funnel: Funnel) -> None:
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
        signature = f"{pieces.numerator[piece]}/{pieces.denominator[piece]}: "
        found = signature + (f"bar of {bar[piece]:g} steps" if bar[piece] else "no time signature")
        funnel.reject(Reject(table.names[pieces.score[piece]], "time_signature", found))
    return line.select(~odd[line.piece])
