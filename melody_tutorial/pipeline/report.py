"""The page of a run: one file that shows, and plays, what went in, how training went and what came out."""

import shlex
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from melody_tutorial import files
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import Interval, Statistics
from melody_tutorial.files import read_json
from melody_tutorial.funnel import REASONS, change_rows
from melody_tutorial.melodies import Melody
from melody_tutorial.music import MidiError, Score, read_midi
from melody_tutorial.networks import load_checkpoint
from melody_tutorial.pipeline.outputs import TUNES_FILE, finish_moving
from melody_tutorial.pipeline.report_figures import attempt, build_prediction, build_training
from melody_tutorial.pipeline.report_texts import SETTING_TEXTS, STATISTIC_TEXTS
from melody_tutorial.pipeline.writing import WRITERS
from melody_tutorial.reporter import TUNE_FIGURES
from melody_tutorial.training import initial_of
from melody_tutorial.views import (
    embed,
    pitch_name,
    plot_funnel,
    plot_note_lengths,
    plot_pitch_classes,
    svg_url,
)
from melody_tutorial.web import player_head, player_html, tune_data

REPORT_FILE = "report.html"


def write_report(run: str | Path) -> Path:
    """Write ``report.html`` into the folder of a run and return its path.

    The page refers to nothing outside itself. What is missing or damaged is left out, and a line in its
    place says which command makes it.

    Raises:
        UserError: the folder is not there, or holds nothing of a run.
    """
    folder = Path(run)
    if not folder.is_dir():
        raise UserError(f"{run} is no folder: give the folder of a run, such as runs/mine")
    finish_moving(folder / "melodies")
    parts = {name: attempt(build, folder) for name, build in PARTS.items()}
    if not any(parts.values()):
        raise UserError(
            f"{run} holds nothing of a run: give a folder that melody-tutorial train or run wrote"
        )
    # Names of files may hold what UTF-8 cannot: a question mark stands for it.
    parts |= {"name": folder.resolve().name, "folder": shlex.quote(str(run)), "player_head": player_head()}
    page = render(**parts).encode("utf-8", "replace")
    return files.write_bytes(folder / REPORT_FILE, page)


def render(**parts: Any) -> str:
    """The page as HTML; Jinja2 escapes every text that is put in, such as the names of files."""
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template(REPORT_FILE).render(parts)


def build_melodies(folder: Path) -> list[dict[str, Any]]:
    """Every composed melody: name, player, links, and what it holds in words; a picture without its notes."""
    paths = {path.name: path for path in (folder / "melodies").iterdir() if path.suffix[1:] in WRITERS}
    paths.pop(TUNES_FILE, None)
    names = sorted({path.stem for path in paths.values()})
    scores = {name: read_score(paths.get(f"{name}.mid")) for name in names}
    primer_quarters, facts = attempt(read_primer_quarters, folder) or 0, attempt(read_entries, folder) or {}
    titles = {name: title_of(name, facts.get(name, {})) for name in names}
    return [
        {
            "name": name,
            "title": titles[name],
            "player": score and play_score(score, titles[name], primer_quarters),
            "has_wav": f"{name}.wav" in paths,
            "picture": embed(paths.get(f"{name}.png")),
            "links": {
                suffix[1:]: embed(paths.get(name + suffix))
                for suffix in (".mid", ".abc", ".musicxml")
                if name + suffix in paths
            },
            "text": describe_notes(score) if score else "",
        }
        for name, score in scores.items()
    ]


def read_score(path: Path | None) -> Score | None:
    """The notes of a MIDI file; None where there are none."""
    try:
        score = read_midi(path.read_bytes()) if path else None
    except MidiError:
        return None
    return score if score and len(score.pitch) else None


def read_primer_quarters(folder: Path) -> float:
    """Length of the primer with which all melodies begin, in quarter notes; 0 where it was left out."""
    primer = read_json(folder / "melodies" / "provenance.json")["primer"]
    return len(primer["events"]) / Melody.steps_per_quarter if primer["included"] else 0


def read_entries(folder: Path) -> dict[str, dict[str, Any]]:
    """What the provenance says of each melody, by the name of its files."""
    return {each["name"]: each for each in read_json(folder / "melodies" / "provenance.json")["melodies"]}


def title_of(name: str, entry: dict[str, Any]) -> str:
    """The title of a melody and its time signature, where they are known; else the name of its files."""
    return f"{entry['title']}, {entry['time_signature']}" if "title" in entry else name


def play_score(score: Score, name: str, primer_quarters: float) -> str:
    """HTML of the player of a melody."""
    return player_html([tune_data(score, name, round(primer_quarters * score.ticks_per_quarter))])


def describe_notes(score: Score) -> str:
    """How many notes a score has, and between which pitches, in words."""
    lowest, highest = (pitch_name(int(pitch)) for pitch in (score.pitch.min(), score.pitch.max()))
    return f"{len(score.pitch)} notes between {lowest} and {highest}"


def build_composing(folder: Path) -> dict[str, Any]:
    """How the melodies were made, from their provenance."""
    provenance = read_json(folder / "melodies" / "provenance.json")
    return {
        "temperature": provenance["settings"]["temperature"],
        "seed": provenance["settings"]["seed"],
        "primer": provenance["primer"]["source"],
        "has_primer": bool(provenance["primer"]["events"]),
        "shows_primer": provenance["primer"]["included"],
        "time_signature": provenance["time_signature"]["statement"],
    }


def build_model(folder: Path) -> dict[str, Any]:
    """Size and check sum of the run's checkpoint, which is verified, and what its training began with."""
    checkpoint = load_checkpoint(folder / "checkpoint")
    units = checkpoint.model.units
    cell = {"mingru": "minimal GRU"}.get(checkpoint.model.cell, checkpoint.model.cell.upper())
    layers = f"{cell} layer{'s' if len(units) > 1 else ''}"
    return {
        "layers": f"{layers} of {' and '.join(map(str, units))} units",
        "weights": sum(weight.size for weight in checkpoint.weights.values()),
        "sha256": checkpoint.sha256,
        "initial": attempt(initial_of, folder),
    }


def build_dataset(folder: Path) -> dict[str, Any]:
    """What the manifest of the dataset tells, the funnel's picture and tables among it."""
    manifest = read_json(folder / "dataset_manifest.json")
    funnel = manifest["funnel"]
    rejects = []
    for reason, count in sorted(funnel["rejects"].items(), key=lambda item: -item[1]):
        text, advice = REASONS.get(reason, (reason, ""))
        examples = funnel.get("examples", {}).get(reason, [])
        rejects.append({"count": count, "text": text, "advice": advice, "examples": examples})
    return {
        "text": " → ".join(f"{count:,} {stage}" for stage, count in funnel["stages"].items()),
        "rejects": rejects,
        "changes": list(change_rows(funnel["stages"], funnel.get("changes", {}))),
        "picture": svg_url(plot_funnel(funnel)[0]),
        "train": manifest["train"]["melodies"],
        "held_out": manifest["test"]["melodies"],
    }


def build_statistics(folder: Path) -> dict[str, Any]:
    """What composed melodies are like beside real ones and chance, and the passages that were copied."""
    content = read_json(folder / "statistics.json")
    kinds = [content[kind] for kind in ("composed", "real", "chance")]
    rows = [
        (text, *(format(Interval(*kind[key]), form) for kind in kinds), content.get("beside", {}).get(key))
        for key, (text, form) in STATISTIC_TEXTS.items()
    ]
    names = ("composed", "real", "random pitches")
    sets = {name: statistics_of(kind) for name, kind in zip(names, kinds, strict=True)}
    return {
        "rows": rows,
        "melodies": sets["composed"].melodies,
        "pitches": svg_url(plot_pitch_classes(sets)),
        "lengths": svg_url(plot_note_lengths({name: sets[name] for name in names[:2]})),  # rhythms are kept
        "copies": {kind: embed_copy(copy) for kind, copy in content["copies"].items()},
        "searched": content["searched"],
        "settings": content["settings"],
        "tunes": build_tunes(content) if "tunes" in content else None,
    }


def build_tunes(content: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of whole tunes, of each set and in words, and how often their metre is heard."""
    tunes = content["tunes"]
    rows = [
        (
            text,
            [format(Interval(*figures[key]), form) for figures in tunes["sets"].values()],
            content["beside"][key],
        )
        for key, (text, form) in TUNE_FIGURES.items()
    ]
    metres = [
        (kind, *(format(Interval(*shares[name]), ".1%") for name in ("composed", "real")))
        for kind, shares in tunes["metres"].items()
    ]
    return {"sets": list(tunes["sets"]), "rows": rows, "metres": metres, "real": tunes["real"]}


def statistics_of(values: Mapping[str, Any]) -> Statistics:
    """``Statistics`` from what JSON made of them; other values beside them are left out."""
    own = {field.name: values[field.name] for field in fields(Statistics)}
    shares = {
        name: tuple(Interval(*share) for share in own[name]) for name in ("pitch_classes", "note_lengths")
    }
    return Statistics(**own | shares)


def embed_copy(copy: Mapping[str, Any]) -> dict[str, Any]:
    """A passage and its source in one player."""
    names = {"composed": "composed", "source": copy["source_name"]}
    tunes = [tune_data(Melody(np.array(copy[side], np.int8)), name) for side, name in names.items()]
    return {"player": player_html(tunes), "notes": copy["notes"], "name": copy["source_name"]}


def build_settings(folder: Path) -> dict[str, list[tuple[str, str, str]]]:
    """Settings by group: name, value, and what it is in plain words."""
    found = {**(attempt(read_json, folder / "dataset_manifest.json") or {}), **read_run(folder)}
    if "frozen" in found.get("split", {}):
        found["dataset"] = found["dataset"] | {"seed": "none, the split is frozen"}
    groups = {}
    for group, texts in SETTING_TEXTS.items():
        values = found.get(group) or {}
        rows = [(key, write_value(values[key]), text) for key, text in texts.items() if key in values]
        if rows:
            groups[group] = rows
    return groups


def read_run(folder: Path) -> dict[str, Any]:
    """Settings of model and training, as the run's own file has them."""
    run = attempt(read_json, folder / "run.json") or {}
    return {group: run[group] for group in ("model", "training") if group in run}


def write_value(value: Any) -> str:
    """A setting's value as a person would write it."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


PARTS = {
    "melodies": build_melodies,
    "composing": build_composing,
    "model": build_model,
    "training": build_training,
    "prediction": build_prediction,
    "statistics": build_statistics,
    "dataset": build_dataset,
    "settings": build_settings,
}
