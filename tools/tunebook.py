"""A book of tunes that a model composed: one page to browse, hear and save them, and one ABC file.

python -m tools.tunebook    1,000 tunes by melody_rnn, in runs/tunebook; --help names the options

Beside each tune stands the longest passage that it shares with the tunes which the model has learned from,
and what real tunes of the test share with them.
"""

import argparse
import base64
import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jinja2

from melody_tutorial import files
from melody_tutorial.config import DEFAULT_MODEL, ModelSettings, SamplingSettings
from melody_tutorial.datasets import Record, open_dataset
from melody_tutorial.errors import UserError, check_at_least
from melody_tutorial.evaluation import Originality, originality
from melody_tutorial.melodies import abc_book, decode_events, melody_to_abc, time_signature
from melody_tutorial.networks import Checkpoint, is_shipped, load_checkpoint
from melody_tutorial.pipeline import (
    Composed,
    build_archive,
    compose_melodies,
    earlier_melodies,
    extract_dataset,
    without_relatives,
)
from melody_tutorial.presets import fit_to, preset
from melody_tutorial.training import dataset_of
from melody_tutorial.web import inline

TEMPLATES = Path(__file__).parent / "templates"
PAGE, ABC = "tunebook.html", "tunebook.abc"
FIRST_CHARACTER = 34  # stands for pitch 0, the two before it for note-off and no-event


@dataclass(frozen=True)
class Book:
    """Tunes, and what they share with those that their model has learned from.

    Attributes:
        composed: the tunes.
        shared: their passages.
        real, real_tunes: what real tunes share, and how many there are.
        sources: names of the tunes that the model has learned from.
    """

    composed: list[Composed]
    shared: Originality
    real: Originality
    real_tunes: int
    sources: list[str]


def main() -> None:
    """Write the book that the command line asks for."""
    parser = argparse.ArgumentParser("python -m tools.tunebook", description="A book of composed tunes.")
    parser.add_argument("--run", default=DEFAULT_MODEL, help="run whose model composes, or one that ships")
    parser.add_argument("--output", default="runs/tunebook", help="folder of the book")
    parser.add_argument("--tunes", type=int, default=1000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same book")
    asked = parser.parse_args()
    try:
        for path in write_book(asked.run, asked.output, asked.tunes, asked.seed):
            print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    except UserError as error:
        sys.exit(str(error))


def write_book(run: str | Path, output: str | Path, tunes: int, seed: int) -> list[Path]:
    """Compose a book by the model of a run, or by one that ships, and write its page and its ABC file.

    Raises:
        UserError: the model composes no whole tunes, what it has learned from is not at hand, or the folder
            holds other files.
    """
    check_at_least(1, tunes=tunes)
    folder, checkpoint = files.claim_folder(output, PAGE), load_checkpoint(run)
    if not checkpoint.repertoire.keys:
        raise UserError(f"--run {run} composes no whole tunes: name a melody_rnn, or a run of one")
    book = make_book(checkpoint, *learned_and_real(run, checkpoint.model), tunes, seed)
    with files.locked(folder):
        return [
            files.write_text(folder / PAGE, page_of(book, checkpoint, Path(run).resolve().name, seed)),
            files.write_text(folder / ABC, abc_book(tunes_as_abc(book))),
        ]


def learned_and_real(run: str | Path, model: ModelSettings) -> tuple[list[Record], list[Record]]:
    """What a model has learned from, and the real tunes of the test that are no relatives of that."""
    if is_shipped(run):
        learned, test, earlier = *whole_tunebooks(model), []
    else:
        dataset = open_dataset(dataset_of(run))
        learned, test = dataset.records("train"), dataset.records("test")
        earlier, unknown = earlier_melodies(run, dataset)
        if unknown:
            raise UserError(f"what {unknown[0]} has learned from is not at hand: copies cannot be looked for")
    return learned + earlier, without_relatives([record for record in test if record.is_whole], earlier)


def whole_tunebooks(model: ModelSettings) -> tuple[list[Record], list[Record]]:
    """The training side and the test side of the default corpus, its tunes as long as the model read them."""
    chosen = fit_to(preset("cpu"), model)
    with TemporaryDirectory() as folder:
        extract_dataset([build_archive()], folder, chosen.extraction, chosen.dataset)
        dataset = open_dataset(folder)
        return dataset.records("train"), dataset.records("test")


def make_book(
    checkpoint: Checkpoint, training: Sequence[Record], real: Sequence[Record], tunes: int, seed: int
) -> Book:
    """Compose tunes with the metres, modes and lengths that the model has learned, and look for copies."""
    composed = compose_melodies(checkpoint, settings=SamplingSettings(num_outputs=tunes, seed=seed))
    learned, test = (
        [decode_events(record.ids, checkpoint.model.classes) for record in side] for side in (training, real)
    )
    return Book(
        composed=composed,
        shared=originality([each.melody.events for each in composed], learned),
        real=originality(test, learned, [record.family for record in real]),
        real_tunes=len(real),
        sources=[record.source for record in training],
    )


def tunes_as_abc(book: Book) -> list[str]:
    """Each tune as ABC, numbered from 1."""
    return [melody_to_abc(each.melody, each.title, number) for number, each in enumerate(book.composed, 1)]


def page_of(book: Book, checkpoint: Checkpoint, name: str, seed: int) -> str:
    """The page, which refers to nothing outside itself; Jinja2 escapes every text that is put in."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template(PAGE).render(
        book=book,
        name=name,
        seed=seed,
        sha256=checkpoint.sha256,
        whole=sum(each.melody.is_whole for each in book.composed),
        style=(TEMPLATES / "tunebook.css").read_text(encoding="utf-8"),
        script=inline(str(TEMPLATES / "tunebook.js")),  # with what it takes from the instruments
        data=packed({"head": abc_book([]), "tunes": entries(book)}),
    )


def entries(book: Book) -> list[dict[str, Any]]:
    """What the page knows of each tune; its passages as notes, source, and first and last step."""
    passages = zip(book.shared.exact_copies, book.shared.varied_copies, strict=True)
    found = []
    for each, abc, copies in zip(book.composed, tunes_as_abc(book), passages, strict=True):
        melody = each.melody
        exact, varied = (
            copy and [copy.notes, str(Path(book.sources[copy.source]).with_suffix("")), copy.start, copy.end]
            for copy in copies
        )
        found.append(
            {
                "title": each.title,
                "metre": time_signature(melody),
                "key": [melody.key.tonic, melody.key.mode],
                "qpm": melody.qpm,
                "steps_per_bar": melody.steps_per_bar,
                "whole": melody.is_whole,
                "exact": exact,
                "varied": varied,
                "events": "".join(chr(event + FIRST_CHARACTER) for event in melody.events.tolist()),
                "abc": abc,
            }
        )
    return found


def packed(content: Any) -> str:
    """JSON, compressed by zlib, in the letters of base64."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


if __name__ == "__main__":
    main()
