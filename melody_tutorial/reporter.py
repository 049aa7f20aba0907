"""What a job tells while it works: progress, lines, and the tables that several commands share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from melody_tutorial.funnel import Funnel, counted

# key in ``statistics.json``: what it is, and how its value is written
STATISTICS = {
    "in_scale": ("notes in the scale", ".1%"),
    "small_intervals": ("small intervals, of at most two semitones", ".1%"),
    "leaps": ("leaps, of more than seven semitones", ".1%"),
    "repeats": ("repeated notes", ".1%"),
    "notes_per_bar": ("notes in a bar", ".2f"),
    "longest_note": ("longest note of a melody, in bars", ".2f"),
    "exact": ("notes of the longest passage from training", ".1f"),
    "varied": ("the same, ornaments, note values and repeated notes aside", ".1f"),
    "surprise": ("surprise of the model by these, nats per event", ".3f"),
}

FORM_LAGS = (1, 2, 4, 8, 16)
# the same of whole tunes
TUNE_FIGURES = {
    "never_ended": ("tunes that never ended", ".1%"),
    "bars_complete": ("tunes whose bars are complete", ".1%"),
    "bars_asked": ("tunes of as many bars as asked for", ".1%"),
    "metre": ("tunes whose metre can be heard", ".1%"),
    "in_mode": ("notes in the mode", ".1%"),
    "ends_on_tonic": ("tunes that end on the tonic", ".1%"),
    "ends_on_beat": ("tunes that end on a beat", ".1%"),
    "aabb": ("tunes of 32 bars that are AABB", ".1%"),
    **{f"bars_{lag}": (f"bars equal to that {counted(lag, 'bars')} before", ".1%") for lag in FORM_LAGS},
    **{
        f"pitches_{lag}": (f"bars with the pitches of that {counted(lag, 'bars')} before", ".1%")
        for lag in FORM_LAGS
    },
    "range": ("range, in semitones", ".1f"),
}


class Reporter:
    """Keeps to itself all that a job tells; ``console.ConsoleReporter`` shows it."""

    @contextmanager
    def progress(self, description: str, total: int | None = None) -> Iterator[Callable[..., None]]:
        """Give ``advance(number=1, note="")`` to be called while the work proceeds towards ``total``."""
        yield lambda number=1, note="": None

    def say(self, text: str) -> None:
        """Tell something in a line."""

    def wait(self, text: str) -> None:
        """Tell what is being done, before some seconds in which nothing can be told."""

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show rows under a header."""

    def funnel(self, funnel: Funnel) -> None:
        """Show what came of the files at each stage, why the rest was left out, and what melodies lost."""
        stages = {stage.replace("_", " "): count for stage, count in funnel.stages.items()}
        self.say(" → ".join(counted(count, stage) for stage, count in stages.items()))
        rows = [(count, text, example, advice) for _, count, text, example, advice in funnel.rows()]
        if rows:
            self.table("Left out", ("count", "why", "example", "what to do (options of extract)"), rows)
        if changes := list(funnel.change_rows()):
            self.table(
                "Lost in what was kept",
                ("in", "how much", "what", "what to do (options of extract)"),
                changes,
            )

    def figures(self, title: str, figures: Mapping[str, Any]) -> None:
        """Show the ``Figures`` of models, given by name, with 95 % intervals, and shares without."""
        header = ("model", "nats per event", "timing, per note", "pitch, per note", "accuracy", "at onsets")
        rows = [
            (
                name,
                f"{each.loss:.3f}",
                f"{each.timing_bits:.2f}",
                f"{each.pitch_bits:.2f}",
                f"{each.accuracy.value:.1%}",
                f"{each.onset_accuracy.value:.1%}",
            )
            for name, each in figures.items()
        ]
        self.table(f"{title}: loss with its 95 % interval, timing and pitch in bits per note", header, rows)

    def statistics(self, statistics: Mapping[str, Mapping[str, object]]) -> None:
        """Show what composed melodies are like beside real ones and chance, with 95 % intervals."""
        sides = [statistics[name] for name in ("composed", "real", "chance")]
        header = ["", f"{sides[0]['melodies']} composed", "as many real", "random pitches"]
        rows = [
            [text, *(format(side[key], form) for side in sides)] for key, (text, form) in STATISTICS.items()
        ]
        if "tunes" in statistics:
            header[2:] = f"{sides[1]['melodies']} real", "random pitches", "composed beside real"
            rows = [[*row, statistics["beside"][key]] for row, key in zip(rows, STATISTICS, strict=True)]
        self.table("What the melodies are like, with 95 % intervals", header, rows)
        if "tunes" in statistics:
            self.tunes(statistics)

    def tunes(self, statistics: Mapping[str, Mapping[str, Any]]) -> None:
        """Show figures of whole tunes, composed, real and with something undone, and where they lie."""
        sets, metres = statistics["tunes"]["sets"], statistics["tunes"]["metres"]
        rows = [
            (text, *(format(each[key], form) for each in sets.values()), statistics["beside"][key])
            for key, (text, form) in TUNE_FIGURES.items()
        ]
        self.table("Whole tunes, with 95 % intervals", ("", *sets, "composed beside real"), rows)
        rows = [(kind, *(f"{share:.1%}" for share in shares.values())) for kind, shares in metres.items()]
        self.table("Tunes whose metre can be heard, by the metre asked for", ("", "composed", "real"), rows)


SILENT = Reporter()
