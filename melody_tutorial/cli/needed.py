"""What no command can do without: where it is missing, a sentence says so, instead of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needed() -> Iterator[None]:
    """End the process with one sentence where an import in the block finds that a library is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = str(error.name).partition(".")[0].replace("_", "-")
        sys.exit(f"error: {name} is not installed, which every command needs: python -m pip install {name}")
