"""The extraction funnel: what went in, what came out, and what became of everything that did not."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# reason: (what a beginner reads, what to change)
REASONS = {
    "unreadable": (
        "the file is no MIDI, ABC or MusicXML that can be read",
        "open it in a music program and save it again",
    ),
    "too_large": ("the file is larger than the cap", "raise --max-member-bytes"),
    "ratio": ("the archive unpacks to suspiciously more than it holds", "raise --max-ratio if you trust it"),
    "costly": (
        "reading the file takes more work than its budget",
        "open it in a music program and save it again, in several parts",
    ),
    "fault": (
        "reading the file failed in a way that the program does not know",
        "report the file as a fault of the program",
    ),
    "encrypted": ("the archive member needs a password", "unpack the archive yourself and give the folder"),
    "too_long": ("the piece lasts for longer than 100,000,000 ticks", "save it again without the empty time"),
    "no_notes": ("nothing but drums or silence is left", "nothing: there is no melody in it"),
    "time_signature": ("a bar is not a whole number of steps", "raise --steps-per-quarter"),
    "polyphonic": ("two notes start together", "--polyphony highest, or --steps-per-quarter 12"),
    "too_short": ("the melody has too few bars", "lower --min-bars"),
    "few_pitches": (
        "the melody has too few different pitches",
        "lower --min-unique-pitches, or raise --max-steps if it is low",
    ),
    "off_grid": (
        "notes of the melody begin between two steps",
        "--off-grid bend moves them to the nearest step; --steps-per-quarter 12 fits triplets",
    ),
    "relative": (
        "it is related to a tune that the frozen split holds out, and was not known to it",
        "nothing: a network must not learn from it",
    ),
    "duplicate": ("the same melody came before, perhaps in another key", "nothing: once is enough"),
}
# change: (stage that it is counted in, what it takes there, what a beginner reads, what to change)
CHANGES = {
    "cut": (
        "melodies",
        "steps",
        "melodies are cut at --max-steps, 512 unless you say otherwise",
        "raise --max-steps",
    ),
    "bent": (
        "melodies",
        "notes",
        "notes between two steps move to the nearest: on sixteenths an eighth triplet becomes 0, 1, 3",
        "--off-grid discard rejects the melody; --steps-per-quarter 12 fits triplets",
    ),
    "lower": (
        "melodies",
        "notes",
        "of notes that start together, after quantising, only the highest is kept",
        "--polyphony discard leaves their tracks out",
    ),
    "graces": ("scores", "notes", "grace notes are left out", "write those that matter as notes"),
    "ornaments": (
        "scores",
        "signs",
        "trills, rolls, turns and mordents become the plain note",
        "write those that matter as notes",
    ),
}


@dataclass(frozen=True)
class Reject:
    """One file, track or melody that was left out.

    Attributes:
        file: name of the file, as in its archive.
        reason: a key of ``REASONS``.
        found: the value that was found, in words; "" where there is none.
    """

    file: str
    reason: str
    found: str = ""


@dataclass
class Funnel:
    """Counts from files to melodies, every reject under its reason, and what was lost of the rest.

    ``stages`` maps, in order, a stage ("files", "scores", "tracks", "melodies", …) to its count; ``changes``
    maps a key of ``CHANGES`` to two counts: "cut" to the "melodies" that were, and the "steps" they lost.
    """

    stages: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Reject]] = field(default_factory=dict)
    changes: dict[str, Counter[str]] = field(default_factory=dict)
    most_examples: int = 5

    def count(self, stage: str, number: int = 1) -> None:
        """Add ``number`` to a stage."""
        self.stages[stage] += number

    def reject(self, reject: Reject) -> None:
        """Count a reject under its reason; keep the first few of each reason as examples."""
        self.rejects[reject.reason] += 1
        kept = self.examples.setdefault(reject.reason, [])
        if len(kept) < self.most_examples:
            kept.append(reject)

    def reject_all(self, reason: str, number: int, examples: Iterable[Reject]) -> None:
        """Count ``number`` rejects of one reason, of which the first few are given as examples."""
        if number:
            self.rejects[reason] += number
            kept = self.examples.setdefault(reason, [])
            kept.extend(list(examples)[: self.most_examples - len(kept)])

    def change(self, change: str, places: int, amount: int) -> None:
        """Count a change in so many more melodies or scores, and how much was lost there in all."""
        if amount:
            place, what, *_ = CHANGES[change]
            self.changes.setdefault(change, Counter()).update({place: places, what: amount})

    def merge(self, other: "Funnel") -> None:
        """Add another funnel, such as that of the next slice of an archive."""
        self.stages.update(other.stages)
        self.rejects.update(other.rejects)
        for reason, rejects in other.examples.items():
            kept = self.examples.setdefault(reason, [])
            kept.extend(rejects[: self.most_examples - len(kept)])
        for change, counts in other.changes.items():
            self.changes.setdefault(change, Counter()).update(counts)

    def rows(self) -> Iterable[tuple[str, int, str, str, str]]:
        """Rows of the table of rejects, most frequent first: reason, count, text, example, advice."""
        for reason, count in self.rejects.most_common():
            text, advice = REASONS[reason]
            first = self.examples[reason][0]
            example = f"{first.file}: {first.found}" if first.found else first.file
            yield reason, count, text, example, advice

    def change_rows(self) -> Iterable[tuple[str, str, str, str]]:
        """Rows of the table of changes: in how many of all, how much, text, advice."""
        return change_rows(self.stages, self.changes)

    def as_dict(self) -> dict:
        """The funnel as plain JSON values."""
        examples = {
            reason: [{"file": r.file, "found": r.found} for r in rejects]
            for reason, rejects in self.examples.items()
        }
        changes = {change: dict(counts) for change, counts in self.changes.items()}
        return {
            "stages": dict(self.stages),
            "rejects": dict(self.rejects),
            "changes": changes,
            "examples": examples,
        }


def change_rows(
    stages: Mapping[str, int], changes: Mapping[str, Mapping[str, int]]
) -> Iterable[tuple[str, str, str, str]]:
    """``Funnel.change_rows`` from a funnel's stages and changes, such as JSON has them."""
    for change, (place, what, text, advice) in CHANGES.items():
        if counts := changes.get(change):
            share = f"{counts[place]:,} of {counted(stages[place], place)}"
            yield share, counted(counts[what], what), text, advice


def counted(number: int, things: str) -> str:
    """A number of things, which are named in the plural, in the right form: 1 melody, 1,234 melodies."""
    one = re.sub("ies$", "y", things).removesuffix("s")
    return f"{number:,} {one if number == 1 else things}"


def plural(number: str, word: str, ending: str = "s") -> str:
    """A number and a word in its right form: 1 bar, 2 bars."""
    return f"{number} {word}{'' if number == '1' else ending}"
