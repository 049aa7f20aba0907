"""``melody-tutorial extract`` as a user calls it: a process from its start to its end, dataset written."""

import tempfile
from pathlib import Path

from benchmarks.inputs import archives, make_dataset
from benchmarks.measure import Options, Row, check, in_turn, program, python, run, seconds
from melody_tutorial.datasets import open_dataset

MOST_SECONDS = 1.5
MAGENTA_SECONDS = 71  # Magenta's two scripts on Nottingham, measured once on such a machine


def measure(options: Options) -> list[Row]:
    """One row for each archive."""
    return [measure_archive(name, archive, options) for name, archive in archives(options).items()]


def measure_archive(name: str, archive: Path, options: Options) -> Row:
    """The whole command, beside the start of Python with the libraries that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "dataset")
        command = program("extract", archive, "--output", output)
        taken = in_turn(
            {
                "ours": lambda: seconds(lambda: run(command)),
                "start": lambda: seconds(lambda: run(python("import numpy, symusic, typer"))),
            },
            options.runs,
        )
        expected = make_dataset(archive, Path(folder, "again")).manifest
        check(open_dataset(output).manifest == expected, f"{name}: the command writes another dataset")
    row = Row(f"whole process: extract {archive.name}", "s", taken["ours"], limit=taken["start"])
    row.limit_name = "Python starts and imports NumPy, symusic and Typer"
    if name == "Nottingham":
        row.target, row.met = f"≤ {MOST_SECONDS} s", row_median(row) <= MOST_SECONDS
        row.skipped = {"Magenta's two scripts": f"they need TensorFlow 1; {MAGENTA_SECONDS} s when last run"}
    return row


def row_median(row: Row) -> float:
    """Median of the program's figures."""
    return sorted(row.ours)[len(row.ours) // 2]
