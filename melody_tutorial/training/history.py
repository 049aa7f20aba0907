"""The history of a run: one row of figures for each epoch, and ``history.csv``."""

import csv
import io
from pathlib import Path

from melody_tutorial.errors import UserError
from melody_tutorial.files import write_text

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
    """Write ``history.csv`` into ``folder``, atomically."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{row[name]:.6g}" for name in COLUMNS} for row in rows)
    return write_text(Path(folder) / HISTORY_FILE, text.getvalue())


def read_history(folder: str | Path) -> list[Row]:
    """The rows of ``folder``'s ``history.csv``, as numbers.

    Raises:
        UserError: there is none, or it holds something else.
    """
    path = Path(folder) / HISTORY_FILE
    if not path.is_file():
        raise UserError(f"{path} is missing: train a model into this folder first (melody-tutorial train)")
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise UserError(f"{path} has the columns {reader.fieldnames}: allowed are {', '.join(COLUMNS)}")
        try:
            return [{name: float(value) for name, value in row.items()} for row in reader]
        except (TypeError, ValueError):
            raise UserError(f"{path}, line {reader.line_num}: a value is no number; train anew") from None
