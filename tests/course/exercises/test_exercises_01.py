"""Exercises of chapter 01: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_01


def test_waiting_time():
    def starter(data):
        """Ticks."""
        ...

    def big_endian(data):
        length = 1
        while data[length - 1] >= 128:
            length += 1
        return int.from_bytes(data[:length], "big")

    def marked(data):
        number = 0
        for byte in data:
            number = (number << 7) + byte
            if byte < 128:
                break
        return number

    def little_endian(data):
        digits = []
        for byte in data:
            digits.append(byte & 127)
            if byte < 128:
                break
        return sum(digit << 7 * place for place, digit in enumerate(digits))

    def greedy(data):
        number = 0
        for byte in data:
            number = (number << 7) + (byte & 127)
        return number

    def one(data):
        return data[0] & 127

    mistakes = {
        big_endian: "128 times",
        marked: "take it off",
        little_endian: "from the wrong end",
        greedy: "below 128 is the last",
        one: "another follows",
    }
    assert_outcomes(chapter_01.waiting_time, starter, mistakes)


def test_nearest_steps():
    def starter(ticks, ticks_per_quarter):
        """Steps."""
        ...

    def floor(ticks, ticks_per_quarter):
        return np.floor(ticks / (ticks_per_quarter / 4)).astype(int)

    def even(ticks, ticks_per_quarter):
        return np.rint(ticks / (ticks_per_quarter / 4)).astype(int)

    def beats(ticks, ticks_per_quarter):
        return np.floor(ticks / ticks_per_quarter + 0.5).astype(int)

    def always_96(ticks, ticks_per_quarter):
        return np.floor(ticks / 24 + 0.5).astype(int)

    def fractions(ticks, ticks_per_quarter):
        return ticks / (ticks_per_quarter / 4)

    mistakes = {
        floor: "cut off",
        even: "even step",
        beats: "four steps in each",
        always_96: "use `ticks_per_quarter`",
        fractions: "no whole numbers",
    }
    assert_outcomes(chapter_01.nearest_steps, starter, mistakes)


def test_write_events():
    def starter(onsets, ends, pitches, steps):
        """Events."""
        ...

    def never_off(onsets, ends, pitches, steps):
        events = np.full(steps, -2)
        for onset, pitch in zip(onsets, pitches, strict=True):
            events[onset] = pitch
        return events

    def off_last(onsets, ends, pitches, steps):
        events = never_off(onsets, ends, pitches, steps)
        for end in ends:
            if end < steps:
                events[end] = -1
        return events

    def struck_again(onsets, ends, pitches, steps):
        events = off_last(onsets, ends, pitches, steps)
        for onset, end, pitch in zip(onsets, ends, pitches, strict=True):
            events[onset:end] = pitch
        return events

    def always_off(onsets, ends, pitches, steps):
        sounding = np.zeros(steps, bool)
        for onset, end in zip(onsets, ends, strict=True):
            sounding[onset:end] = True
        events = np.where(sounding, -2, -1)
        events[onsets] = pitches
        return events

    mistakes = {
        never_off: "no note ever ends",
        off_last: "wipes out",
        struck_again: "struck again",
        always_off: "every silent step",
    }
    assert_outcomes(chapter_01.write_events, starter, mistakes)
