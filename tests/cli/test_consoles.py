"""Every command tells what it has to tell on any console, and works in any locale."""

import io
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from typer.main import get_command

from melody_tutorial.cli import app, console
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music.midi import write_midi

COMMANDS = get_command(app.app).commands
ENCODINGS = ["ascii", "latin-1", "cp437", "cp1252"]  # none of them knows →
QUICK = {  # what to type, and what is shown then
    "corpus": ("--list", "notice: The Essen folk songs"),
    "extract": ("Größe→1.zip --output Daten→2", "dataset: Daten->2 with"),
    "evaluate": ("Lauf→2 --samples 1", "figures: Lauf->2/statistics.json"),  # its dataset lies elsewhere
    "sample": ("--run Lauf→1 --output Lieder→ --num-outputs 1 --format mid", "Lieder->/melody_01.mid"),
    "report": ("Lauf→1", "report: Lauf->1/report.html"),
    "notebooks": ("--output Kurs→1", "Kurs->1"),
}
SLOW = {  # what loads TensorFlow, or looks for everything
    "run": "run --preset test --archive Größe→1.zip --output Lauf→1",
    "train": "train Lauf→1/dataset --output Lauf→2 --num-training-steps 1 --units 4 --tensorboard",
    "doctor": "doctor",
}
# All in one process, so that TensorFlow is loaded once. Where a module of ours leaves the encoding of a text
# to the system, it fails (PEP 597).
CHILD = """
import sys, warnings
from melody_tutorial.cli import main
warnings.filterwarnings("error", category=EncodingWarning, module="melody_tutorial")
for command in sys.argv[1:]:
    sys.argv[1:] = command.split()
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii:strict"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with an archive of 20 unlike melodies and a broken file."""
    place = tmp_path_factory.mktemp("place") / "two words → a \\ sign"
    place.mkdir()
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(place / "Größe→1.zip", "w") as archive:
        archive.writestr("Lärm → ½.mid", b"no MIDI")
        for number in range(20):
            events = np.full(16 * 8, -2, np.int8)
            events[::2] = rng.choice([60, 62, 64, 65, 67, 69, 71], 64)
            archive.writestr(f"tune {number}.mid", write_midi(melody_to_score(Melody(events))))
    return place


@pytest.fixture(scope="module")
def told(place):
    """What the slow commands tell in the C locale, which knows ASCII alone; they leave a run in ``place``."""
    command = [sys.executable, "-X", "warn_default_encoding", "-c", CHILD, *SLOW.values()]
    child = subprocess.run(command, cwd=place, env=os.environ | C_LOCALE, capture_output=True, timeout=300)
    assert child.returncode == 0, child.stderr.decode("utf-8", "replace")
    return child.stdout.decode("utf-8")


def shown(encoding, *words, terminal=False):
    """Exit status, stdout and stderr of a command on a console that refuses what its encoding lacks."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding, "strict", write_through=True) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["melody-tutorial", *words])
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            stream.isatty = lambda: terminal
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as end:
            app.main()
    written = [stream.buffer.getvalue() for stream in streams]
    return end.value.code, *(text.decode(encoding, "surrogateescape") for text in written)


def test_no_command_is_left_out():
    assert QUICK.keys() | SLOW.keys() == COMMANDS.keys(), "name a new command in one of them"


def test_slow_commands_in_the_c_locale(told):
    """Typed names, which are no text there, come out as the bytes that went in; others in ASCII."""
    lines = told.splitlines()
    assert "21 files -> 20 scores -> 20 pieces -> 20 tracks -> 20 melodies -> 20 distinct melodies" in lines
    assert any("Larm -> 1/2.mid" in line for line in lines)
    assert any(line.startswith("done: everything is in Lauf→1;") for line in lines)
    assert "run: Lauf→2" in lines
    assert any(line.startswith("ok       console: stdout takes ascii") for line in lines)
    assert "everything that is needed is there" in lines


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", QUICK)
def test_quick_commands(name, encoding, place, told, monkeypatch):
    monkeypatch.chdir(place)
    words, expected = QUICK[name]
    status, out, err = shown(encoding, name, *words.split())
    assert (status, err) == (0, "")
    assert expected in out


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bars_and_rules_of_a_terminal(encoding, place, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.setenv("COLUMNS", "200")
    status, out, err = shown(encoding, "extract", "Größe→1.zip", "--output", "Daten", terminal=True)
    assert status == 0
    assert "|     1 | the file is no MIDI" in out and "rm -> " in out
    assert "read files" in err


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_help(encoding):
    for words in ([], *([name] for name in COMMANDS)):
        status, out, err = shown(encoding, *words, "--help", terminal=True)
        assert (status, err) == (0, "") and "Options:" in out


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_mistakes(encoding):
    status, out, err = shown(encoding, "extract", "Ton→曲.zip")
    assert (status, out) == (1, "")
    assert err == "error: Ton->?.zip is no file or folder: check the name\n"
    assert "'Ton->?'" in shown(encoding, "Ton→曲")[2]


def test_a_console_that_takes_every_sign_shows_every_sign(place, monkeypatch):
    monkeypatch.chdir(place)
    _, out, _ = shown("utf-8", "extract", "Größe→1.zip", "--output", "Daten")
    assert "21 files → 20 scores" in out and "Lärm → ½.mid" in out


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there, names of files are Unicode")
@pytest.mark.parametrize("encoding", ["utf-8", *ENCODINGS])
def test_bytes_of_a_name_that_are_no_text_are_shown_as_they_are(encoding, tmp_path):
    path = os.fsencode(tmp_path) + b"/Gr\xf6\xdfe"  # in Latin-1, on a system that names files in UTF-8
    words = "--output", os.fsdecode(path), "--num-outputs", "1", "--num-steps", "16", "--format", "mid"
    status, out, err = shown(encoding, "sample", *words)
    assert (status, err) == (0, "")
    assert out.encode(encoding, "surrogateescape").startswith(path + b"/melody_01.mid\n")


@pytest.mark.parametrize(
    ("sign", "shown"),
    [
        ("→", "->"),
        ("−", "-"),
        ("…", "..."),
        ("½", "1/2"),
        ("“", '"'),
        ("’", "'"),
        ("é", "e"),
        ("ﬁ", "fi"),
        ("曲", "?"),
    ],
)
def test_signs_that_stand_for_others(sign, shown):
    assert console.stand_in(sign) == shown


def test_the_streams_of_a_notebook_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    console.open_closed_streams()
    console.write_readably()
    assert isinstance(sys.stdout, io.StringIO)


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_program_without_a_console_works(name, place, monkeypatch):
    """Such as under pythonw on Windows."""
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "argv", ["melody-tutorial", "extract", "Größe→1.zip", "--output", f"no {name}"])
    monkeypatch.setattr(sys, name, None)
    with pytest.raises(SystemExit) as end:
        app.main()
    assert not end.value.code and (place / f"no {name}" / "manifest.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the words of a shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_not_taken_by_files(closed, tmp_path):
    """In the command itself, and in the processes that it starts."""
    open_and_tell = "print(open({name!r}, 'w').fileno(), file=open('told', 'a'))"
    theirs = f'{sys.executable} -c "{open_and_tell.format(name="theirs")}"'
    code = f"""
import os
from melody_tutorial.cli.console import open_closed_streams
open_closed_streams()
{open_and_tell.format(name="ours")}
os.system({theirs!r})
"""
    command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, code]
    subprocess.run(command, cwd=tmp_path, check=True)
    ours, theirs = map(int, (tmp_path / "told").read_text(encoding="utf-8").split())
    assert ours > 2 and theirs > 2
