"""Exercises of chapter 08: reading a funnel, share of the notes in a scale, the longest copied passage."""

import numpy as np

from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake

SETTINGS = {
    "polyphonic": "polyphony",
    "too_short": "min_bars",
    "few_pitches": "min_unique_pitches",
    "time_signature": "steps_per_quarter",
}


def what_to_change(rejects, settings):
    """The setting behind the most frequent reason that a setting can mend, or None."""
    mendable = {reason: count for reason, count in rejects.items() if reason in settings}
    return settings[max(mendable, key=mendable.get)] if mendable else None


def of_the_most_frequent(rejects, settings):
    """Looks at the most frequent reason only, whether or not a setting mends it."""
    return settings.get(max(rejects, key=rejects.get))


def reason_itself(rejects, settings):
    """Gives the reason, not the setting."""
    mendable = {reason: count for reason, count in rejects.items() if reason in settings}
    return max(mendable, key=mendable.get) if mendable else None


def of_the_first(rejects, settings):
    """Takes the first reason that a setting can mend."""
    return next((settings[reason] for reason in rejects if reason in settings), None)


def of_the_rarest(rejects, settings):
    """Takes the least frequent."""
    mendable = {reason: count for reason, count in rejects.items() if reason in settings}
    return settings[min(mendable, key=mendable.get)] if mendable else None


setting_to_change = Exercise(
    solution=what_to_change,
    cases=[
        Case("three reasons", {"polyphonic": 7, "few_pitches": 2, "too_short": 31}, SETTINGS),
        Case("many duplicates", {"duplicate": 90, "few_pitches": 3, "time_signature": 8}, SETTINGS),
        Case(
            "files that are no music",
            {"unreadable": 12, "no_notes": 1},
            SETTINGS,
            because="no setting mends these reasons: give None",
        ),
    ],
    mistakes=[
        Mistake(
            "the most frequent reason may be one that no setting mends: look among those in `settings`",
            like=of_the_most_frequent,
        ),
        Mistake("this is the reason; the name of the setting is wanted", like=reason_itself),
        Mistake("the first reason was taken; take the most frequent one", like=of_the_first),
        Mistake("the rarest reason was taken; take the most frequent one", like=of_the_rarest),
    ],
    hints=[
        "First leave out the reasons for which there is no setting.",
        "`max(counts, key=counts.get)` gives the key of a dictionary's largest value.",
        "If nothing is left, there is nothing to change: give None.",
    ],
)

IN_C_MAJOR = (0, 2, 4, 5, 7, 9, 11)


def in_c_major(events):
    """Share of the notes of a melody that are in C major."""
    notes = events[events >= 0]
    return np.isin(notes % 12, IN_C_MAJOR).mean()


def without_octaves(events):
    """Compares pitches with pitch classes."""
    return np.isin(events[events >= 0], IN_C_MAJOR).mean()


def all_events(events):
    """Takes −1 and −2 for pitches: they are 11 and 10 modulo 12."""
    return np.isin(events % 12, IN_C_MAJOR).mean()


def note_offs_too(events):
    """Counts note-offs as notes."""
    return np.isin(events[events >= -1] % 12, IN_C_MAJOR).mean()


def share_of_events(events):
    """Divides by the number of all events."""
    notes = events[events >= 0]
    return np.isin(notes % 12, IN_C_MAJOR).sum() / len(events)


def by_length(events):
    """Weighs each note by the steps that it lasts."""
    steps, sounding = [], -1
    for event in events:
        sounding = sounding if event == -2 else event
        steps.append(sounding)
    return in_c_major(np.array(steps))


share_in_scale = Exercise(
    solution=in_c_major,
    cases=[
        Case("two notes, one of them F sharp", np.array([60, -2, -2, 66, -1, -2])),
        Case("a long note and three short ones", np.array([61, -2, -2, -2, -2, 62, 64, 77, -1])),
        Case("every note in the scale", np.array([48, -2, 83, -1, 72, -2, -2, -1])),
    ],
    mistakes=[
        Mistake("the octave is still in the pitches: take them modulo 12", like=without_octaves),
        Mistake("−2 and −1 are no pitches, but −1 % 12 is 11: leave them out first", like=all_events),
        Mistake("−1 ends a note and is none itself: leave it out", like=note_offs_too),
        Mistake("divide by the number of notes, not by that of all events", like=share_of_events),
        Mistake("notes were weighed by their length; each counts once", like=by_length),
    ],
    hints=[
        "Which events are notes? Those from 0 up.",
        "The pitch class is the pitch modulo 12; C is 0, and C major is 0, 2, 4, 5, 7, 9, 11.",
        "`np.isin(notes % 12, [0, 2, 4, 5, 7, 9, 11]).mean()`, with `notes = events[events >= 0]`.",
    ],
)


def longest_run(ours, theirs):
    """Notes of the longest passage of equal intervals: one more than the intervals."""
    a, b = np.diff(ours), np.diff(theirs)
    longest = 0
    for i in range(len(a)):
        for j in range(len(b)):
            n = 0
            while i + n < len(a) and j + n < len(b) and a[i + n] == b[j + n]:
                n += 1
            longest = max(longest, n)
    return longest + 1


def in_one_key(ours, theirs):
    """Compares pitches, and so misses a copy in another key."""
    return longest_stretch(list(ours), list(theirs))


def intervals_counted(ours, theirs):
    """Counts the intervals."""
    return longest_run(ours, theirs) - 1


def with_gaps(ours, theirs):
    """Longest common subsequence of the intervals, which may leave notes out."""
    a, b = np.diff(ours), np.diff(theirs)
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1, j + 1] = table[i, j] + 1 if x == y else max(table[i, j + 1], table[i + 1, j])
    return int(table[-1, -1]) + 1


def at_the_same_place(ours, theirs):
    """Compares place by place."""
    shortest = min(len(ours), len(theirs)) - 1
    a, b = np.diff(ours)[:shortest], np.diff(theirs)[:shortest]
    longest = run = 0
    for same in a == b:
        run = run + 1 if same else 0
        longest = max(longest, run)
    return longest + 1


def longest_stretch(a, b):
    """Longest stretch that two lists share."""
    return max(
        n
        for i in range(len(a))
        for j in range(len(b))
        for n in range(min(len(a) - i, len(b) - j) + 1)
        if a[i : i + n] == b[j : j + n]
    )


longest_copy = Exercise(
    solution=longest_run,
    cases=[
        Case("a copy in another key", np.array([60, 62, 64, 67, 65]), np.array([70, 67, 69, 71, 74, 60])),
        Case("a copy with a note put in", np.array([60, 62, 64, 65, 60]), np.array([60, 62, 64, 63, 64, 59])),
        Case("a copy at the end", np.array([72, 60, 60, 67, 67]), np.array([50, 64, 60, 61, 62, 62, 69, 69])),
        Case("nothing in common", np.array([60, 61]), np.array([60, 65])),
    ],
    mistakes=[
        Mistake("a copy in another key is a copy too: compare intervals, not pitches", like=in_one_key),
        Mistake("these are the intervals; a passage has one note more", like=intervals_counted),
        Mistake("notes may not be left out: the intervals must follow one another", like=with_gaps),
        Mistake(
            "a copy may stand at another place: compare every start with every start", like=at_the_same_place
        ),
    ],
    hints=[
        "`np.diff(pitches)` gives the intervals. They are the same in every key.",
        "Start at every place of the one and at every place of the other, and go on while they agree.",
        "Keep the largest number of equal intervals, and add one: two notes make one interval.",
    ],
)
