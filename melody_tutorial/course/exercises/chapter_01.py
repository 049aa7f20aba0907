"""Exercises of chapter 01: bytes, steps, events."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake


def variable_length(data):
    """Seven bits a byte, the most significant first; a byte below 128 is the last."""
    number = 0
    for byte in data:
        number = number * 128 + byte % 128
        if byte < 128:
            return number


def whole_bytes(data):
    """Takes all eight bits of each byte."""
    number = 0
    for byte in data:
        number = number * 256 + byte
        if byte < 128:
            return number


def mark_kept(data):
    """Multiplies by 128, and leaves the mark in the byte."""
    number = 0
    for byte in data:
        number = number * 128 + byte
        if byte < 128:
            return number


def backwards(data):
    """Takes the first byte for the least significant."""
    number = 0
    for place, byte in enumerate(data):
        number += byte % 128 * 128**place
        if byte < 128:
            return number


def beyond_its_end(data):
    """Reads on after the last byte of the number."""
    number = 0
    for byte in data:
        number = number * 128 + byte % 128
    return number


def first_byte(data):
    """Reads one byte."""
    return data[0] % 128


waiting_time = Exercise(
    solution=variable_length,
    cases=[
        Case("one byte, 60", bytes.fromhex("60")),
        Case("two bytes, 83 60", bytes.fromhex("8360")),
        Case("three bytes, 81 80 00", bytes.fromhex("818000")),
        Case("the number 60, then a message 90 3c 50", bytes.fromhex("60903c50")),
    ],
    mistakes=[
        Mistake("each byte counts 256 times the next; with seven bits it is 128 times", like=whole_bytes),
        Mistake("the mark in the highest bit is counted; take it off with `byte % 128`", like=mark_kept),
        Mistake("the bytes are read from the wrong end; the first weighs most", like=backwards),
        Mistake("bytes after the number are counted; one below 128 is the last", like=beyond_its_end),
        Mistake("only the first byte is read; from 128 on another follows", like=first_byte),
    ],
    hints=[
        "Which byte is the last of the number? How much of a byte is number, and how much is mark?",
        "Before you add a byte, multiply what you have by 128.",
        "`for byte in data: number = number * 128 + byte % 128`, and return at the first byte below 128.",
    ],
)


def nearest_sixteenth(ticks, ticks_per_quarter):
    """Four steps in a quarter, and half a step added before the fraction is cut off."""
    return np.floor(ticks * 4 / ticks_per_quarter + 0.5).astype(int)


def cut_off(ticks, ticks_per_quarter):
    """Cuts the fraction off."""
    return (ticks * 4 // ticks_per_quarter).astype(int)


def to_even(ticks, ticks_per_quarter):
    """Rounds halves to the even step."""
    return np.round(ticks * 4 / ticks_per_quarter).astype(int)


def quarters(ticks, ticks_per_quarter):
    """Counts quarter notes."""
    return np.floor(ticks / ticks_per_quarter + 0.5).astype(int)


def fixed_clock(ticks, ticks_per_quarter):
    """Takes every file to have 96 ticks in a quarter."""
    return np.floor(ticks * 4 / 96 + 0.5).astype(int)


def not_rounded(ticks, ticks_per_quarter):
    """Leaves the fraction."""
    return ticks * 4 / ticks_per_quarter


nearest_steps = Exercise(
    solution=nearest_sixteenth,
    cases=[
        Case("notes 96 ticks in a quarter", np.array([0, 24, 40, 47, 96, 191]), 96),
        Case("notes 480 ticks in a quarter", np.array([1, 241, 350, 721]), 480),
        Case("notes halfway between two steps", np.array([12, 36, 60]), 96, because="halves go up"),
    ],
    mistakes=[
        Mistake("the fraction is cut off; 1.9 steps are nearest to 2", like=cut_off),
        Mistake("halves go to the even step, as numpy rounds; here they go up", like=to_even),
        Mistake("these are quarter notes; there are four steps in each", like=quarters),
        Mistake("96 ticks in a quarter hold for some files only; use `ticks_per_quarter`", like=fixed_clock),
        Mistake("these are no whole numbers; find the nearest one", like=not_rounded),
    ],
    hints=[
        "How many steps are in a quarter note? And in one tick?",
        "`ticks * 4 / ticks_per_quarter` is the place in steps, with a fraction.",
        "Adding 0.5 and cutting off with `np.floor` gives the nearest step; `.astype(int)` makes it whole.",
    ],
)


def write_line(onsets, ends, pitches, steps):
    """−2 everywhere, −1 at each end, then the pitches over them: a note that starts wins."""
    events = np.full(steps, -2)
    events[ends[ends < steps]] = -1
    events[onsets] = pitches
    return events


def without_ends(onsets, ends, pitches, steps):
    """Writes no note-off."""
    events = np.full(steps, -2)
    events[onsets] = pitches
    return events


def ends_over_starts(onsets, ends, pitches, steps):
    """Writes note-offs last, over the notes that start there."""
    events = np.full(steps, -2)
    events[onsets] = pitches
    events[ends[ends < steps]] = -1
    return events


def repeated_at_each_step(onsets, ends, pitches, steps):
    """Writes the pitch at every step of the note."""
    events = np.full(steps, -2)
    events[ends[ends < steps]] = -1
    for onset, end, pitch in zip(onsets, ends, pitches, strict=True):
        events[onset:end] = pitch
    return events


def silent_by_ends(onsets, ends, pitches, steps):
    """Writes a note-off at every silent step."""
    events = np.full(steps, -1)
    for onset, end in zip(onsets, ends, strict=True):
        events[onset:end] = -2
    events[onsets] = pitches
    return events


def melody_cases():
    """Twinkle without a rest, a melody with rests, and one that starts late."""
    four = np.array([0, 2, 4, 6])
    return [
        Case("four notes without a rest", four, four + 2, np.array([60, 60, 67, 67]), 8),
        Case("a rest of two steps", np.array([0, 4]), np.array([2, 8]), np.array([60, 64]), 8),
        Case("silence before and after", np.array([2]), np.array([4]), np.array([72]), 8),
    ]


write_events = Exercise(
    solution=write_line,
    cases=melody_cases,
    mistakes=[
        Mistake("no note ever ends; where one ends and none starts, write −1", like=without_ends),
        Mistake(
            "a −1 wipes out a note that starts where another ends; write it first", like=ends_over_starts
        ),
        Mistake(
            "the pitch is repeated, so the note is struck again at each step", like=repeated_at_each_step
        ),
        Mistake(
            "−1 stands at every silent step; only the step at which a note ends has it", like=silent_by_ends
        ),
    ],
    hints=[
        "Begin with −2 at all steps: `np.full(steps, -2)`.",
        "What should stand at a step at which one note ends and another starts? Write that last.",
        "`events[ends[ends < steps]] = -1`, then `events[onsets] = pitches`.",
    ],
)
