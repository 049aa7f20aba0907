"""What a command shows while it works: bars and ruled tables on a terminal, plain lines elsewhere.

Consoles of other encodings than UTF-8 show stand-ins for the signs that they lack.
"""

import codecs
import io
import os
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from melody_tutorial.reporter import Reporter

SECONDS_BETWEEN_LINES = 5.0
# In ASCII, for encodings that lack the sign; Unicode itself knows that … is ... and é is e with an accent.
STAND_INS = {"→": "->", "←": "<-", "−": "-", "–": "-", "—": "-", "×": "x", "≤": "<=", "≥": ">=", "⁄": "/"}
STAND_INS |= {"♪": "*", "♭": "b", "♯": "#"} | dict.fromkeys("‘’‚", "'") | dict.fromkeys("“”„", '"')


class ConsoleReporter(Reporter):
    """Results on stdout, progress on stderr, each as fits what it is connected to."""

    def say(self, text: str) -> None:
        """Print a line."""
        print(text, flush=True)

    def wait(self, text: str) -> None:
        """Print a line to stderr."""
        print(f"{text} …", file=sys.stderr, flush=True)

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows under a header; numbers stand at the right of their column."""
        cells = [[cell_text(value) for value in row] for row in rows]
        right = [all(isinstance(row[column], int | float) for row in rows) for column in range(len(header))]
        draw = print_ruled if sys.stdout.isatty() else print_aligned
        draw(title, header, cells, right)

    @contextmanager
    def progress(self, description: str, total: int | None = None) -> Iterator[Callable[..., None]]:
        """Show a bar on a terminal; elsewhere a line every few seconds, so that a log stays short."""
        if not sys.stderr.isatty():
            yield line_progress(description, total)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        plain = TextColumn("{task.description}", markup=False)
        columns = plain, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True)
        # Lines that are printed meanwhile go above the bar, unless stdout leads elsewhere.
        with Progress(
            *columns, console=Console(stderr=True), redirect_stdout=sys.stdout.isatty(), transient=True
        ) as bar:
            task = bar.add_task(description, total=total)

            def advance(number: int = 1, note: str = "") -> None:
                bar.update(
                    task, advance=number, description=f"{description}  {note}" if note else description
                )

            yield advance


def open_closed_streams() -> None:
    """Where the caller has closed stdin, stdout or stderr, or there is no console, they lead nowhere.

    Otherwise Python has None in their place, and the next file to be opened gets their number: what a library
    or a child writes to it would end up in that file.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = open(os.devnull, "wb")  # noqa: SIM115  it stays open
            setattr(sys, name, io.TextIOWrapper(nowhere, encoding="utf-8"))


def write_readably() -> None:
    """From now on stdout and stderr write stand-ins where their encoding lacks a sign, instead of failing."""
    codecs.register_error("readable", readable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook's take any sign
            stream.reconfigure(errors="readable")


def readable(error: UnicodeEncodeError) -> tuple[str | bytes, int]:
    """What a codec calls for a sign that it lacks: what to write instead, and where to go on.

    A byte of a file's name that is no text in the system's encoding is written as it is.
    """
    sign = error.object[error.start]
    if "\udc80" <= sign <= "\udcff":  # how Python keeps such a byte (PEP 383)
        return sign.encode("ascii", "surrogateescape"), error.start + 1
    return stand_in(sign), error.start + 1


def stand_in(sign: str) -> str:
    """A sign in ASCII: -> for →, 1/2 for ½, e for é, ? where nothing is like it."""
    parts = (STAND_INS.get(part, part) for part in unicodedata.normalize("NFKD", sign))
    return "".join(parts).encode("ascii", "ignore").decode("ascii") or "?"


def line_progress(description: str, total: int | None) -> Callable[..., None]:
    """An ``advance(number=1, note="")`` that prints a line to stderr when the last one is seconds ago."""
    done, shown = 0, time.monotonic()

    def advance(number: int = 1, note: str = "") -> None:
        nonlocal done, shown
        done, now = done + number, time.monotonic()
        if now - shown >= SECONDS_BETWEEN_LINES:
            shown = now
            share = f"{done:,} of {total:,}" if total else f"{done:,}"
            print(f"{description}: {share}  {note}".rstrip(), file=sys.stderr, flush=True)

    return advance


def cell_text(value: object) -> str:
    """A value as it stands in a table: 1,234 or 0.123."""
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def print_ruled(
    title: str, header: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]
) -> None:
    """Print a table for a terminal, folded to its width; NO_COLOR is honoured."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    for name, number in zip(header, right, strict=True):
        table.add_column(Text(name), justify="right" if number else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))  # Text: a file name in brackets is no markup
    Console().print(table)


def print_aligned(
    title: str, header: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]
) -> None:
    """Print a table as aligned columns; nothing is shortened."""
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    print(title)
    for row in [header, *cells]:
        columns = zip(row, widths, right, strict=True)
        line = "  ".join(
            cell.rjust(width) if number else cell.ljust(width) for cell, width, number in columns
        )
        print(f"  {line}".rstrip())
