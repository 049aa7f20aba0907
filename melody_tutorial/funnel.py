"""The extraction funnel: what went in, what came out, and a reason for everything that did not."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# reason: (what a beginner reads, what to change)
REASONS = {
    "unreadable": (
        "the file is no MIDI, ABC or MusicXML that can be read",
        "open it in a music program and save it again",
    ),
    "too_large": ("the file is larger than the cap", "raise --max-member-bytes"),
    "ratio": ("the archive unpacks to suspiciously more than it holds", "raise --max-ratio if you trust it"),
    "encrypted": ("the archive member needs a password", "unpack the archive yourself and give the folder"),
    "too_long": ("the piece lasts for longer than 100,000,000 ticks", "save it again without the empty time"),
    "no_notes": ("nothing but drums or silence is left", "nothing: there is no melody in it"),
    "time_signature": ("a bar is not a whole number of steps", "raise --steps-per-quarter"),
    "polyphonic": ("two notes start together", "--polyphony highest keeps the highest"),
    "too_short": ("the melody has too few bars", "lower --min-bars"),
    "few_pitches": ("the melody has too few different pitches", "lower --min-unique-pitches"),
    "duplicate": ("the same melody came before, perhaps in another key", "nothing: once is enough"),
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
    """Counts from files to melodies, and every reject under its reason.

    ``stages`` maps, in order, a stage ("files", "scores", "tracks", "melodies", …) to its count.
    """

    stages: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Reject]] = field(default_factory=dict)
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

    def merge(self, other: "Funnel") -> None:
        """Add another funnel, such as that of the next slice of an archive."""
        self.stages.update(other.stages)
        self.rejects.update(other.rejects)
        for reason, rejects in other.examples.items():
            kept = self.examples.setdefault(reason, [])
            kept.extend(rejects[: self.most_examples - len(kept)])

    def rows(self) -> Iterable[tuple[str, int, str, str, str]]:
        """Rows of the table of rejects, most frequent first: reason, count, text, example, advice."""
        for reason, count in self.rejects.most_common():
            text, advice = REASONS[reason]
            first = self.examples[reason][0]
            example = f"{first.file}: {first.found}" if first.found else first.file
            yield reason, count, text, example, advice

    def as_dict(self) -> dict:
        """The funnel as plain JSON values."""
        examples = {
            reason: [{"file": r.file, "found": r.found} for r in rejects]
            for reason, rejects in self.examples.items()
        }
        return {"stages": dict(self.stages), "rejects": dict(self.rejects), "examples": examples}


def counted(number: int, things: str) -> str:
    """A number of things, which are named in the plural, in the right form: 1 melody, 1,234 melodies."""
    one = re.sub("ies$", "y", things).removesuffix("s")
    return f"{number:,} {one if number == 1 else things}"


def plural(number: str, word: str, ending: str = "s") -> str:
    """A number and a word in its right form: 1 bar, 2 bars."""
    return f"{number} {word}{'' if number == '1' else ending}"
