"""The ladder of models that count, on the test melodies of the default corpus."""

import tempfile
from dataclasses import fields
from pathlib import Path

from benchmarks.inputs import archives, make_dataset
from benchmarks.measure import Options, Row, check
from benchmarks.table import FOLDER
from melody_tutorial.evaluation import Figures, measure_ladder
from melody_tutorial.files import write_text

COLUMNS = {
    "loss": "nats per event",
    "perplexity": "perplexity",
    "accuracy": "accuracy",
    "onset_accuracy": "at onsets",
    "timing_bits": "timing, bits per note",
    "pitch_bits": "pitch, bits per note",
}
HEAD = """# The ladder: what counting alone reaches

Made by `make bench BENCH=ladder`; do not edit. Test melodies of the tune books, with 95 % intervals
by bootstrap over the families of tunes. [measures.md](../docs/measures.md) defines the rungs and the figures.

"""
NOTE = "losses with their 95 % intervals; all figures: [LADDER.md](LADDER.md)"


def measure(options: Options) -> list[Row]:
    """One row for each rung; unless it is a quick run, all figures of the rungs in ``LADDER.md``."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_dataset(archives(options)["tune books"], Path(folder))
        rungs = measure_ladder(*map(dataset.records, dataset.sides))
    check(rungs["bigram"].loss.value < rungs["unigram"].loss.value, "a bigram that is worse than a unigram")
    check(rungs["copy"].loss.value < rungs["trigram"].loss.value, "a ladder that leads down")
    text = table(rungs)
    print(text)
    if not options.quick:
        write_text(FOLDER / "LADDER.md", HEAD + text)
    return [
        Row(f"ladder: {name}", "nats/event", [found.loss.low, found.loss.value, found.loss.high], note=NOTE)
        for name, found in rungs.items()
    ]


def table(rungs: dict[str, Figures]) -> str:
    """All figures of the rungs in Markdown."""
    names = [field.name for field in fields(Figures)]
    lines = [
        "| model | " + " | ".join(COLUMNS[name] for name in names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for model, found in rungs.items():
        figures = [getattr(found, name) for name in names]
        cells = [f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})" for figure in figures]
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
