"""Exercises of chapter 08: starter, solution and typical mistakes each get their outcome."""

import numpy as np
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises import chapter_08

SCALE = [0, 2, 4, 5, 7, 9, 11]


def test_setting_to_change():
    def starter(rejects, settings):
        """Name of the setting, or None."""
        ...

    def largest(rejects, settings):
        reason, _ = sorted(rejects.items(), key=lambda item: item[1])[-1]
        return settings.get(reason)

    def reason(rejects, settings):
        counts = {name: rejects[name] for name in rejects if name in settings}
        return max(counts, key=counts.get) if counts else None

    def first(rejects, settings):
        for name in rejects:
            if name in settings:
                return settings[name]
        return None

    def rarest(rejects, settings):
        counts = [(rejects[name], settings[name]) for name in rejects if name in settings]
        return min(counts)[1] if counts else None

    def not_none(rejects, settings):
        counts = [(rejects[name], settings[name]) for name in rejects if name in settings]
        return max(counts)[1] if counts else ""

    mistakes = {
        largest: "one that no setting mends",
        reason: "name of the setting is wanted",
        first: "the first reason was taken",
        rarest: "the rarest reason was taken",
        not_none: "give None",
    }
    assert_outcomes(chapter_08.setting_to_change, starter, mistakes)


def test_share_in_scale():
    def starter(events):
        """Share of the notes in C major."""
        ...

    def octaves(events):
        return np.mean([event in SCALE for event in events if event >= 0])

    def negative(events):
        return np.mean([event % 12 in SCALE for event in events])

    def offs(events):
        return np.mean([event % 12 in SCALE for event in events if event != -2])

    def of_all(events):
        return sum(event >= 0 and event % 12 in SCALE for event in events) / len(events)

    def weighed(events):
        held, steps = -1, []
        for event in events:
            held = event if event != -2 else held
            steps += [held] if held >= 0 else []
        return np.mean([pitch % 12 in SCALE for pitch in steps])

    mistakes = {
        octaves: "modulo 12",
        negative: "leave them out first",
        offs: "ends a note and is none",
        of_all: "not by that of all events",
        weighed: "each counts once",
    }
    assert_outcomes(chapter_08.share_in_scale, starter, mistakes)


def test_longest_copy():
    def starter(ours, theirs):
        """Notes of the longest passage."""
        ...

    def stretch(a, b):
        found = [0]
        for i in range(len(a)):
            for j in range(len(b)):
                n = 0
                while i + n < len(a) and j + n < len(b) and a[i + n] == b[j + n]:
                    n += 1
                found.append(n)
        return max(found)

    def pitches(ours, theirs):
        return stretch(ours, theirs)

    def intervals(ours, theirs):
        return stretch(np.diff(ours), np.diff(theirs))

    def gaps(ours, theirs):
        a, b = np.diff(ours).tolist(), np.diff(theirs).tolist()

        def common(i, j):
            if i == len(a) or j == len(b):
                return 0
            if a[i] == b[j]:
                return 1 + common(i + 1, j + 1)
            return max(common(i + 1, j), common(i, j + 1))

        return common(0, 0) + 1

    def in_place(ours, theirs):
        longest = run = 0
        for x, y in zip(np.diff(ours), np.diff(theirs), strict=False):
            run = run + 1 if x == y else 0
            longest = max(longest, run)
        return longest + 1

    mistakes = {
        pitches: "compare intervals, not pitches",
        intervals: "one note more",
        gaps: "may not be left out",
        in_place: "at another place",
    }
    assert_outcomes(chapter_08.longest_copy, starter, mistakes)
