"""The key and mode of melodies, found by their signatures, and by their notes alone.

The truth is what the ``K:`` fields of the tune books name, as music21 reads them, in tunes that name one key.
Where a dataset is made of such tunes the field is read as it stands: there is nothing to guess, so it has no
row, and is only compared with music21's reading. abc2midi makes the signatures out of the fields, so that
their flag for minor gives away the mode; they are looked at with the flag and without.

Everything is measured on the families with even numbers. The constants were set on those that had odd numbers
then; since more relatives are found the families have other numbers, so the halves are no longer apart.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from unittest.mock import patch

import numpy as np

from benchmarks.measure import Options, Row, check, in_turn, seconds
from melody_tutorial.config import ExtractionSettings
from melody_tutorial.datasets import Tune, build_corpus, find_families, read_tunes, with_named_keys
from melody_tutorial.evaluation import bootstrap
from melody_tutorial.melodies import (
    SCORE_OF_SIGNATURES,
    Melody,
    extract_melodies,
    extract_sources,
    find_keys,
)
from melody_tutorial.music import aligned_score, convert_tunes, plain_tune, tune_keys

QUICK_TUNES, PEER_MELODIES, QUICK_PEER_MELODIES = 300, 400, 20
LEAST_TONIC = {"signature": 95, "notes": 88}  # per cent
LEAST_MODE = {"signature": 90, "notes": 80}
LEAST_TIMES = 100
WHOLE = ExtractionSettings(max_steps=10**6)  # music21 shall see whole melodies too
TABLE = "melody_tutorial.melodies.key_finding.SCORE_OF_SIGNATURES"
FOUND = {
    "signature": "field hidden: key signature, its flag for minor, and notes",
    "sharps": "field and flag hidden: sharps or flats, and notes",
    "notes": "field and signature hidden: notes alone",
}


def measure(options: Options) -> list[Row]:
    """Two rows for each way of finding keys, and one for the speed."""
    melodies, family = held_out(options)
    truth = [key_of_tune(melody.source) for melody in melodies["notes"]]
    wanted = QUICK_PEER_MELODIES if options.quick else PEER_MELODIES
    sample = np.arange(0, len(truth), max(1, len(truth) // wanted))
    parts = [part_of(melodies["notes"][index]) for index in sample]
    peer = [analysed(part) for part in parts]
    rows = []
    for name, found in melodies.items():
        check([m.source for m in found] == [m.source for m in melodies["notes"]], f"{name}: other melodies")
    check(keys_of(melodies["field"]) == truth, "a field is read otherwise than by music21")
    for name in FOUND:
        rows += accuracy_rows(name, melodies[name], truth, family, sample, peer)
    return [*rows, speed_row(melodies["notes"], parts, options)]


def held_out(options: Options) -> tuple[dict[str, list[Melody]], np.ndarray]:
    """The melodies of families with even numbers whose tune names one key, with keys found in each way.

    The second result is the family of each.
    """
    number = QUICK_TUNES if options.quick else None
    tunes = {name_of(tune): tune for tune in list(read_tunes())[:number]}
    conversions = convert_tunes([plain_tune(tune.text) for tune in tunes.values()])
    scores = [aligned_score(conversion).score for conversion in conversions]
    archive = build_corpus(max_tunes=number)
    plain, _ = extract_sources([archive], WHOLE)
    found = {
        "field": with_named_keys(plain, [archive]),
        "signature": extract_melodies(scores, list(tunes), WHOLE)[0],
        "notes": plain,
    }
    with patch(TABLE, without_flag(SCORE_OF_SIGNATURES)):
        found["sharps"] = extract_melodies(scores, list(tunes), WHOLE)[0]
    found = {name: in_order(melodies) for name, melodies in found.items()}
    family = find_families(found["notes"]).family
    kept = [n for n, melody in enumerate(found["notes"]) if family[n] % 2 == 0 and key_of_tune(melody.source)]
    return {name: [melodies[index] for index in kept] for name, melodies in found.items()}, family[kept]


def without_flag(score: np.ndarray) -> np.ndarray:
    """What signatures add to the score of each key where they name no mode: major and minor score alike."""
    paired = score[:-1].reshape(-1, 2, score.shape[1])  # the flag off, and on; last no signature
    unflagged = paired.min(axis=1).repeat(2, axis=0)  # the bonus is in one of the two
    return np.concatenate([unflagged, score[-1:]])


def in_order(melodies: Iterable[Melody]) -> list[Melody]:
    """Melodies by tune, the tune being their source instead of the file that a corpus makes of it."""
    renamed = [replace(melody, source=melody.source[: melody.source.index("/") + 5]) for melody in melodies]
    return sorted(renamed, key=lambda melody: melody.source)


def name_of(tune: Tune) -> str:
    """Book and number of a tune, with which the name of its file in a corpus begins."""
    return f"{tune.book}/{tune.number:04}"


@cache
def keys_of_tunes() -> dict[str, tuple[int, str]]:
    """Tonic and mode of each tune that names one key, as music21 reads its field."""
    fields = {name_of(tune): tune_keys(tune.text) for tune in read_tunes()}
    named = {name: read_field(keys[0]) for name, keys in fields.items() if len(keys) == 1}
    return {name: key for name, key in named.items() if key}


def key_of_tune(name: str) -> tuple[int, str] | None:
    """Tonic and mode of a tune that names one key."""
    return keys_of_tunes().get(name)


@cache
def read_field(field: str) -> tuple[int, str] | None:
    """music21's reading of a ``K:`` field; None where it finds no tonic."""
    from music21 import abcFormat, key

    metadata = abcFormat.ABCMetadata(f"K:{field}")
    metadata.preParse()
    found = metadata.getKeySignatureObject()
    return (found.tonic.pitchClass, found.mode) if isinstance(found, key.Key) else None


def keys_of(melodies: Sequence[Melody]) -> list[tuple[int, str]]:
    """Tonic and mode of each melody."""
    return [(melody.key.tonic, melody.key.mode) for melody in melodies]


def accuracy_rows(
    name: str,
    melodies: Sequence[Melody],
    truth: list[tuple[int, str]],
    family: np.ndarray,
    sample: np.ndarray,
    peer: list,
) -> list[Row]:
    """How many tonics and how many modes are right; music21's key finder on a sample, where notes are all."""
    ours = keys_of(melodies)
    many = f"{len(truth):,} melodies of {len({m.source for m in melodies}):,} tunes"
    rows = []
    for what, place, least in (("tonic", 0, LEAST_TONIC), ("mode", 1, LEAST_MODE)):
        right = np.array([one[place] == other[place] for one, other in zip(ours, truth, strict=True)])
        row = Row(
            f"{what}, {FOUND[name]}: {many}",
            "% right",
            with_interval(right, family),
            note="with the 95 % bootstrap interval over families; some of them helped to set the constants",
        )
        if name in least:
            row.target, row.met = f"≥ {least[name]} %", bool(100 * right.mean() >= least[name])
        if name == "notes":
            theirs = np.array(
                [one[place] == truth[index][place] for one, index in zip(peer, sample, strict=True)]
            )
            row.peers = {f"music21, {len(sample)} of the melodies": with_interval(theirs, family[sample])}
            row.note = by_mode(ours, truth) if what == "mode" else row.note
        if name == "signature" and what == "mode":
            row.note = (
                "abc2midi writes the flag for minor out of the field, so that the field is wholly hidden "
                "only where the flag is hidden too; a field that is not hidden is read as it stands"
            )
        rows.append(row)
    return rows


def with_interval(right: np.ndarray, family: np.ndarray) -> list[float]:
    """Share that is right, in per cent, between the ends of its 95 % bootstrap interval over families."""
    share = bootstrap(100 * right, np.ones(len(right)), family)
    return [share.low, share.value, share.high]


def by_mode(ours: list[tuple[int, str]], truth: list[tuple[int, str]]) -> str:
    """In words: how many of each mode's melodies are right, and how many are not clear."""
    parts = []
    for mode in ("major", "minor", "dorian", "mixolydian"):
        of_mode = [found for found, true in zip(ours, truth, strict=True) if true[1] == mode]
        parts.append(f"{mode} {sum(found[1] == mode for found in of_mode)} of {len(of_mode)}")
    parts.append(f"{sum(mode == 'not clear' for _, mode in ours)} are not clear, which counts as wrong")
    return f"modes right by notes alone: {', '.join(parts)}"


def part_of(melody: Melody):
    """A melody as a music21 part."""
    from music21 import note, stream

    part = stream.Part()
    for onset, end, pitch in zip(*melody.notes(), strict=True):
        part.insert(onset / 4, note.Note(int(pitch), quarterLength=(end - onset) / 4))
    return part


def analysed(part) -> tuple[int, str]:
    """Tonic and mode that music21 finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key = part.analyze("key")
    return key.tonic.pitchClass, key.mode


def speed_row(melodies: Sequence[Melody], parts: Iterable, options: Options) -> Row:
    """Melodies a second from the notes alone, beside music21."""
    parts = list(parts)
    taken = in_turn(
        {
            "ours": lambda: len(melodies) / seconds(lambda: find_keys(melodies)),
            "music21": lambda: len(parts) / seconds(lambda: [analysed(part) for part in parts]),
        },
        options.runs,
    )
    row = Row(
        f"finding the keys of {len(melodies):,} melodies from their notes",
        "melodies/s",
        taken["ours"],
        target=f"≥ {LEAST_TIMES}× music21",
        peers={"music21's analyze('key')": taken["music21"]},
    )
    row.met = row.times_better(taken["music21"]) >= LEAST_TIMES
    return row
