"""``python -m benchmarks [SUBJECT …] [--quick]``: measure, write the results, make the table.

Each subject runs in a process of its own, so that none finds the libraries of another loaded. It fails when a
result is wrong, never for a time.
"""

import argparse
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.measure import ROOT, Options, WrongResultError
from benchmarks.table import save, table_of, write_table

SUBJECTS = (
    "extraction",
    "whole_process",
    "scaling",
    "dataset_size",
    "training_step",
    "time_to_quality",
    "sampling",
    "imports",
    "corpus",
    "relatives",
    "keys",
    "ladder",
    "fine_tuning",
    "instruments",
)
QUICK_RUNS = 1
TORCH = str(ROOT / ".venv-bench/bin/python")  # what `make bench` installs where it can


def main() -> int:
    """Measure what the command line asks for; 1 where a result is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS) + "; default: all")
    parser.add_argument("--quick", action="store_true", help="look for wrong results only, write nothing")
    parser.add_argument("--runs", type=int, default=5, help="figures taken of each, 5 where nothing is said")
    parser.add_argument("--time-to-quality-minutes", type=float, default=20, help="of plain Keras's training")
    parser.add_argument(
        "--torch-python", default=TORCH if Path(TORCH).exists() else None, help="a Python with PyTorch"
    )
    parser.add_argument("--table", action="store_true", help="make the table of the results that are there")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.subjects) - set(SUBJECTS))
    if unknown:
        parser.error(f"no subject {unknown[0]!r}: choose of {', '.join(SUBJECTS)}")
    if chosen.table:
        print(write_table(SUBJECTS))
        return 0
    runs = QUICK_RUNS if chosen.quick else chosen.runs
    options = Options(chosen.quick, runs, chosen.time_to_quality_minutes, chosen.torch_python)
    if len(chosen.subjects) == 1:
        return measure_here(chosen.subjects[0], options)
    arguments = [argument for argument in sys.argv[1:] if argument not in SUBJECTS]
    statuses = [measure_apart(subject, arguments) for subject in chosen.subjects or SUBJECTS]
    return int(any(statuses))  # one that crashed has a status below 0


def measure_apart(subject: str, arguments: list[str]) -> int:
    """Measure one subject in a process of its own, and return its status."""
    return subprocess.run([sys.executable, "-m", "benchmarks", subject, *arguments], cwd=ROOT).returncode


def measure_here(subject: str, options: Options) -> int:
    """Measure one subject in this process and print its rows; unless it is a quick run, keep them."""
    start = time.perf_counter()
    try:
        rows = import_module(f"benchmarks.{subject}").measure(options)
    except WrongResultError as error:
        print(f"{subject}: WRONG: {error}", file=sys.stderr)
        return 1
    print(f"\n{subject}, {time.perf_counter() - start:.0f} s\n\n{table_of(rows, subject)}", flush=True)
    if options.quick:
        print("The results are right; the times of so small a run say nothing.")
    else:
        save(subject, rows)
        write_table(SUBJECTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
