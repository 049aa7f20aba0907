"""``melody-tutorial doctor``."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from melody_tutorial.cli.commands.options import option

if TYPE_CHECKING:
    from melody_tutorial.cli.doctor import Check


def doctor(
    full: Annotated[
        bool, option("--full", text="Also import every library, and train: up to a minute.")
    ] = False,
) -> None:
    """Check this machine, and say what to do about what it lacks.

    In two seconds it extracts the tunes that ship and composes with the model that ships. With --full it also
    imports every library, TensorFlow among them, trains for one update, and runs a notebook.

    \b
    Example:
      melody-tutorial doctor --full
    """
    from melody_tutorial.cli.doctor import full_checks, quick_checks

    failures = show(quick_checks())
    if full:
        print("now every library is imported, and a network gets one update: up to a minute", flush=True)
        failures += show(full_checks())
    if failures:
        raise typer.Exit(1)
    print("everything that is needed is there")
    if not full:
        print("`melody-tutorial doctor --full` also imports every library and trains: up to a minute")


def show(checks: Iterable["Check"]) -> int:
    """Print checks, each as soon as it is done; how many failed of what is required."""
    failures = 0
    for check in checks:
        mark = "ok     " if check.ok else "MISSING" if check.required else "without"
        print(f"{mark}  {check.name}: {check.found}", flush=True)
        if not check.ok:
            failures += check.required
            if check.advice:
                print(f"         → {check.advice}", flush=True)
    return failures
