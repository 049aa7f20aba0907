"""``ROBUSTNESS.md``: the figures of ``make fuzz`` and ``make robustness``."""

import json
from pathlib import Path

from benchmarks.table import FOLDER, RESULTS
from melody_tutorial.files import write_text

HEAD = """# What hostile bytes, kills and damage do

Made by `make fuzz` and `make robustness`; do not edit. [SECURITY.md](../SECURITY.md) says what is promised.
"""
FUZZ = """
## Any bytes

`make fuzz`: inputs that [atheris](https://github.com/google/atheris) makes up, guided by what code they
reach. Each has to become music, or a reason in words; any other error is a finding. Memory is that of the
whole process, the fuzzer and its corpus among it.

| input | how many | findings | slowest | memory | took |
|---|---|---|---|---|---|
"""
KILLS = """
## Any kill

`make robustness`: SIGKILL at random moments of each command; then the folder is looked at, and the command is
called again, with `--resume` where that goes on.

| command | kills | half-written files | refused to go on | other bytes than without a kill |
|---|---|---|---|---|
"""
DAMAGE = """
## Any damage

The same command: one bit turned, or the file cut off, in each file of a run; at every byte of small files, at
1,000 drawn ones of large files. *Noticed*: refused in a sentence. *Harmless*: read as it was written.

| file | damaged | noticed | harmless | read wrongly, or a raw error |
|---|---|---|---|---|
"""


def write_page(folder: Path = FOLDER, results: Path = RESULTS) -> Path:
    """Write the page of all results that are there."""
    text = HEAD
    for name, tables in (("fuzz", (fuzz_table,)), ("robustness", (kill_table, damage_table))):
        if (results / f"{name}.json").exists():
            facts = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
            text += "".join(table(facts) for table in tables)
            text += f"\nMeasured on {facts['machine']['cpu']}, {facts['machine']['system']}, "
            text += f"{facts['machine']['when']}.\n"
    return write_text(folder / "ROBUSTNESS.md", text)


def fuzz_table(facts: dict) -> str:
    """A row for each kind of input."""
    rows = [
        f"| {kind} | {row['inputs']:,} | {len(row['findings'])} | {row['slowest']:.2f} s "
        f"| {row['megabytes']:,} MB | {row['seconds']:,} s |"
        for kind, row in facts["kinds"].items()
    ]
    return FUZZ + "\n".join(rows) + "\n"


def kill_table(facts: dict) -> str:
    """A row for each command."""
    return KILLS + "".join(
        f"| {name} | {' | '.join(map(str, row))} |\n" for name, row in facts["kills"].items()
    )


def damage_table(facts: dict) -> str:
    """A row for each file."""
    rows = facts["damage"].items()
    return DAMAGE + "".join(
        f"| `{name}` | {' | '.join(f'{each:,}' for each in row)} |\n" for name, row in rows
    )
