"""Exercises of chapter 00: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_00


def test_count_notes():
    def starter(events):
        """How many notes start."""
        ...

    def steps(events):
        return len(events)

    def ends_too(events):
        return int((np.asarray(events) != -2).sum())

    def pitches(events):
        return len(set(np.asarray(events)[np.asarray(events) >= 0].tolist()))

    def not_zero(events):
        return int((np.asarray(events) > 0).sum())

    mistakes = {
        steps: "every step",
        ends_too: "−1 is counted",
        pitches: "comes back",
        not_zero: "0 is left out",
    }
    assert_outcomes(chapter_00.count_notes, starter, mistakes)


def test_seconds():
    def starter(steps, qpm):
        """Seconds."""
        ...

    def quarters(steps, qpm):
        return 60 / qpm * steps

    def in_minutes(steps, qpm):
        return steps / (4 * qpm)

    def inverse(steps, qpm):
        return steps * qpm / 240

    def times_four(steps, qpm):
        return 240 * steps / qpm

    mistakes = {
        quarters: "taken for a quarter note",
        in_minutes: "in minutes",
        inverse: "lasts longer",
        times_four: "multiplied by four",
    }
    assert_outcomes(chapter_00.seconds, starter, mistakes)


def test_transpose():
    def starter(events, semitones):
        """Moved."""
        ...

    def all_of_them(events, semitones):
        return np.array([event + semitones for event in events])

    def down(events, semitones):
        return np.array([event - semitones if event >= 0 else event for event in events])

    def fewer(events, semitones):
        return np.array([event + semitones for event in events if event >= 0], dtype=int)

    mistakes = {all_of_them: "are no pitches", down: "wrong way", fewer: "steps are missing"}
    assert_outcomes(chapter_00.transpose, starter, mistakes)
