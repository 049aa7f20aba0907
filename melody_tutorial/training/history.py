"""The history of a run: one row of figures for each epoch, and ``history.csv``."""

import csv
import hashlib
import io
from pathlib import Path

from melody_tutorial.errors import UserError
from melody_tutorial.files import CHECK_SUM, finite, write_text

HISTORY_FILE = "history.csv"
FIGURES = ("loss", "accuracy", "onset_accuracy")
COLUMNS = (
    "epoch",  # from 1
    "update",  # how many there were so far
    "seconds",  # of training and evaluation so far
    "learning_rate",  # of the last update
    *(
        f"{side}_{figure}" for figure in FIGURES for side in ("train", "validation")
    ),  # losses in nats per event
)

Row = dict[str, float]


def write_history(folder: str | Path, rows: list[Row]) -> Path:
    """Write ``history.csv`` into ``folder``, atomically.

    Its last column is the check sum of all others, the same in each row.
    """
    written = [[f"{row[name]:.6g}" for name in COLUMNS] for row in rows]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[*COLUMNS, CHECK_SUM], *with_sum(written)])
    return write_text(Path(folder) / HISTORY_FILE, text.getvalue())


def read_history(folder: str | Path) -> list[Row]:
    """The rows of ``folder``'s ``history.csv``, as numbers; those of earlier versions had no check sum.

    Raises:
        UserError: there is none, it holds something else, or was altered.
    """
    path = Path(folder) / HISTORY_FILE
    if not path.is_file():
        raise UserError(f"{path} is missing: train a model into this folder first (melody-tutorial train)")
    try:
        columns, *rows = [*csv.reader(path.read_text(encoding="utf-8").splitlines())] or [[]]
        if not rows:
            raise ValueError("it holds no epoch")
        if columns not in ([*COLUMNS], [*COLUMNS, CHECK_SUM]):
            raise ValueError(f"its columns are {columns}, allowed are {', '.join(COLUMNS)}")
        values = [row[: len(COLUMNS)] for row in rows] if CHECK_SUM in columns else rows
        if CHECK_SUM in columns and rows != with_sum(values):
            raise ValueError("it was altered, as its check sum says")
        return [dict(zip(COLUMNS, map(finite, row), strict=True)) for row in values]
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read ({error}): train anew") from None


def with_sum(rows: list[list[str]]) -> list[list[str]]:
    """Rows and, at the end of each, the check sum of them all."""
    check_sum = hashlib.sha256("\n".join(map(",".join, rows)).encode()).hexdigest()[:12]
    return [[*row, check_sum] for row in rows]
