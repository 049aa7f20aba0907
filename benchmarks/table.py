"""Results as JSON files, and the table in ``README.md`` that is made of them."""

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.measure import Row
from melody_tutorial.files import write_text

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
PACKAGES = ("numpy", "symusic", "tensorflow", "keras", "note-seq")
HEAD = """# What it costs, beside its peers and beside what the machine allows

Made by `make bench`; do not edit. Each row is measured again by the command beside it. Every figure is the
median of runs taken in turn with those of the peers and of the limit (A B C A B C …), with its lowest and
highest. "×" is how many times better the program is than a peer; the share of the limit is the program's
beside what the machine could do at most, measured in the same minutes. [NOTES.md](NOTES.md) tells what was
tried.

PyTorch takes part where it could be installed in an environment of its own, or `--torch-python` names one.

`make bench BENCH=--quick` looks for wrong results only; it takes a minute or two and writes nothing.
"""
COLUMNS = ("measure", "ours", "peers", "limit", "target", "met", "command")


def save(subject: str, rows: list[Row]) -> None:
    """Write the rows of a subject as JSON, with the machine that they come from."""
    facts = {"subject": subject, "machine": machine(), "rows": [asdict(row) for row in rows]}
    write_text(RESULTS / f"{subject}.json", json.dumps(facts, indent=1, ensure_ascii=False) + "\n")


def machine() -> dict[str, str]:
    """Processor, cores, versions, and how busy it was."""
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "cpu": f"{cpu}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "load": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def write_table(order: list[str]) -> Path:
    """Write README.md anew from all results that are there, in the order of the subjects."""
    text = HEAD
    machines = {}
    for subject in order:
        path = RESULTS / f"{subject}.json"
        if path.is_file():
            facts = json.loads(path.read_text(encoding="utf-8"))
            text += f"\n## {subject}\n\n" + table_of([Row(**row) for row in facts["rows"]], subject)
            machines[subject] = facts["machine"]
    return write_text(FOLDER / "README.md", text + "\n" + machines_of(machines))


def table_of(rows: list[Row], subject: str) -> str:
    """The rows of one subject as a table in Markdown, and below it what its readers must know."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(cells(row, subject)) + " |" for row in rows]
    notes = dict.fromkeys(row.note for row in rows if row.note)
    return "\n".join(lines) + "\n" + "".join(f"\n{note[0].upper()}{note[1:]}.\n" for note in notes)


def cells(row: Row, subject: str) -> list[str]:
    """The cells of one row."""
    peers = [
        f"{name} {figure(values, row.unit)}: **{times(row.times_better(values))}×**"
        for name, values in row.peers.items()
    ]
    peers += [f"{name} skipped: {reason}" for name, reason in row.skipped.items()]
    limit = (
        f"{row.limit_name} {figure(row.limit, row.unit)}: **{row.times_better(row.limit):.0%}**"
        if row.limit
        else ""
    )
    met = {True: "yes", False: "no", None: ""}[row.met]
    return [
        row.measure,
        figure(row.ours, row.unit),
        "<br>".join(peers),
        limit,
        row.target,
        met,
        f"`make bench BENCH={subject}`",
    ]


def figure(values: list[float], unit: str) -> str:
    """Median, unit, and the lowest and highest of several."""
    text = f"{number(median(values))} {unit}"
    return f"{text} ({number(min(values))}–{number(max(values))})" if len(values) > 1 else text


def number(value: float) -> str:
    """Three digits, thousands apart."""
    if value >= 1000:
        digits = len(str(int(value))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{value:.3g}"


def times(value: float) -> str:
    """A ratio, to as many digits as it deserves."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def machines_of(machines: dict[str, dict]) -> str:
    """Where the figures come from."""
    lines = ["## Machine\n"]
    for key in ("cpu", "system", "packages"):
        for found in dict.fromkeys(facts[key] for facts in machines.values()):
            lines += [f"- {found}"]
    loads = "; ".join(f"{subject} {facts['when']}, {facts['load']}" for subject, facts in machines.items())
    lines.append(f"- when, and the load over 1, 5 and 15 minutes at the end: {loads}")
    return "\n".join(lines) + "\n"
