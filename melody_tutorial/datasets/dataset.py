"""A dataset on disk: distinct melodies as token ids, split by family into training, validation and test.

A dataset is a folder of TFRecord shards (``train-00000-of-00002-9f86d081884c.tfrecord``, …: each name ends
with the beginning of its SHA-256) and ``manifest.json``, which names them and says what they must hold. One
rename, that of the manifest, puts a new dataset in the place of an old one.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from melody_tutorial.config import DatasetSettings, ExtractionSettings
from melody_tutorial.datasets.families import draw_sides, family_sizes, find_families
from melody_tutorial.datasets.overlap import overlap_left
from melody_tutorial.datasets.records import Record, read_records, write_records
from melody_tutorial.datasets.split import SIDES, Split, related_to_held_out
from melody_tutorial.datasets.transposing import classes_of, count_keys, to_records, with_keys
from melody_tutorial.errors import UserError, check_choice
from melody_tutorial.files import (
    building_folder,
    check_shape,
    checked_name,
    is_finished,
    locked,
    publish,
    read_json,
    sha256,
    sweep,
    write_json,
)
from melody_tutorial.funnel import Funnel, Reject
from melody_tutorial.melodies import PITCHES, Melody

FORMAT = 3
REPLACED = (1, 2, FORMAT)  # formats of datasets that a new one takes the place of
MANIFEST = "manifest.json"
BEGINNING = b'{\n "format": '  # of every manifest
RECORDS_PER_SHARD = 2048
SHARD = re.compile(r"(train|validation|test|eval)-\d{5}-of-\d{5}(-[0-9a-f]{12})?\.tfrecord")

SHARDS = [{"name": str, "records": int, "bytes": int, "sha256": str}]
SIDE = {"melodies": int, "events": int, "shards": SHARDS}
SHAPE = {  # of a manifest, as far as it is read; later programs may say more
    "classes": int,
    "dataset": {"transpose": str},
    "extraction": dict,
    "split": dict,
    "funnel": {"stages": {...: int}, "rejects": {...: int}},
    **dict.fromkeys(SIDES, SIDE),
}

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Dataset:
    """A dataset whose files are there and unchanged.

    Attributes:
        folder: where it lies.
        manifest: what ``manifest.json`` says.
        sides: those that may be read; training does without ``test``.
    """

    folder: Path
    manifest: Manifest
    sides: tuple[str, ...] = SIDES

    def records(self, side: str) -> list[Record]:
        """The melodies of a side, ``train``, ``validation`` or ``test``, with what is known of them."""
        check_choice(self.sides, side=side)
        shards = self.manifest[side]["shards"]
        return [record for shard in shards for record in read_records(self.folder / shard["name"])]

    def melodies(self, side: str) -> list[np.ndarray]:
        """Token ids of the melodies of a side, each uint8 of shape (steps,)."""
        return [record.ids for record in self.records(side)]


def build_dataset(
    melodies: Sequence[Melody],
    funnel: Funnel,
    output: str | Path,
    settings: DatasetSettings | None = None,
    extraction: ExtractionSettings | None = None,
    split: Split | None = None,
) -> Manifest:
    """Remove duplicates, split by family, transpose, and write; the order of the melodies does not matter.

    Args:
        melodies: from ``extract_sources``.
        funnel: of the same extraction; duplicates are counted in it, and the manifest holds it.
        output: folder to write; a dataset there is replaced.
        settings: how melodies become a dataset; None: the defaults.
        extraction: how the melodies were extracted, for the manifest; None: the defaults.
        split: which tune is on which side; None, or where a side would be empty: drawn by ``settings``.

    Returns:
        The manifest, as in ``manifest.json``.

    Raises:
        UserError: there are no melodies, a side would be empty, or the folder holds other files.
    """
    settings, extraction = settings or DatasetSettings(), extraction or ExtractionSettings()
    check_output(output)
    melodies = sorted(
        with_keys(melodies), key=lambda melody: (melody.source, melody.start_step, melody.events.tobytes())
    )
    families = find_families(melodies)
    kept = _without_duplicates(melodies, families.first, funnel)
    distinct, family = [melodies[index] for index in kept], families.family[kept]
    if split:
        stays = np.flatnonzero(~related_to_held_out(distinct, family, split, funnel))
        distinct, family = [distinct[index] for index in stays], family[stays]
    if split and len({split.side(melody.source) for melody in distinct}) < len(SIDES):
        split = None
    side_of = (
        np.array([split.side(melody.source) for melody in distinct])
        if split
        else draw_sides(family, settings.eval_ratio, settings.test_ratio, settings.seed)
    )
    classes = classes_of(settings.transpose)
    manifest = {
        "format": FORMAT,
        "classes": classes,
        "min_pitch": PITCHES[classes][0],
        "dataset": asdict(settings),
        "extraction": asdict(extraction),
        "split": {"frozen": split.corpus, "sha256": split.sha256} if split else {"drawn": settings.seed},
        "families": family_sizes(families),
        "overlap": overlap_left(distinct, side_of != "train"),
        "keys": count_keys(distinct),
        "funnel": funnel.as_dict(),
    }
    sides = {side: np.flatnonzero(side_of == side) for side in SIDES}
    return _write(Path(output), manifest, sides, distinct, family.tolist())


def open_dataset(folder: str | Path, sides: tuple[str, ...] = SIDES) -> Dataset:
    """Open a dataset after checking that every shard is there and unchanged.

    Args:
        sides: those that are wanted; files of the others are not opened.

    Raises:
        UserError: the folder holds no dataset, or a shard is missing, truncated or altered; it is named.
    """
    folder = Path(folder)
    try:
        manifest = read_json(folder / MANIFEST)
        if manifest.get("format") != FORMAT:
            raise ValueError(f"its format is {manifest.get('format')!r}, {FORMAT} is read here")
        check_shape(manifest, SHAPE)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(
            f"{folder}: there is no dataset here, as {MANIFEST} is missing; "
            f"make one with `melody-tutorial extract ARCHIVE --output {folder}`"
        ) from error
    except ValueError as error:
        raise UserError(
            f"{folder / MANIFEST}: not the manifest of a dataset ({error}); {_again(folder)}"
        ) from error
    for side in sides:
        for shard in manifest[side]["shards"]:
            _check_shard(folder, shard)
    return Dataset(folder, manifest, sides)


def check_output(folder: str | Path) -> None:
    """Raise a UserError unless the folder is new, empty, or holds nothing but a dataset."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: give the name of a folder for the dataset")
    foreign = sorted({path.name for path in folder.glob("*") if is_finished(path)} - own_files(folder))
    if foreign:
        raise UserError(
            f"{folder} holds {foreign[0]!r}, which is no part of a dataset: "
            "give a new or empty folder, or one that holds a dataset to be replaced"
        )


def own_files(folder: Path) -> set[str]:
    """Names of the files in a folder that belong to a dataset: the manifest, its shards, left-over shards."""
    names = {
        path.name for path in folder.glob("*.tfrecord") if (found := SHARD.fullmatch(path.name)) and found[2]
    }
    try:
        manifest = read_json(folder / MANIFEST)
        listed = [name for name in _shard_names(manifest) if SHARD.fullmatch(name)]
    except OSError:
        return names  # there is none
    except (ValueError, TypeError, KeyError):  # it was damaged, or is somebody else's
        return names | {MANIFEST} if (folder / MANIFEST).read_bytes().startswith(BEGINNING) else names
    return names | {MANIFEST, *listed} if manifest.get("format") in REPLACED else names


def _without_duplicates(melodies: Sequence[Melody], firsts: np.ndarray, funnel: Funnel) -> list[int]:
    """Indices of the melodies to keep; the others are counted in the funnel."""
    kept = []
    for index, first in enumerate(firsts):
        if first == index:
            kept.append(index)
        else:
            funnel.reject(Reject(melodies[index].source, "duplicate", f"as in {melodies[first].source}"))
    funnel.count("distinct_melodies", len(kept))
    return kept


def _write(
    folder: Path,
    manifest: Manifest,
    sides: dict[str, np.ndarray],
    melodies: Sequence[Melody],
    family: Sequence[int],
) -> Manifest:
    """Write shards and manifest beside what the folder holds, verify them, then put them in its place.

    Args:
        sides: indices of the melodies of each.
        family: number of the family of each melody.
    """
    with locked(folder), building_folder(folder) as building:
        check_output(folder)
        for side, chosen in sides.items():
            transpose = manifest["dataset"]["transpose"]
            if side != "train" and transpose == "all":  # split first, then transpose: training alone
                transpose = "squash"
            records = to_records(
                [melodies[index] for index in chosen], transpose, [family[index] for index in chosen]
            )
            manifest[side] = {
                "melodies": len(chosen),
                "records": len(records),
                "events": sum(len(record.ids) for record in records),
                "shards": _write_shards(building, side, records),
            }
        write_json(building / MANIFEST, manifest)
        named = {MANIFEST, *_shard_names(open_dataset(building).manifest)}
        old = own_files(folder) - named
        publish(building, folder, MANIFEST)
        sweep(folder, old)
    return manifest


def _write_shards(folder: Path, side: str, records: list[Record]) -> list[dict[str, Any]]:
    """Write the records of a side in shards of equal size; name, counts and check sum of each."""
    count = -(-len(records) // RECORDS_PER_SHARD)
    shards = []
    for number in range(count):
        part = records[len(records) * number // count : len(records) * (number + 1) // count]
        path = write_records(folder / f"{side}-{number:05d}-of-{count:05d}.tfrecord", part)
        digest = sha256(path)
        path = path.rename(path.with_name(checked_name(path.name, digest)))
        shards.append(
            {"name": path.name, "records": len(part), "bytes": path.stat().st_size, "sha256": digest}
        )
    return shards


def _shard_names(manifest: Manifest) -> list[str]:
    """Names of the shards of all sides, whatever an earlier format called them."""
    sides = [part["shards"] for part in manifest.values() if isinstance(part, dict) and "shards" in part]
    return [shard["name"] for shards in sides for shard in shards]


def _check_shard(folder: Path, shard: dict[str, Any]) -> None:
    """Raise a UserError unless the shard is as the manifest says."""
    path = folder / shard["name"]
    if not SHARD.fullmatch(shard["name"]):
        raise UserError(
            f"{folder / MANIFEST} names {shard['name']!r}, no shard of a dataset; {_again(folder)}"
        )
    if not path.is_file():
        raise UserError(f"{path}: this shard of the dataset is missing; {_again(folder)}")
    size = path.stat().st_size
    if size != shard["bytes"]:
        raise UserError(
            f"{path}: this shard of the dataset has {size} bytes, not the {shard['bytes']} of the manifest; "
            f"{_again(folder)}"
        )
    if sha256(path) != shard["sha256"]:
        raise UserError(
            f"{path}: this shard of the dataset was altered (its SHA-256 differs); {_again(folder)}"
        )


def _again(folder: Path) -> str:
    return f"make the dataset again with `melody-tutorial extract ARCHIVE --output {folder}`"
