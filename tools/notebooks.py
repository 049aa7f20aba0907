"""Run the notebooks and store what they show; write the repository's address into them.

python -m tools.notebooks run [00 03 …] [--preset test] [--dry]
python -m tools.notebooks links [--repo owner/name]
"""

import argparse
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from melody_tutorial import files
from tools import contents, links, stored

CELL_SECONDS = 600
CORES = 2  # of which the stated run times speak


def main() -> None:
    """Read the command line and do what it asks."""
    arguments = parse()
    if arguments.command == "links":
        links.write(arguments.repo)
        return
    if not (paths := stored.notebook_paths(arguments.numbers)):
        sys.exit(f"no notebook begins with {' or '.join(arguments.numbers)}")
    use_two_cores()
    for path in paths:
        run_and_store(path, arguments.preset, arguments.dry)
    if not arguments.dry:
        contents.write()


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run top to bottom and store the outputs")
    run.add_argument("numbers", nargs="*", help="such as 03; all without it")
    run.add_argument("--preset", default=stored.PRESET)
    run.add_argument("--dry", action="store_true", help="store nothing")
    address = commands.add_parser("links", help="write the address wherever it stands")
    address.add_argument("--repo", help="owner/name on GitHub; without it, what pyproject.toml says")
    return parser.parse_args()


def use_two_cores() -> None:
    """Let this process and the kernels that it starts run on two cores, where the system can say so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def run_and_store(path: Path, preset: str, dry: bool) -> None:
    """Run one notebook; store it when all of its cells ran."""
    notebook = stored.read(path)
    stored.link(notebook, path, stored.repository())
    seconds = execute(notebook, path, {"MELODY_TUTORIAL_PRESET": preset, "MELODY_TUTORIAL_STATIC": "1"})
    print(f"{path.name}: {seconds:.0f} s", flush=True)
    if not dry:
        stored.state_run_time(notebook, seconds)
        stored.store(notebook)
        files.write_text(path, nbformat.writes(notebook) + "\n")


def execute(notebook: NotebookNode, path: Path, settings: dict[str, str]) -> float:
    """Run all cells in place, in the notebook's folder; returns the seconds, the kernel's start included.

    Args:
        settings: environment variables of the kernel.
    """
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", resources=folder)
    client.extra_arguments = ["--IPKernelApp.log_level=ERROR"]  # it warns of TCP on this very machine
    start = time.monotonic()
    try:
        client.execute(env={**os.environ, **settings})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        sys.exit(f"{path.name} stopped in {place_of_failure(notebook)}:\n{error}")
    return time.monotonic() - start


def place_of_failure(notebook: NotebookNode) -> str:
    """The cell that did not come to its end, by number among all cells and by its first line."""
    for number, cell in enumerate(notebook.cells, 1):
        outputs = cell.get("outputs", [])
        if cell.cell_type == "code" and (
            cell.execution_count is None or any(output.output_type == "error" for output in outputs)
        ):
            return f"cell {number} ({cell.source.strip().splitlines()[0]})"
    return "its last cell"


if __name__ == "__main__":
    main()
