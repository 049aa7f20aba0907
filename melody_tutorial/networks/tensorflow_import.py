"""TensorFlow imported without its start-up chatter; warnings and errors still reach stderr."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# Lines of level INFO, and the line that announces them.
CHATTER = re.compile(rb"I\d{4} |WARNING: All log messages before absl::InitializeLog\(\)")


def load_tensorflow() -> None:
    """Import TensorFlow; after that ``import tensorflow`` anywhere is silent and costs nothing.

    ``TF_CPP_MIN_LOG_LEVEL`` is set unless the user has set it, which silences what TensorFlow logs once
    it runs. It comes too late for what the libraries log while they load (tensorflow issue 100442, measured
    with 2.21), so those lines are left out of stderr, and only those.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # 2 still complains of every machine without a GPU
    if "tensorflow" not in sys.modules:
        with without_lines(CHATTER):
            import tensorflow  # noqa: F401


@contextmanager
def without_lines(pattern: re.Pattern[bytes]) -> Iterator[None]:
    """Leave out of the process's stderr, C++ code's too, the lines that begin with ``pattern``.

    The other lines appear when the block ends, also when it raises.
    """
    sys.stderr.flush()
    real = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
            caught.seek(0)
            for line in caught:
                if not pattern.match(line):
                    os.write(2, line)
