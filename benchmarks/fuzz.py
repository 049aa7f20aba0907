"""``make fuzz``: bytes that atheris makes up, guided by what code they reach, thrown at all that reads files.

Each kind of input has a process of its own (``fuzz_targets``). A finding ends it; it is kept, and another
process makes up the rest.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import ROOT
from benchmarks.robustness_page import write_page
from benchmarks.table import RESULTS, machine
from melody_tutorial.files import write_text

MILLION = 1_000_000
COUNTS = dict.fromkeys(("primer", "checkpoint", "tfrecord", "musicxml", "archive"), MILLION // 10)
COUNTS |= {"midi": MILLION, "abc": MILLION // 10}
PYTHON = ROOT / ".venv-fuzz/bin/python"  # what `make fuzz` installs
FINDINGS = ROOT / ".venv-fuzz/findings"
LONGEST = 10  # seconds of an input, after which it is a finding
MOST_MEGABYTES = 1_000  # of the process
MOST_FINDINGS = 20
AT_ONCE = 50_000  # inputs of one process, whose tables grow by some kilobytes with each


def main() -> int:
    """Fuzz every kind and write the page; 1 where there is a finding."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(COUNTS) + "; default: all")
    parser.add_argument("--python", default=PYTHON, help="a Python that has atheris")
    parser.add_argument("--quick", action="store_true", help="1,000 inputs of each kind, write nothing")
    chosen = parser.parse_args()
    found = {}
    for kind in chosen.kinds or COUNTS:
        count = 1_000 if chosen.quick else COUNTS[kind]
        for figures in fuzz(str(chosen.python), kind, count):
            found[kind] = figures
            print(f"{kind}: {json.dumps(figures, ensure_ascii=False)}", flush=True)
            if not chosen.quick:
                keep(kind, figures)
    return int(any(figures["findings"] for figures in found.values()))


def fuzz(python: str, kind: str, count: int) -> Iterator[dict]:
    """Make up so many inputs of a kind; after each process, how many there were and what was found."""
    began, findings, inputs, slowest, megabytes = time.perf_counter(), [], 0, 0.0, 0.0
    while inputs < count and len(findings) < MOST_FINDINGS:
        with TemporaryDirectory() as folder:
            options = [f"-runs={min(AT_ONCE, count - inputs)}", f"-seed={1 + inputs}"]
            done = run(python, kind, Path(folder, "work"), options)
            facts = json.loads(Path(folder, "work", "slowest.json").read_text("utf-8"))
            if done.returncode:
                findings.append(name_finding(kind, Path(folder, "work"), done.stdout))
        ended = re.search(r"^Done (\d+) runs", done.stdout, re.MULTILINE)
        inputs += int(ended[1]) if ended else facts["inputs"]
        slowest, megabytes = max(slowest, facts["slowest"]), max(megabytes, facts["megabytes"])
        yield {
            "inputs": inputs,
            "seconds": round(time.perf_counter() - began),
            "slowest": round(slowest, 3),
            "megabytes": round(megabytes),
            "findings": findings.copy(),
        }


def run(python: str, kind: str, folder: Path, options: list[str]) -> subprocess.CompletedProcess:
    """Let libFuzzer make up inputs in a process of its own."""
    limits = [f"-timeout={LONGEST}", f"-rss_limit_mb={MOST_MEGABYTES}", f"-artifact_prefix={folder}/"]
    command = [python, "-m", "benchmarks.fuzz_targets", kind, str(folder), *options, *limits]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    return subprocess.run(command, cwd=ROOT, **output)


def name_finding(kind: str, folder: Path, output: str) -> str:
    """What was found, in the words of its error; the input itself is kept."""
    for path in [*folder.glob("crash-*"), *folder.glob("timeout-*"), *folder.glob("oom-*")]:
        FINDINGS.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, FINDINGS / f"{kind}-{path.name}")
    errors = re.findall(r"^(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)\b.*", output, re.MULTILINE)
    summary = re.findall(r"^SUMMARY: .*", output, re.MULTILINE)
    return ([*summary, *errors] or ["the process ended"])[-1][:200]


def keep(kind: str, figures: dict) -> None:
    """Put the figures of a kind among the results, and write the page anew."""
    path = RESULTS / "fuzz.json"
    facts = json.loads(path.read_text("utf-8")) if path.exists() else {"kinds": {}}
    facts = {"machine": machine(), "kinds": facts["kinds"] | {kind: figures}}
    write_text(path, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    write_page()


if __name__ == "__main__":
    sys.exit(main())
