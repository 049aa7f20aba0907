"""The default corpus: tune books that music21 installs, made into one zip of MIDI files on demand."""

import importlib.util
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from melody_tutorial import files
from melody_tutorial.config import built_data
from melody_tutorial.errors import UserError, check_at_least, check_choice
from melody_tutorial.music import (
    Conversion,
    MidiError,
    Score,
    aligned_score,
    convert_tunes,
    count_graces,
    count_ornaments,
    decode_text,
    plain_tune,
    split_tunes,
    tune_keys,
    tune_title,
    write_midi,
)

RECIPE = 2  # raise it when the same tunes would come out as other bytes, or the manifest tells more
PACKAGES = ("music21", "symusic")  # whose versions decide what comes out
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of every entry: zip knows no earlier one
MANIFEST = "manifest.json"
MOST_TITLE = 60  # signs of a title that a file name keeps

Facts = dict[str, Any]
FactsOf = Callable[[str | Path], Facts]  # ``corpus_facts``, or a cache of it: it reads the whole archive


@dataclass(frozen=True)
class Corpus:
    """A corpus that can be built.

    Attributes:
        name: what ``build_corpus`` calls it.
        books: folders of music21's corpus.
        description, licence: one line each.
        notice: what whoever builds it must know; "" where there is nothing.
    """

    name: str
    books: tuple[str, ...]
    description: str
    licence: str
    notice: str = ""

    @property
    def tunes(self) -> int:
        """Number of tunes in the installed books."""
        return sum(len(split_tunes(_text(file))) for _, file in tune_books(self.name))


CORPORA = {
    "tunebooks": Corpus(
        "tunebooks",
        ("ryansMammoth", "oneills1850", "airdsAirs"),
        "fiddle tunes: Ryan's Mammoth Collection (1883), O'Neill's Music of Ireland (1903; 1,838 of its 1,850"
        " tunes, 171 of them twice), Aird's Selection of Airs (from 1778)",
        "the books are out of copyright; the encoders allowed distribution with music21",
    ),
    "essen": Corpus(
        "essen",
        ("essenFolksong",),
        "folk songs of the Essen collection, most of them German and Chinese",
        "not for commercial use",
        "The Essen folk songs may not be used commercially, nor may what is trained on them be sold: "
        "read SOURCE.txt beside the archive.",
    ),
}


class Tune(NamedTuple):
    """One tune of a book: its book's folder, its number there from 1 on, and its ABC text."""

    book: str
    number: int
    text: str


def list_corpora() -> list[Corpus]:
    """All corpora that can be built, the default first."""
    return list(CORPORA.values())


def build_corpus(
    name: str = "tunebooks",
    output: str | Path | None = None,
    progress: Callable[[int], None] | None = None,
    max_tunes: int | None = None,
) -> Path:
    """Give the zip of a corpus, built anew only where it is missing, damaged, or made by other versions.

    The same packages give the same bytes. Beside it lie ``manifest.json``, which keeps the tunes' keys, and
    ``SOURCE.txt`` with source and licence.

    Args:
        name: key of ``CORPORA``.
        output: folder for the corpora; None: ``corpora`` in ``config.built_data()``.
        progress: called with the number of tunes done since the last call.
        max_tunes: take only the first so many; they get a folder of their own.

    Returns:
        Path of ``<output>/<name>/<name>.zip``.

    Raises:
        UserError: there is no such corpus, or the installed music21 or symusic lacks what it takes.
    """
    check_choice(tuple(CORPORA), corpus=name)
    if max_tunes is not None:
        check_at_least(1, max_tunes=max_tunes)
    folder_name = name if max_tunes is None else f"{name}-{max_tunes}"
    folder = Path(output or built_data() / "corpora") / folder_name
    archive, manifest = folder / f"{folder_name}.zip", folder / MANIFEST
    settings = _settings(name, max_tunes)
    facts = corpus_facts(archive)
    if not (settings.items() <= facts.items() and "keys" in facts):
        tunes = list(islice(read_tunes(name), max_tunes))
        counts = write_archive(archive, tunes, progress or (lambda number: None))
        files.write_text(folder / "SOURCE.txt", source_text(name))
        facts = {**settings, **counts, "inputs": _inputs(name), "sha256": files.sha256(archive)}
        files.write_json(manifest, facts)  # last: it says that all is there
    return archive


def corpus_facts(archive: str | Path) -> Facts:
    """What the manifest beside an archive says that ``build_corpus`` made; nothing for any other archive."""
    archive = Path(archive)
    try:
        facts = files.read_json(archive.with_name(MANIFEST))
        return facts if facts["sha256"] == files.sha256(archive) else {}
    except (OSError, ValueError, KeyError):
        return {}


def _settings(name: str, max_tunes: int | None) -> dict:
    """What decides the archive's bytes."""
    packages = {package: version(package) for package in PACKAGES}
    return {"corpus": name, "recipe": RECIPE, "packages": packages, "max_tunes": max_tunes}


def tune_books(name: str = "tunebooks") -> Iterator[tuple[str, Path]]:
    """Yield the ABC files of a corpus, in order, each with its book; music21 itself is not imported.

    Raises:
        UserError: music21 is not installed, or was installed without its corpus.
    """
    for book in CORPORA[name].books:
        yield from ((book, file) for file in book_files(book, "*.abc"))


def book_files(book: str, pattern: str) -> list[Path]:
    """The files of a folder of music21's corpus, sorted; errors as of ``tune_books``."""
    package = importlib.util.find_spec("music21")
    folder = Path(package.submodule_search_locations[0], "corpus") if package else Path("music21/corpus")
    found = sorted(folder.joinpath(book).glob(pattern))
    if not found:
        raise UserError(
            f"{folder / book} holds no tunes: install music21 with its corpus "
            "(pip install --force-reinstall music21)"
        )
    return found


def _text(file: Path) -> str:
    return decode_text(file.read_bytes())


def read_tunes(name: str = "tunebooks") -> Iterator[Tune]:
    """Yield the tunes of a corpus, book by book, numbered within each."""
    count = Counter()
    for book, file in tune_books(name):
        for text in split_tunes(_text(file)):
            count[book] += 1
            yield Tune(book, count[book], text)


def member_name(tune: Tune) -> str:
    """Name of a tune in the archive: book, number and title, safe for every file system."""
    title = re.sub(r"[^\w\s',()&!-]", " ", tune_title(tune.text))
    title = " ".join(title.split())[:MOST_TITLE].strip()
    return f"{tune.book}/{f'{tune.number:04} {title}'.strip()}.mid"


def zip_entry(name: str) -> zipfile.ZipInfo:
    """An entry that has the same bytes on every day and every system."""
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry


def write_archive(path: Path, tunes: list[Tune], progress: Callable[[int], None]) -> dict:
    """Convert tunes and write them as a zip: stored, in their order, with fixed dates.

    Returns:
        For the manifest: counts as "totals", and the same under "books" for each book; under "keys" what the
        ``K:`` fields of each tune name.
    """
    keys = {}
    counts = {tune.book: Counter() for tune in tunes}
    conversions = convert_tunes([plain_tune(tune.text) for tune in tunes])
    with files.atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for tune, conversion in zip(tunes, conversions, strict=True):
            count = counts[tune.book]
            count.update(_count(tune, conversion))
            try:
                aligned = aligned_score(conversion)
            except MidiError:
                count["not_converted"] += 1
            else:
                count.update(converted=1, padded=aligned.padded, drifting=aligned.drifting)
                name = member_name(tune)
                archive.writestr(zip_entry(name), write_midi(without_key(aligned.score)))
                keys[name] = ", ".join(tune_keys(tune.text))  # of several, none is the tune's
            progress(1)
    books = {book: dict(count) for book, count in counts.items()}
    return {"totals": _total(counts.values()), "books": books, "keys": keys}


def without_key(score: Score) -> Score:
    """A score without key signatures: they can't say dorian, and the manifest says it all."""
    none = {
        "key_tick": np.zeros(0, np.int32),
        "key_fifths": np.zeros(0, np.int8),
        "key_minor": np.zeros(0, bool),
    }
    return replace(score, **none)


def _count(tune: Tune, conversion: Conversion) -> dict[str, int]:
    """What the manifest counts of one tune before its bars are looked at."""
    graces, ornaments = count_graces(tune.text), count_ornaments(tune.text)
    return {
        "tunes": 1,
        "tunes_with_graces": graces > 0,
        "graces_removed": graces,
        "tunes_with_ornaments": ornaments > 0,
        "ornaments_removed": ornaments,
        "with_converter_errors": any(line.startswith("Error") for line in conversion.messages),
        "with_converter_warnings": any(line.startswith("Warning") for line in conversion.messages),
        "not_converted": 0,
    }


def _total(counts: Iterable[Counter]) -> dict[str, int]:
    """Sum of the counts of all books, zeros kept."""
    total = Counter()
    for count in counts:
        total.update(count)
    return dict(total)


def _inputs(name: str) -> dict[str, str]:
    """SHA-256 of each ABC file that the corpus is made of."""
    return {f"{book}/{file.name}": files.sha256(file) for book, file in tune_books(name)}


def source_text(name: str) -> str:
    """Where the tunes come from and what is allowed, with music21's own words and the transcribers' names."""
    corpus = CORPORA[name]
    books = list(tune_books(name))
    folder = books[0][1].parents[1]
    licences = [folder / "license.txt", *(folder / book / "license.txt" for book in corpus.books)]
    credits = {line[2:].strip() for _, file in books for line in _text(file).splitlines() if line[:2] == "Z:"}
    parts = [
        f"Corpus {name!r}: {corpus.description}.",
        f"Converted by abc2midi from the ABC files that music21 {version('music21')} installs "
        f"({', '.join(corpus.books)}).",
        f"Licence: {corpus.licence}. {corpus.notice}".strip(),
        *(_text(file).strip() for file in licences if file.is_file()),
        "Transcribers, as the files name them:\n" + "\n".join(sorted(credits - {""})),
    ]
    return "\n\n".join(parts) + "\n"
