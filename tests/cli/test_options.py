"""Whatever stands on the command line, the answer is the work, or a sentence: never a traceback."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.main import get_command

from melody_tutorial import pipeline
from melody_tutorial.cli import app

COMMANDS = get_command(app.app).commands
WORK = (  # what takes long; all that is said before it is real
    *("build_archive", "compose", "evaluate_run", "extract_dataset"),
    *("resume_main_job", "run_main_job", "train_run"),
)
WORDS = st.one_of(
    st.sampled_from(
        ["", "0", "-1", "1", "8", "1_000", "0x10", "1e400", "-inf", "nan", "0.5", "1e-320", "²", "١"]
    ),
    st.sampled_from(
        ["squash", "lstm", "8,8", ",", "[60]", "[60, -2", "[1e9]", "4/4", "0/0", "H", "mid", "basic_rnn"]
    ),
    st.sampled_from(
        [".", "..", "/", "/dev/null", "/dev/zero", "pipe", "loop", "no/such", "a" * 300, "a.zip"]
    ),
    st.integers().map(str),
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
    st.text(max_size=12).filter(lambda text: "\0" not in text),  # the system passes none on
)


NUMBERS = {  # by what the help calls them
    "N": st.one_of(st.integers(-2, 70), st.integers(), st.integers(-(10**30), 10**30)).map(str),
    "X": st.floats().map(str),
}


@st.composite
def lines(draw) -> list[str]:
    """A command line: a command, what it asks for, and some of its options; here and there something else."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    options = [each for each in COMMANDS[name].params if each.param_type_name == "option"]
    needed = [each for each in COMMANDS[name].params if each.param_type_name == "argument"]
    words = (
        [name, *(draw(WORDS) for _ in needed)] if draw(st.integers(0, 9)) else [name, *draw(st.lists(WORDS))]
    )
    for chosen in draw(st.lists(st.sampled_from(options), max_size=4)) if options else []:
        if chosen.name == "full":
            continue  # it takes a minute
        words.append(draw(st.sampled_from(sorted([*chosen.opts, *chosen.secondary_opts]))))
        if not chosen.is_flag and draw(st.integers(0, 19)):
            fitting = NUMBERS.get(chosen.metavar, WORDS)
            words.append(draw(st.one_of(fitting, fitting, WORDS)))
    return words


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a pipe, a link that leads to itself, and an archive that is none; and no work to do."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    os.symlink("loop", "loop")
    (tmp_path / "a.zip").write_bytes(b"PK")
    monkeypatch.setenv("MELODY_TUTORIAL_DATA", str(tmp_path / "data"))
    for name in WORK:
        monkeypatch.setattr(pipeline, name, lambda *_, **__: [])
    return tmp_path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
@settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines())
def test_nonsense_is_answered_in_a_sentence(folder, capsys, words):
    status = app.execute(words)
    told = capsys.readouterr()
    assert status in (0, 1)
    assert "fault of the program" not in told.err and "Traceback" not in told.err
    if status and words[0] != "doctor":
        assert "\nerror: " in f"\n{told.err}"
