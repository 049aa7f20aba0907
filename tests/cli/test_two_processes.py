"""Two commands on one folder, as real processes: the first goes on, the second is refused in a sentence."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from examples import TUNES

from melody_tutorial.config import child_environment
from melody_tutorial.datasets.dataset import build_dataset
from melody_tutorial.files import LOCK, locked
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies.melody import save_midi

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there, a process cannot be halted by a signal")
HOLD = """import signal, sys
from melody_tutorial.files import locked
with locked(sys.argv[1]):
    print(flush=True)
    signal.pause()
"""
COMMANDS = {
    "extract": ["music", "--output"],
    "train": ["dataset", "--units", "4", "--epochs", "1", "--output"],
    "sample": [
        "--num-outputs",
        "1",
        "--num-steps",
        "32",
        "--format",
        "mid",
        "--run",
        "basic_rnn",
        "--output",
    ],
    "run": ["--preset", "test", "--archive", "music", "--output"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with music and a dataset."""
    monkeypatch.chdir(tmp_path)
    for number, tune in enumerate(TUNES[:12]):
        save_midi(tune, tmp_path / "music" / f"{number}.mid")
    build_dataset(TUNES[:12], Funnel(), tmp_path / "dataset")
    return tmp_path


def refused(folder: Path, words: list[str]) -> str:
    """What a command says that ends with status 1."""
    command = [sys.executable, "-m", "melody_tutorial.cli", *words]
    done = subprocess.run(command, cwd=folder, env=child_environment(), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_second_is_refused_and_writes_nothing(folder, command):
    words = [sys.executable, "-c", HOLD, str(folder / "out")]
    first = subprocess.Popen(words, env=child_environment(), stdout=subprocess.PIPE)
    try:
        assert first.stdout.readline()
        told = refused(folder, [command, *COMMANDS[command], "out"])
        assert told.startswith("error: another process is writing to ") and "right now" in told
        assert [path.name for path in (folder / "out").iterdir() if path.name != LOCK] == []
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
        first.stdout.close()
    with locked(folder / "out"):
        pass
