"""What is measured on: the default corpus, and the Nottingham tunes where they lie beside the checkout."""

import os
import zipfile
from pathlib import Path

from benchmarks.measure import ROOT, Options
from melody_tutorial.datasets import Dataset, build_corpus, open_dataset
from melody_tutorial.pipeline import extract_dataset

QUICK_TUNES = 300
SHARED = Path(os.environ.get("MELODY_TUTORIAL_SHARED") or ROOT.parent / "shared")
NOTTINGHAM = SHARED / "data" / "nottingham_midi.zip"


def archives(options: Options) -> dict[str, Path]:
    """The archives that are here, by name: the default corpus first."""
    found = {"tune books": build_corpus(max_tunes=QUICK_TUNES if options.quick else None)}
    if NOTTINGHAM.is_file() and not options.quick:
        found["Nottingham"] = NOTTINGHAM
    return found


def members(archive: Path) -> list[tuple[str, bytes]]:
    """Names and bytes of all MIDI files of a zip, in the order of their names."""
    with zipfile.ZipFile(archive) as zipped:
        return [(name, zipped.read(name)) for name in sorted(zipped.namelist()) if name.endswith(".mid")]


def make_dataset(archive: Path, folder: Path) -> Dataset:
    """The dataset that the default settings make of an archive."""
    extract_dataset([archive], folder)
    return open_dataset(folder)
