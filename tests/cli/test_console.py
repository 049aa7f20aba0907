"""What is shown fits what it is shown on: bars and rules on a terminal, plain lines elsewhere."""

import pytest

from melody_tutorial.cli import console
from melody_tutorial.cli.console import ConsoleReporter
from melody_tutorial.funnel import Funnel, Reject

HEADER, ROWS = ("count", "file"), [(1234, "a [bold] name.mid"), (5, "b.mid")]


def on_a_terminal(monkeypatch, stream):
    monkeypatch.setattr(stream, "isatty", lambda: True)


def test_a_table_elsewhere_is_aligned_text(capsys):
    ConsoleReporter().table("Left out", HEADER, ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "Left out",
        "  count  file",
        "  1,234  a [bold] name.mid",
        "      5  b.mid",
    ]


def test_a_table_on_a_terminal_has_rules_and_takes_no_name_for_markup(capsys, monkeypatch):
    import sys

    on_a_terminal(monkeypatch, sys.stdout)
    ConsoleReporter().table("Left out", HEADER, ROWS)
    shown = capsys.readouterr().out
    assert "a [bold] name.mid" in shown and "─" in shown


def test_no_color_is_honoured(capsys, monkeypatch):
    import sys

    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    on_a_terminal(monkeypatch, sys.stdout)
    ConsoleReporter().table("Left out", HEADER, ROWS)
    assert "\x1b[3" not in capsys.readouterr().out.replace("\x1b[3m", "")  # no colour; italics are none


@pytest.mark.parametrize(("seconds", "lines"), [(0, 3), (60, 0)])
def test_progress_elsewhere_is_a_line_now_and_then(seconds, lines, capsys, monkeypatch):
    monkeypatch.setattr(console, "SECONDS_BETWEEN_LINES", seconds)
    with ConsoleReporter().progress("read files", 3000) as advance:
        for _ in range(3):
            advance(1000, "so far so good")
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == lines
    if lines:
        assert shown[-1] == "read files: 3,000 of 3,000  so far so good"


def test_progress_on_a_terminal_is_a_bar(capsys, monkeypatch):
    import sys

    on_a_terminal(monkeypatch, sys.stderr)
    with ConsoleReporter().progress("read [all] files", 2) as advance:
        advance()
        advance(note="soon")
    shown = capsys.readouterr()
    assert "read [all] files" in shown.err and shown.out == ""


def test_the_funnel_names_stages_reasons_files_and_advice(capsys):
    funnel = Funnel()
    funnel.count("files", 3089)
    funnel.count("distinct_melodies", 2)
    funnel.reject(Reject("waltz.mid", "too_short", "5 bars"))
    ConsoleReporter().funnel(funnel)
    first, *table = capsys.readouterr().out.splitlines()
    assert first == "3,089 files → 2 distinct melodies"
    assert "waltz.mid: 5 bars" in table[-1] and "lower --min-bars" in table[-1]


def test_the_funnel_tells_what_melodies_lost(capsys):
    funnel = Funnel()
    funnel.count("melodies", 3665)
    funnel.change("cut", 619, 55_649)
    funnel.change("bent", 1, 1)
    funnel.change("graces", 0, 0)
    ConsoleReporter().funnel(funnel)
    _, title, _, *rows = capsys.readouterr().out.splitlines()
    assert title == "Lost in what was kept"
    assert [" ".join(row.split()[:6]) for row in rows] == [
        "619 of 3,665 melodies 55,649 steps",
        "1 of 3,665 melodies 1 note",
    ]
    assert "--max-steps" in rows[0] and "--off-grid discard" in rows[1]
