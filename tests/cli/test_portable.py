"""The same on every system: names of any signs, and files of the same bytes."""

import ast
import io
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial import config
from melody_tutorial.cli import app
from melody_tutorial.datasets import corpus
from melody_tutorial.datasets.dataset import open_dataset
from melody_tutorial.files import write_json
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music.midi import write_midi
from melody_tutorial.music.sources import read_sources
from melody_tutorial.training import runs

ROOT = Path(__file__).parents[2]
# What Windows refuses in the name of a file, wherever it stands.
REFUSED = re.compile(r'[<>:"\\|?*\x00-\x1f]|[ .]$|^(CON|PRN|AUX|NUL|COM\d|LPT\d)(\.|$)', re.IGNORECASE)


def tune(seed):
    events = np.full(16 * 8, -2, np.int8)
    events[::2] = np.random.default_rng(seed).choice([60, 62, 64, 65, 67, 69, 71], 64)
    return write_midi(melody_to_score(Melody(events)))


def test_a_zip_with_the_separators_of_windows_reads_as_one_with_those_of_zip(tmp_path):
    for name, separator in (("zip", "/"), ("windows", "\\")):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for member in ("b/reel.mid", "a.mid", "B/c/jig.mid", "__MACOSX/a.mid", "b/.git/x.mid"):
                archive.writestr(member.replace("/", separator), member)
    plain, windows = (list(read_sources([tmp_path / f"{name}.zip"])) for name in ("zip", "windows"))
    assert [file.name for file in windows] == ["B/c/jig.mid", "a.mid", "b/reel.mid"]
    assert [file[1:] for file in windows] == [file[1:] for file in plain]


def test_a_backslash_in_a_tar_is_a_sign_like_any_other(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        header = tarfile.TarInfo("AC\\DC/jig.mid")
        header.size = 4
        archive.addfile(header, io.BytesIO(b"MThd"))
    assert [file.name for file in read_sources([tmp_path / "a.tar"])] == ["AC\\DC/jig.mid"]


def test_processes_find_the_package_whatever_their_folder(tmp_path):
    """Also where it is not installed, but lies beside the caller: -S leaves out what is installed."""
    code = "from importlib.util import find_spec; print(find_spec('melody_tutorial').origin)"
    environment = config.child_environment(PYTHONSAFEPATH="1")
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == ROOT / "melody_tutorial" / "__init__.py"


@pytest.mark.parametrize("name", ["two words", "Größe → ½ 曲", "AC\\DC", "[bold] *?", "it's 100%", "“typed”"])
def test_names_of_folders_and_files_may_hold_any_sign(name, tmp_path, monkeypatch, capsys):
    """Read, written, and printed as they are."""
    if os.name == "nt" and REFUSED.search(name):
        pytest.skip("not on Windows")
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir()
    for number in range(4):
        Path(name, f"{name} {number}.mid").write_bytes(tune(number))
    assert (
        app.execute(
            ["extract", name, "--output", f"{name}/data", "--eval-ratio", "0.3", "--test-ratio", "0.3"]
        )
        == 0
    )
    assert capsys.readouterr().out.endswith(
        f"dataset: {Path(name, 'data')} with 2 melodies to learn from, 1 for validation, 1 for the test, "
        "drawn with seed 0\n"
    )
    sources = [
        record.source
        for side in ("train", "validation", "test")
        for record in open_dataset(f"{name}/data").records(side)
    ]
    assert sorted(sources) == [f"{name} {number}.mid" for number in range(4)]
    words = "--primer-midi", f"{name}/{name} 0.mid", "--output", f"{name}/new", "--num-outputs", "1"
    assert app.execute(["sample", *words, "--num-steps", "192", "--format", "mid,musicxml"]) == 0
    written = capsys.readouterr().out.splitlines()
    assert written[0] == str(Path(name, "new", "melody_01.mid"))
    assert all(Path(path).is_file() for path in written)
    provenance = json.loads(Path(written[-1]).read_text(encoding="utf-8"))
    assert provenance["primer"]["source"] == f"{name} 0.mid"


@given(st.text(), st.integers(1, 9999))
def test_the_names_in_a_corpus_are_names_on_windows_too(title, number):
    name = corpus.member_name(corpus.Tune("book", number, f"X:1\nT:{title}\nK:C\n"))
    assert not [part for part in name.split("/") if REFUSED.search(part)]


def test_the_entries_of_a_zip_are_the_same_on_windows(monkeypatch):
    def data():
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(corpus.zip_entry("a.mid"), b"MThd")
        return buffer.getvalue()

    here = data()
    monkeypatch.setattr(sys, "platform", "win32")
    assert zipfile.ZipInfo("a.mid").create_system == 0, "what Python would write there"
    assert data() == here


def test_a_run_and_the_dataset_inside_it_can_move_to_another_system(tmp_path):
    dataset = tmp_path / "run" / "parts" / "dataset"
    dataset.mkdir(parents=True)
    (dataset / "manifest.json").write_bytes(b"{}")
    write_json(tmp_path / "run" / "run.json", {"manifest_sha256": "of an earlier try"})
    runs.begin_run(tmp_path / "run", dataset, config.ModelSettings(), config.TrainingSettings())
    assert runs.read_run(tmp_path / "run")["dataset"] == "parts/dataset"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there, names of files are Unicode")
def test_a_name_of_undecodable_bytes_survives_a_json_file(tmp_path):
    """In UTF-8 that anything can read; such a name is any beyond ASCII in the C locale."""
    name = os.fsdecode(b"/Gr\xf6\xdfe")
    settings = {"model": asdict(config.ModelSettings()), "training": asdict(config.TrainingSettings())}
    path = write_json(tmp_path / "run.json", {"dataset": name, "manifest_sha256": "", **settings})
    assert json.loads(path.read_bytes())["dataset"] == name
    assert runs.read_run(tmp_path)["dataset"] == name


class PressControlC:
    """Whoever unpickles it is interrupted."""

    def __reduce__(self):
        return signal.raise_signal, (signal.SIGINT,)


def test_an_extracting_process_that_control_c_reaches_too_ends_without_a_word():
    """As on Windows, where a console interrupts all its processes."""
    command, job = [sys.executable, "-m", "melody_tutorial.melodies.processes"], pickle.dumps(PressControlC())
    child = subprocess.run(command, input=job, capture_output=True, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (1, b"", b"")


def texts_written(code):
    """Lines that write text by other means than ``files.write_text``, which alone sees to UTF-8 and \\n."""
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        callee = ast.unparse(call.func)
        words = [ast.unparse(word) for word in (*call.args, *(keyword.value for keyword in call.keywords))]
        opens = re.search(r"\bopen$", callee) and any(re.fullmatch(r"'[wax]t?\+?'", word) for word in words)
        if opens or (callee.endswith(".write_text") and callee != "files.write_text"):
            yield call.lineno


def test_text_is_written_in_one_place_lest_windows_end_its_lines_otherwise():
    modules = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("melody_tutorial/**/*.py")}
    assert modules
    assert not {path.name: lines for path, code in modules.items() if (lines := list(texts_written(code)))}


def test_the_search_for_written_text_finds_each_way():
    code = """
open(path, "w", encoding="utf-8")
path.open(mode="a")
path.write_text(text, encoding="utf-8")
files.write_text(path, text)
write_text(path, text)
open(path, "wb")
open(path)
"""
    assert list(texts_written(code)) == [2, 3, 4]
