"""The default corpus: tune books in ABC → one zip of MIDI files."""

import tempfile
import warnings
import zipfile
from statistics import median

from benchmarks.measure import Options, Row, check, in_turn, seconds
from melody_tutorial.datasets import Tune, build_corpus, read_tunes
from melody_tutorial.files import sha256
from melody_tutorial.music import convert_tunes, plain_tune

MOST_SECONDS = 10
TUNES = 4248
QUICK_TUNES, PEER_TUNES, QUICK_PEER_TUNES = 100, 40, 4


def measure(options: Options) -> list[Row]:
    """Building the corpus anew, beside music21's own parser, and beside abc2midi's processes alone."""
    tunes = list(read_tunes())[: QUICK_TUNES if options.quick else None]
    sample = tunes[:: len(tunes) // (QUICK_PEER_TUNES if options.quick else PEER_TUNES)]
    plain = [plain_tune(tune.text) for tune in tunes]
    built = set()
    taken = in_turn(
        {
            "ours": lambda: len(tunes) / seconds(lambda: built.add(build(options))),
            "abc2midi": lambda: len(tunes) / seconds(lambda: list(convert_tunes(plain))),
            "music21": lambda: len(sample) / seconds(lambda: [parse(tune) for tune in sample]),
        },
        options.runs,
    )
    check(len(built) == 1, "the same tunes give other bytes each time")
    times = [len(tunes) / rate for rate in taken["ours"]]
    return [
        Row(
            f"corpus: {len(tunes):,} ABC tunes → MIDI zip, {median(times):.1f} s",
            "tunes/s",
            taken["ours"],
            target=f"≤ {MOST_SECONDS} s",
            met=median(times) <= MOST_SECONDS,
            peers={"music21's parser": taken["music21"]},
            limit=taken["abc2midi"],
            limit_name="abc2midi alone, a process for each tune",
            note=f"music21 on {len(sample)} of the tunes; the same bytes every time",
        )
    ]


def build(options: Options) -> str:
    """Build the corpus in an empty folder: the check sum of the zip."""
    with tempfile.TemporaryDirectory() as folder:
        archive = build_corpus(output=folder, max_tunes=QUICK_TUNES if options.quick else None)
        with zipfile.ZipFile(archive) as zipped:
            found = len(zipped.namelist())
        check(found == (QUICK_TUNES if options.quick else TUNES), f"the corpus has {found} files")
        return sha256(archive)


def parse(tune: Tune) -> object:
    """music21's reading of one tune."""
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return converter.parseData(tune.text, format="abc")
