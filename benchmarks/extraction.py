"""MIDI files in memory → token ids, in one process; and reading alone, beside other readers."""

import io
import random
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks import note_seq_extraction
from benchmarks.inputs import archives, members
from benchmarks.measure import Options, Row, check, in_turn, seconds
from melody_tutorial.melodies import encode_events, extract_files, squash_all, undisturbed
from melody_tutorial.music import read_scores

PEER_FILES = 300
QUICK_FILES = 20
LEAST_TIMES, LEAST_SHARE = 100, 0.4

Files = list[tuple[str, bytes]]


def measure(options: Options) -> list[Row]:
    """Two rows for each archive: extraction, and reading alone."""
    rows = []
    for name, archive in archives(options).items():
        rows += measure_archive(name, archive, options)
    return rows


def measure_archive(name: str, archive: Path, options: Options) -> list[Row]:
    """Extraction beside note_seq and beside symusic's bare reading; reading beside pretty_midi and mido."""
    files = members(archive)
    sample = random.Random(0).sample(files, QUICK_FILES if options.quick else PEER_FILES)
    check(
        [ids.tolist() for ids in token_ids(sample)]
        == [ids for _, data in sample for ids in note_seq_extraction.token_ids(data)],
        f"{name}: other token ids than note_seq's",
    )
    taken = in_turn(
        {
            "ours": lambda: len(files) / seconds(lambda: token_ids(files)),
            "symusic": lambda: len(files) / seconds(lambda: read_bare(files)),
            "ours, reading": lambda: len(files) / seconds(lambda: read_all(files)),
            "note_seq": lambda: rate(note_seq_extraction.token_ids, sample),
            "pretty_midi": lambda: rate(read_pretty_midi, sample),
            "mido": lambda: rate(read_mido, sample),
        },
        options.runs,
    )
    return [extraction_row(name, len(files), taken), reading_row(name, len(files), taken)]


def extraction_row(name: str, number: int, taken: dict[str, list[float]]) -> Row:
    """Extraction beside note_seq, the limit being the reading that symusic does."""
    row = Row(
        f"extraction, {name}: {number:,} files in memory → token ids, one process",
        "files/s",
        taken["ours"],
        target=f"≥ {LEAST_TIMES}× note_seq, ≥ {LEAST_SHARE:.0%} of the limit",
        peers={"note_seq": taken["note_seq"]},
        limit=taken["symusic"],
        limit_name="symusic's parse, notes, tempos and time signatures as arrays",
        note=f"note_seq on {PEER_FILES} of the files; the same token ids",
    )
    row.met = row.times_better(taken["note_seq"]) >= LEAST_TIMES
    row.met = row.met and row.times_better(row.limit) >= LEAST_SHARE
    return row


def reading_row(name: str, number: int, taken: dict[str, list[float]]) -> Row:
    """Reading MIDI files into one table of notes, beside other readers of MIDI."""
    return Row(
        f"reading, {name}: {number:,} files in memory → notes",
        "files/s",
        taken["ours, reading"],
        peers={"pretty_midi": taken["pretty_midi"], "mido": taken["mido"]},
        limit=taken["symusic"],
        limit_name="symusic's parse",
        note="ours ends notes as pretty_midi does; mido gives messages, no notes",
    )


def token_ids(files: Files) -> list[np.ndarray]:
    """Token ids of the melodies of MIDI files, as the program makes them."""
    melodies, _ = extract_files(files)
    squashed, _ = squash_all([melody.events for melody in melodies])
    ids = encode_events(np.concatenate(squashed))
    ends = np.cumsum([len(events) for events in squashed]).tolist()
    return [ids[start:end] for start, end in pairwise([0, *ends])]


def read_all(files: Files) -> None:
    """The program's reading, as it goes on within an extraction."""
    with undisturbed():
        read_scores(files)


def read_bare(files: Files) -> None:
    """What any reader by symusic pays: parse, and take notes, tempos and time signatures as arrays."""
    from symusic.core import ScoreTick

    for _, data in files:
        score = ScoreTick.from_midi(data)
        for track in score.tracks:
            track.notes.numpy()
        score.tempos.numpy()
        score.time_signatures.numpy()


def read_pretty_midi(data: bytes) -> object:
    """pretty_midi's reading of one file."""
    import pretty_midi

    return pretty_midi.PrettyMIDI(io.BytesIO(data))


def read_mido(data: bytes) -> object:
    """mido's reading of one file."""
    import mido

    return mido.MidiFile(file=io.BytesIO(data))


def rate(function, files: Files) -> float:
    """Files per second of a function that takes one file's bytes."""
    return len(files) / seconds(lambda: [function(data) for _, data in files])
