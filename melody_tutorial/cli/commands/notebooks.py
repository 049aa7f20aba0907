"""``melody-tutorial notebooks``."""

import subprocess
from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import option


def notebooks(
    output: Annotated[
        Path,
        option(
            metavar="FOLDER",
            text="Folder for the notebooks; nothing that was changed there is lost.",
            default="notebooks",
        ),
    ] = (Path("notebooks")),
) -> None:
    """Copy the notebooks of the course into a folder to work in.

    \b
    Example:
      melody-tutorial notebooks --output my-course
    """
    from melody_tutorial.course import copy_course

    for path in copy_course(output):
        print(path)
    command = subprocess.list2cmdline(["jupyter", "lab", str(output)])  # quotes a name with spaces
    print(f'open them: {command} (JupyterLab is in the extra lab: pip install "melody-tutorial[lab]")')
