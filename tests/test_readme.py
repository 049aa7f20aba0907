"""What README.md shows works: every Python example runs, every command does, every option is there.

Each command of this program runs, in an empty folder and with the small preset; of ``make`` all but the doing
is tried; what would install something is checked as far as no network is needed. A command that is nothing of
all this has to be named in ``NOT_RUN``, with its reason, or the test fails.
"""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from itertools import islice, takewhile
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from typer.main import get_command

from benchmarks.__main__ import SUBJECTS
from melody_tutorial.cli import app
from melody_tutorial.datasets import corpus
from melody_tutorial.presets import PRESETS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMMANDS = get_command(app.app).commands

NOT_RUN = {
    "python -m venv .venv": "makes an environment, without a word of ours",
    r".venv\Scripts\activate": "is a file that Python makes, on Windows alone",
}
NO_COMMANDS = {"import melody_tutorial as mt": "the first line of the Python example"}
PICTURES = {" folder, .zip, .tar with": "the way of the data", "melody_tutorial/\n├──": "the modules by room"}
STANDS_FOR = {  # what a reader puts there: what the tests put there
    "ARCHIVE…": "data/corpora/tunebooks/tunebooks.zip",
    "DATASET": "runs/melody_rnn/dataset",
    "RUN": "runs/melody_rnn",
    "--output RUN": "--output runs/new",
    "DIR": "course",
}


def blocks(text):
    """Language and content of each fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def spans(text):
    """Every inline code outside of blocks, each once, in reading order."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return list(dict.fromkeys(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)))


def shown_commands(text):
    """All that may be typed: lines of blocks, and inline code of several words or with a program's name."""
    lines = [
        line.split("#")[0].strip()
        for language, block in blocks(text)
        if not language and not block.startswith(tuple(PICTURES))
        for line in block.splitlines()
    ]
    lines += [span for span in spans(text) if " " in span or Path(span).name in HANDLERS]
    return [line for line in dict.fromkeys(lines) if line not in NOT_RUN | NO_COMMANDS]


def check(line):
    """Fail unless a command that README shows is right."""
    for word, stand_in in sorted(STANDS_FOR.items(), key=lambda item: -len(item[0])):
        line = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", stand_in, line)
    words = shlex.split(line)
    program = Path(words[0]).name
    if program.startswith("--"):
        assert options_of(COMMANDS) >= {program}
        assert program != "--preset" or words[1] in PRESETS
    else:
        assert program in HANDLERS, (
            f"is {line!r} a command? Check it here, or name it in NOT_RUN or NO_COMMANDS"
        )
        HANDLERS[program](words[1:])


@cache
def status(*words):
    """Run one command of this program, once, and return its exit status."""
    return app.execute(words)


def check_program(words):
    if words[:1] == ["<command>"]:
        assert not any(status(name, *words[1:]) for name in COMMANDS)
    else:
        assert status(*words) == 0


def check_make(words):
    """The target is there, each variable is one that the Makefile reads, and what it would call is right."""
    if not shutil.which("make"):
        pytest.skip("no make on this system")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {word.split("=")[0] for word in words if "=" in word} <= set(re.findall(r"\$\((\w+)\)", makefile))
    # Another environment, or make would look after the one of the checkout even so.
    command = ["make", "--dry-run", "VENV=no-environment", *words]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for called in re.findall(r"^\S*melody-tutorial (.+)$", done.stdout, re.MULTILINE):
        name, *rest = shlex.split(called)
        COMMANDS[name].make_context(name, rest)  # raises where an option is unknown
    for subjects in re.findall(r"-m benchmarks (.*)", done.stdout):
        assert set(subjects.split()) <= {*SUBJECTS, "--quick"}


def check_python(words):
    if version := re.fullmatch(r"-(3\.\d+)", words[0]):
        check_version(version[1])
        words = words[1:]
    option, module, *rest = words
    assert option == "-m"
    if module == "venv":
        assert rest == [".venv"]
    elif module == "melody_tutorial.cli":
        check_program(rest)
    else:
        HANDLERS[module](rest)


def check_pip(words):
    command, *rest = words
    assert command == "install"
    (requirement,) = (word for word in rest if word != "-e")
    extras = re.fullmatch(r"\.\[([\w,]+)\]", requirement)[1].split(",")
    assert set(extras) <= PROJECT["optional-dependencies"].keys()


def check_uv(words):
    command, *rest = words
    options = list(takewhile(lambda word: word.startswith("--"), rest))
    if command == "venv":
        check_version(rest[1])
    elif command == "run":
        check(shlex.join(rest[len(options) :]))
    else:
        HANDLERS[command](rest)
    pytest.importorskip("uv")
    told = subprocess.run([sys.executable, "-m", "uv", command, "--help"], capture_output=True, text=True)
    assert told.returncode == 0 and all(re.search(rf"{option}\b", told.stdout) for option in options)


def check_conda(words):
    environment = (ROOT / "environment.yml").read_text(encoding="utf-8")
    if words[0] == "activate":
        assert f"\nname: {words[1]}\n" in environment
    else:
        assert words == ["env", "create", "-f", "environment.yml"]


def check_jupyter(words):
    assert words[0] == "lab" and list((ROOT / words[1]).glob("*.ipynb"))
    assert any(
        requirement.startswith("jupyterlab") for requirement in PROJECT["optional-dependencies"]["lab"]
    )


def check_pytest(words):
    assert not words and importlib.util.find_spec("pytest") and (ROOT / "tests").is_dir()


def check_version(version):
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{version}.0")


HANDLERS = {
    "melody-tutorial": check_program,
    "make": check_make,
    "python": check_python,
    "py": check_python,
    "pip": check_pip,
    "uv": check_uv,
    "conda": check_conda,
    "jupyter": check_jupyter,
    "pytest": check_pytest,
}


def options_of(commands):
    return {option for command in commands.values() for each in command.params for option in each.opts}


def options_named(text):
    """Options that inline code begins with, and the one command that their line or row names, if any."""
    for line in text.splitlines():
        named = set(re.findall(r"`(?:melody-tutorial|make) (\w+)", line)) & COMMANDS.keys()
        command = named.pop() if len(named) == 1 else None
        yield from ((option, command) for option in re.findall(r"`(--[\w-]+)", line))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with what the commands name, a small run and an archive, where they run."""
    place, tunes = tmp_path_factory.mktemp("reader"), corpus.read_tunes
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("MELODY_TUTORIAL_PRESET", "test")
        patch.setenv("MELODY_TUTORIAL_DATA", "data")
        # The first tunes stand for all of them.
        patch.setattr(corpus, "read_tunes", lambda name: islice(tunes(name), 300))
        assert status("corpus") == status("run") == 0
        (run,) = Path("runs").iterdir()
        run.rename("runs/melody_rnn")
        shutil.copytree("runs/melody_rnn", "runs/basic_rnn")
        yield place


@pytest.mark.parametrize("line", shown_commands(README))
def test_a_command_is_right(line, place):
    check(line)


@pytest.mark.parametrize("code", [block for language, block in blocks(README) if language == "python"])
def test_a_python_example_runs(code, place):
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize(("option", "command"), list(options_named(README)))
def test_an_option_is_one_of_the_commands_beside_it(option, command):
    assert option in options_of({command: COMMANDS[command]} if command else COMMANDS)


def files_of_a_run(text):
    """Files and folders that the table of what comes out names at the beginning of a row."""
    table = text.split("## What comes out")[1].split("\n#")[0]
    return [name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in spans(row)]


@pytest.mark.parametrize("name", files_of_a_run(README))
def test_a_file_that_comes_out_is_there(name, place):
    assert Path("runs/melody_rnn", name).exists()


def test_files_that_come_out_are_found_in_their_table():
    names = files_of_a_run(
        "## What comes out\n\n| file | |\n|---|---|\n| `a.json`, `b/` | `c` |\n\n## On\n| `d` |"
    )
    assert names == ["a.json", "b/"]
    assert len(files_of_a_run(README)) >= 8


def test_every_block_is_run_or_is_a_picture():
    assert {language for language, _ in blocks(README)} <= {"", "python"}
    assert README.count("\n```") == 2 * len(blocks(README))


@pytest.mark.parametrize("excused", [*NOT_RUN, *NO_COMMANDS, *PICTURES])
def test_nothing_is_excused_that_is_no_longer_there(excused):
    assert excused in [*spans(README), *(block[: len(excused)] for _, block in blocks(README))]


@pytest.mark.parametrize(
    "line",
    [
        "melody-tutorial sample --no-such-option",
        "melody-tutorial smaple",
        "melody-tutorial train",
        ".venv/bin/melody-tutorial run --presets test",
        "py -m melody_tutorial.cli nothing",
        "make nothing",
        "make run OUPUT=runs/mine",
        "make run PRESET=tiny",
        "make bench BENCH=nothing",
        "python -m pip install '.[no-such-extra]'",
        "py -3.10 -m venv .venv",
        "uv venv --python 3.14",
        "uv pip install -e '.[develop]'",
        "uv run --no-such-option pytest",
        "uv run --no-sync melody-tutorial nothing",
        "conda env create -f environment.yaml",
        "conda activate melody_tutorial",
        "jupyter lab chapters",
        "docker run melody-tutorial",
        "--no-such-option 3",
        "--preset huge",
    ],
)
def test_a_wrong_command_is_found_out(line, place):
    with pytest.raises((AssertionError, LookupError, TypeError, ValueError)):
        check(line)


def test_what_is_shown_is_found():
    text = """
```
make run   # the whole way
```
Type `melody-tutorial
doctor`, or `docker run it`, not `files.py`.

```python
print("`no command`")
```
| `melody-tutorial sample` | with `--run`, `--qpm` |
| `melody-tutorial train`, `melody-tutorial doctor` | `--full` |
`melody-tutorial doctor` takes `--dropout`; so does
`make run`: `--archive`.
"""
    assert shown_commands(text) == [
        *("make run", "melody-tutorial doctor", "docker run it"),
        "melody-tutorial sample",
        "melody-tutorial train",
    ]
    assert list(options_named(text)) == [
        *(("--run", "sample"), ("--qpm", "sample"), ("--full", None)),
        *(("--dropout", "doctor"), ("--archive", "run")),
    ]
