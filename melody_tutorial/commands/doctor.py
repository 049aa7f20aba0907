"""``melody-tutorial doctor``."""

import typer


def doctor() -> None:
    """Check this machine: what is there, what is missing, and what to do about it.

    \b
    Example:
      melody-tutorial doctor
    """
    from melody_tutorial.doctor import run_checks

    failed = False
    for check in run_checks():
        mark = "ok     " if check.ok else "MISSING" if check.required else "without"
        print(f"{mark}  {check.name}: {check.found}")
        if not check.ok:
            print(f"         → {check.advice}")
            failed = failed or check.required
    if failed:
        raise typer.Exit(1)
    print("everything that is needed is there")
