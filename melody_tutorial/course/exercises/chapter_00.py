"""Exercises of chapter 00: what the numbers of a melody mean."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake

TUNE = np.array([60, -2, 62, -2, -1, -2, 0, -2, 127, -2, -2, -2, 62])  # pitches 0 and 127 are notes too


def notes_in(events):
    """A note starts wherever the event is a pitch, 0 or more."""
    return sum(1 for event in events if event >= 0)


def every_step(events):
    """Counts steps."""
    return len(events)


def all_but_no_events(events):
    """Counts the note-offs too."""
    return sum(1 for event in events if event != -2)


def different_pitches(events):
    """Counts each pitch once."""
    return len({int(event) for event in events if event >= 0})


def above_zero(events):
    """Leaves out pitch 0."""
    return sum(1 for event in events if event > 0)


count_notes = Exercise(
    solution=notes_in,
    cases=[
        Case("a tune of five notes", TUNE),
        Case("a tune of the lowest pitches", np.array([0, -2, 0, -2, 5])),
        Case("a rest", np.array([-1, -2, -2, -2])),
        Case("one long note", np.array([72, -2, -2, -2])),
    ],
    mistakes=[
        Mistake("every step is counted; only some steps start a note", like=every_step),
        Mistake("−1 is counted too, and it ends a note instead of starting one", like=all_but_no_events),
        Mistake("a pitch that comes back is counted once; each start is a note", like=different_pitches),
        Mistake("0 is left out, and it is a pitch", like=above_zero),
    ],
    hints=[
        "Which numbers start a note, and which do not?",
        "The events −2 and −1 are below zero, all pitches are not.",
        "Count the events that are at least 0.",
    ],
)


def duration(steps, qpm):
    """A quarter note takes 60 / qpm seconds, and a step a quarter of that."""
    return steps / 4 * 60 / qpm


def steps_as_quarters(steps, qpm):
    """Takes each step for a quarter note."""
    return steps * 60 / qpm


def minutes(steps, qpm):
    """Gives minutes."""
    return steps / 4 / qpm


def upside_down(steps, qpm):
    """Divides by the time where it should multiply."""
    return steps / 4 * qpm / 60


def four_times_too_long(steps, qpm):
    """Multiplies by four steps where it should divide."""
    return steps * 4 * 60 / qpm


seconds = Exercise(
    solution=duration,
    cases=[
        Case("16 steps at 120 quarter notes per minute", 16, 120),
        Case("one step at 90", 1, 90.0),
        Case("no step at all", 0, 75),
    ],
    mistakes=[
        Mistake("a step is taken for a quarter note; four steps make one", like=steps_as_quarters),
        Mistake("the answer is in minutes; a minute has 60 seconds", like=minutes),
        Mistake("a faster tune lasts longer; divide by qpm", like=upside_down),
        Mistake(
            "the steps are multiplied by four; a step is a quarter of a quarter note",
            like=four_times_too_long,
        ),
    ],
    hints=[
        "At 60 quarter notes per minute a quarter note takes one second.",
        "How many quarter notes are `steps` steps? How long is one quarter note?",
        "`steps / 4` quarter notes of `60 / qpm` seconds each.",
    ],
)


def moved(events, semitones):
    """Pitches move; −2 and −1 are none and stay."""
    events = np.asarray(events)
    return np.where(events >= 0, events + semitones, events)


def everything_moved(events, semitones):
    """Moves −2 and −1 as well."""
    return np.asarray(events) + semitones


def moved_down(events, semitones):
    """Moves the other way."""
    return moved(events, -semitones)


def only_notes(events, semitones):
    """Loses the steps that start no note."""
    events = np.asarray(events)
    return events[events >= 0] + semitones


transpose = Exercise(
    solution=moved,
    cases=[
        Case("a tune moved up by two", np.array([60, -2, 62, -1, 64, -2]), 2),
        Case("a tune moved down by twelve", np.array([72, -2, -2, 79]), -12),
        Case("a rest", np.array([-1, -2]), 5),
    ],
    mistakes=[
        Mistake("−2 and −1 have moved too, and they are no pitches", like=everything_moved),
        Mistake("it moves the wrong way: add the semitones", like=moved_down),
        Mistake("steps are missing: −2 and −1 belong to the melody and keep their places", like=only_notes),
    ],
    hints=[
        "Which events are pitches? Only those can move.",
        "`np.where(condition, a, b)` takes from a where the condition holds, else from b.",
        "`np.where(events >= 0, events + semitones, events)`.",
    ],
)
