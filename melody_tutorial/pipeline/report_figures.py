"""Figures on the page of a run: the curves of its training, and the table beside models that count."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import Interval
from melody_tutorial.files import read_json
from melody_tutorial.pipeline.examination import THIS_MODEL
from melody_tutorial.pipeline.report_texts import MODEL_TEXTS
from melody_tutorial.training import read_history
from melody_tutorial.views import plot_accuracy, plot_loss, svg_url

FIGURE_FORMS = {
    "loss": ".3f",
    "timing_bits": ".2f",
    "pitch_bits": ".2f",
    "accuracy": ".1%",
    "onset_accuracy": ".1%",
}
LEVELS = ("trigram", "note counts", "PPM over events", "PPM over notes", "copy")  # beside the curves


def attempt(build: Callable[[Path], Any], folder: Path) -> Any:
    """What ``build`` makes of the run's files; None where one is missing or damaged."""
    try:
        return build(folder)
    except (UserError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def build_training(folder: Path) -> dict[str, Any]:
    """Curves, beside what the models that count reach in validation."""
    history = read_history(folder)
    best = min(history, key=lambda row: row["validation_loss"])
    baselines = attempt(read_baselines, folder) or {}
    levels = {name: baselines[name] for name in LEVELS if name in baselines}
    return {
        "epochs": len(history),
        "best_epoch": int(best["epoch"]),
        "minutes": history[-1]["seconds"] / 60,
        "loss": best["validation_loss"],
        "train_loss": best["train_loss"],
        "last_loss": history[-1]["validation_loss"],
        "loss_curve": svg_url(plot_loss(history, levels)),
        "accuracy_curve": svg_url(plot_accuracy(history, levels)),
        "has_baselines": bool(baselines),
        "bigram": baselines.get("bigram", {}).get("loss"),
    }


def read_baselines(folder: Path) -> dict[str, dict[str, float]]:
    """Figures of the models that count, as ``baselines.json`` has them, without their intervals."""
    content = read_json(folder / "baselines.json")
    return {
        name: {key: float(figures[key][0]) for key in ("loss", "accuracy", "onset_accuracy")}
        for name, figures in content.items()
    }


def build_prediction(folder: Path) -> dict[str, Any]:
    """The table of figures on the test, this model above those that count, with 95 % intervals."""
    figures = read_json(folder / "statistics.json")["figures"]
    found = {name: {key: Interval(*values[key]) for key in FIGURE_FORMS} for name, values in figures.items()}
    own = found.pop(THIS_MODEL)
    ordered = sorted(found.items(), key=lambda item: item[1]["loss"].value)
    return {
        "loss": own["loss"].value,
        "rows": [
            figures_row(THIS_MODEL, own),
            *(figures_row(f"{name}: {MODEL_TEXTS[name]}", each) for name, each in ordered),
        ],
        "better": [name for name, each in ordered if each["loss"].value < own["loss"].value],
    }


def figures_row(name: str, figures: Mapping[str, Interval]) -> dict[str, Any]:
    """One row of the table of figures: the name, and each figure with its interval."""
    cells = []
    for key, form in FIGURE_FORMS.items():
        value, interval = f"{figures[key]:{form}}".split(" ", 1)
        cells.append((value, interval))
    return {"name": name, "cells": cells}
