"""``melody-tutorial notebooks``."""

import subprocess
from pathlib import Path
from typing import Annotated

from typer import Option


def notebooks(
    output: Annotated[
        Path, Option(help="Folder for the notebooks; nothing that was changed there is lost.")
    ] = (Path("notebooks")),
) -> None:
    """Copy the notebooks of the course into a folder, to run them and to change them there.

    \b
    Example:
      melody-tutorial notebooks --output my-course
    """
    from melody_tutorial.course import copy_course

    for path in copy_course(output):
        print(path)
    opening = subprocess.list2cmdline(["jupyter", "lab", str(output)])  # quotes a name with spaces
    print(f'open them: {opening} (JupyterLab is in the extra lab: pip install "melody-tutorial[lab]")')
