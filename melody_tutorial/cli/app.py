"""``melody-tutorial``: gathers the commands, and ends each one well: a status, one sentence, no traceback."""

import errno
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

from melody_tutorial.cli.needed import needed

with needed():
    import typer

from melody_tutorial.cli.commands.corpus import corpus
from melody_tutorial.cli.commands.doctor import doctor
from melody_tutorial.cli.commands.evaluate import evaluate
from melody_tutorial.cli.commands.extract import extract
from melody_tutorial.cli.commands.notebooks import notebooks
from melody_tutorial.cli.commands.options import option
from melody_tutorial.cli.commands.report import report
from melody_tutorial.cli.commands.run import run
from melody_tutorial.cli.commands.sample import sample
from melody_tutorial.cli.commands.train import train
from melody_tutorial.cli.console import open_closed_streams, write_readably
from melody_tutorial.cli.interrupts import PROGRAM, ResumableError, again
from melody_tutorial.config import built_data
from melody_tutorial.errors import UserError

DEBUG = "MELODY_TUTORIAL_DEBUG"
INTERRUPTED = 130  # what shells report for a process ended by Ctrl-C
UsageError = typer.BadParameter.__base__  # Click's, which newer versions of Typer carry inside

DENIED = "{elsewhere}, or change the permissions"
if os.name == "nt":  # Windows denies whatever another program has open
    DENIED = f"close the program that has it open, {DENIED}"
ADVICE = {
    errno.ENOSPC: "free some space and run the command again",
    errno.EDQUOT: "free some space and run the command again",
    errno.EACCES: DENIED,
    errno.EPERM: DENIED,
    errno.EROFS: "{elsewhere}",
    errno.ENOENT: "check the spelling, and whether it was moved or removed meanwhile",
    errno.ENOTDIR: "{elsewhere}",
    errno.EISDIR: "name a file instead of a folder",
    errno.EEXIST: "{elsewhere}",
}
LESS = {  # what takes less memory, by command
    "extract": "give fewer files at once, or lower --processes",
    "train": "lower --batch-size, --window or --units",
    "sample": "lower --num-outputs or --num-steps",
    "run": "take a smaller --preset",
}
IN_A_RUN = "evaluate", "report"  # they write into the run that they are given, and have no --output

# Help as plain text: wrapped once, without frames, the same on every console.
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
COMMANDS = (run, corpus, extract, train, evaluate, sample, report, notebooks, doctor)
for command in COMMANDS:
    app.command()(command)


def show_version(wanted: bool) -> None:
    """Print the version and end, when it is asked for."""
    if wanted:
        print(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    debug: Annotated[bool, option("--debug", text="Show a traceback when a command fails.")] = False,
    _: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From an archive of MIDI files to new melodies.

    \b
    Example, melodies from the trained model that ships:
      melody-tutorial sample --output my-melodies --num-outputs 2
    \b
    Example, the whole way from music to a model of your own:
      melody-tutorial run --preset test
    """
    if debug:
        os.environ[DEBUG] = "1"
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> NoReturn:
    """Run the command that ``sys.argv`` holds and end the process; whatever the console, or with none."""
    open_closed_streams()
    write_readably()
    sys.exit(execute())


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 after an error, 130 after Ctrl-C.

    An error is one sentence on stderr; with ``--debug`` or ``MELODY_TUTORIAL_DEBUG`` the traceback follows.

    Args:
        arguments: words of the command line; None: those of the process. No command asks for help.
    """
    words, way_on = sys.argv[1:] if arguments is None else arguments, ""
    try:
        with plain_warnings():
            status = app(words, prog_name=PROGRAM, standalone_mode=False) or 0
    except typer.Abort as abort:  # how older versions of Typer pass an interrupt on, and the end of a file
        if isinstance(abort.__cause__, EOFError):
            return fail(abort.__cause__, words)
        status = INTERRUPTED
    except ResumableError as interrupt:
        status = INTERRUPTED
        way_on = f"to go on: {interrupt}" if str(interrupt) else f"to begin again: {again(*words)}"
    except Exception as error:
        return fail(error, words)
    if status == INTERRUPTED:
        over = "\r" if sys.stderr.isatty() else ""  # written over the ^C that a terminal shows
        print(f"{over}interrupted: what was finished is kept, nothing is left half-written", file=sys.stderr)
        if way_on:
            print(way_on, file=sys.stderr)
    return status


def fail(error: Exception, words: Sequence[str]) -> int:
    """Print the sentence for an error of a command, given by its words, and return the exit status."""
    command = next((word for word in words if not word.startswith("-")), "")
    print(f"error: {explain(error, command)}", file=sys.stderr)
    if os.environ.get(DEBUG):
        raise error
    return 1


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show warnings as lines for users, without files and code."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Couldn't find ffmpeg")  # by pydub, unused here
        warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
        yield


def explain(error: Exception, command: str) -> str:
    """The one sentence that a user reads for an error of a command."""
    match error:
        case UserError():
            return str(error)
        case UsageError():
            known = command in {each.__name__ for each in COMMANDS}
            called = f"{PROGRAM} {command}" if known else PROGRAM
            called = error.ctx.command_path if error.ctx else called
            return f"{error.format_message().rstrip('.')} (see {called} --help)"
        case OSError(errno=number) if number:
            subject = f"{error.filename}: " if error.filename else ""
            advice = ADVICE.get(number, "mend that and run the command again")
            return f"{subject}{error.strerror}: {advice.format(elsewhere=elsewhere(error, command))}"
        case MemoryError():
            return f"the memory is used up: close other programs, or {LESS.get(command, 'give less at once')}"
    return (
        f"{type(error).__name__}: {error}: this is a fault of the program, "
        f"run it again with {DEBUG}=1 and report what it prints"
    )


def elsewhere(error: OSError, command: str) -> str:
    """How to have a command write elsewhere than to the file of an error."""
    if command in IN_A_RUN:
        return "copy the run into a folder that can be written, and name that"
    place, built = Path(str(error.filename)).absolute(), built_data().absolute()
    if not (place.is_relative_to(built) or built.is_relative_to(place)):
        return "choose another folder with --output"
    if command == "run":  # its --output is for the run alone
        return "name another folder in the environment variable MELODY_TUTORIAL_DATA"
    return "choose another folder, with --output or the environment variable MELODY_TUTORIAL_DATA"
