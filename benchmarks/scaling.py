"""Whether time for each file and memory stay level as archives grow: the same files 1, 4 and 16 times.

Only reading and extraction are timed: among copies the dataset finds the same distinct melodies at each size.
"""

import sys
import tempfile
import zipfile
from pathlib import Path
from statistics import median

from benchmarks.inputs import archives
from benchmarks.measure import Options, Row, check, in_turn, peak_megabytes, program, run

COPIES, QUICK_COPIES = (1, 4, 16), (1, 2)
MOST_CHANGE, MOST_MEGABYTES = 0.15, 300
TIMED = """
import sys, tempfile, time
from melody_tutorial.datasets import build_dataset
from melody_tutorial.melodies import extract_sources
start = time.process_time()
melodies, funnel = extract_sources([sys.argv[1]], processes=1)
seconds = time.process_time() - start
with tempfile.TemporaryDirectory() as folder:
    manifest = build_dataset(melodies, funnel, folder)
print(seconds, funnel.stages["files"], funnel.stages["distinct_melodies"])
"""


def measure(options: Options) -> list[Row]:
    """Time for each file in one process, and the peak memory of the whole command."""
    name, archive = list(archives(options).items())[-1]
    with tempfile.TemporaryDirectory() as folder:
        sizes = {}
        for copies in QUICK_COPIES if options.quick else COPIES:
            sizes[copies] = repeat_members(archive, copies, Path(folder, f"{copies}.zip"))
        commands = {copies: [sys.executable, "-c", TIMED, str(path)] for copies, path in sizes.items()}
        taken = in_turn({n: lambda c=c: time_of(c) for n, c in commands.items()}, options.runs)
        check(len({run(command).split()[2] for command in commands.values()}) == 1, "copies were not found")
        memory = {
            copies: [peak_megabytes(program("extract", path, "--output", Path(folder, "dataset")))]
            for copies, path in sizes.items()
        }
    return [time_row(name, taken), memory_row(name, memory)]


def repeat_members(archive: Path, copies: int, path: Path) -> Path:
    """Write a zip that holds every member of another so many times, each copy in a folder of its own."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for copy in range(copies):
            for name in source.namelist():
                if name.endswith(".mid"):
                    target.writestr(f"{copy:02}/{name}", source.read(name))
    return path


def time_of(command: list[str]) -> float:
    """Microseconds for each file."""
    seconds, files, _ = run(command).split()
    return float(seconds) / int(files) * 1e6


def time_row(name: str, taken: dict[int, list[float]]) -> Row:
    """The largest archive's time for each file beside that of the others."""
    (*_, most), medians = taken, {copies: median(figures) for copies, figures in taken.items()}
    middle = sum(medians.values()) / len(medians)
    change = max(abs(figure / middle - 1) for figure in medians.values())
    return Row(
        f"cost as the work grows, {name}: archive → melodies, {most}×, processor time of one process",
        "µs/file",
        taken[most],
        target=f"±{MOST_CHANGE:.0%} at " + ", ".join(f"{copies}×" for copies in taken),
        met=change <= MOST_CHANGE,
        note=", ".join(f"{copies}×: {figure:.0f}" for copies, figure in medians.items()) + f"; ±{change:.0%}"
        ". Copies are duplicates: what comes after is the same few distinct melodies at each size",
    )


def memory_row(name: str, memory: dict[int, list[float]]) -> Row:
    """The peak memory of the whole command at each size."""
    *_, most = memory
    return Row(
        f"peak memory, {name}: {most}× the archive, whole command with all its processes",
        "MB",
        memory[most],
        target=f"≤ {MOST_MEGABYTES} MB, flat",
        met=memory[most][0] <= MOST_MEGABYTES,
        note=", ".join(f"{copies}×: {figures[0]:.0f}" for copies, figures in memory.items()),
    )
