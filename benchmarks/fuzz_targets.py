"""What ``make fuzz`` throws at the package: for each kind of input, what to begin with, and what reads it.

Run as ``python -m benchmarks.fuzz_targets KIND FOLDER [options of libFuzzer]``, in the environment that has
atheris; whatever is raised but the errors that stand for a named reason is a finding.
"""

import contextlib
import io
import json
import re
import resource
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["melody_tutorial"]):
    from melody_tutorial.config import ModelSettings
    from melody_tutorial.datasets import Record, frame, read_records, write_records
    from melody_tutorial.errors import UserError
    from melody_tutorial.melodies import Key, extract_files
    from melody_tutorial.music import SourceFile, read_sources, source_scores
    from melody_tutorial.networks import Checkpoint, load_checkpoint, read_arrays, save_checkpoint
    from melody_tutorial.sampling import read_primer

PRIMERS = Path(__file__).parents[1] / "data" / "primers"
TUNE = b"X:1\nT:Two bars\nM:6/8\nL:1/8\nQ:3/8=100\nK:Ador\n|:{g}A2B (3cde|[1 ~G3 z>a:|[2 _B=c'^f,2|]\n"
XML = b"""<score-partwise><part-list><score-part id="P1"><part-name/></score-part></part-list><part id="P1">
<measure number="1"><attributes><divisions>4</divisions><key><fifths>-2</fifths></key><time><beats>3</beats>
<beat-type>4</beat-type></time></attributes><sound tempo="90"/><note><pitch><step>B</step><alter>-1</alter>
<octave>4</octave></pitch><duration>4</duration><tie type="start"/></note><backup>
<duration>4</duration></backup><forward><duration>8</duration></forward><note><rest/><duration>4</duration></note></measure></part></score-partwise>"""
WORDS = {
    b"MThd",
    b"MTrk",
    b"<chord/>",
    b"<grace/>",
    b"99999999999",
    b"1e999",
    b"-1",
    b"nan",
    b"encoding=",
    b"X:2",
}
SOURCES = {".zip": "", ".tar": "w", ".tar.gz": "w:gz", ".tar.bz2": "w:bz2", ".tar.xz": "w:xz"}


class FaultError(Exception):
    """A file was left out for a reason that the program does not know."""


class Slowest:
    """The slowest input so far, and the memory of the process, for the page of figures."""

    def __init__(self, path: Path):
        self.path, self.count, self.seconds = path, 0, 0.0

    def measure(self, read: Callable[[bytes], None], data: bytes) -> None:
        """Let ``read`` read an input."""
        began = time.perf_counter()
        read(data)
        seconds = time.perf_counter() - began
        self.count += 1
        if seconds > self.seconds or self.count % 1000 == 0:
            self.seconds = max(seconds, self.seconds)
            megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
            facts = {"inputs": self.count, "slowest": self.seconds, "megabytes": megabytes}
            self.path.write_text(json.dumps(facts), encoding="utf-8")


def midis() -> list[bytes]:
    """The MIDI files that ship, and one of 26 bytes."""
    empty = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0"
    return [*(path.read_bytes() for path in sorted(PRIMERS.glob("*.mid"))), empty]


def read_midi_file(data: bytes) -> None:
    """Melodies, or a reject whose reason is known."""
    _, funnel = extract_files([("a.mid", data)])
    if "fault" in funnel.rejects:
        raise FaultError(funnel.examples)


def archives() -> list[bytes]:
    """One of each kind; the first byte says which."""
    found = []
    for number, (suffix, mode) in enumerate(SOURCES.items()):
        packed, midi = io.BytesIO(), midis()[-1]
        if suffix == ".zip":
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("a.mid", midi)
                archive.writestr("b/c.abc", TUNE)
        else:
            with tarfile.open(fileobj=packed, mode=mode) as archive:
                member = tarfile.TarInfo("a.mid")
                member.size = len(midi)
                archive.addfile(member, io.BytesIO(midi))
        found.append(bytes([number]) + packed.getvalue())
    return found


def read_archive(data: bytes, folder: Path) -> None:
    """Files and rejects, or a UserError."""
    path = folder / f"archive{[*SOURCES][data[0] % len(SOURCES)]}" if data else folder / "archive.zip"
    path.write_bytes(data[1:])
    with contextlib.suppress(UserError):
        list(read_sources(path))


def read_source(data: bytes, kind: str, name: str) -> None:
    """Scores, or rejects whose reasons are known: it is the boundary of one file."""
    for found in source_scores([SourceFile("", name, data, kind)]):
        if getattr(found.content, "reason", "") == "fault":
            raise FaultError(found.content.found)


def read_typed(data: bytes) -> None:
    """A primer, or a UserError."""
    with contextlib.suppress(UserError):
        read_primer(data.decode("utf-8", "replace"))


def shards(folder: Path) -> list[bytes]:
    """A file of two records, and the data of one alone."""
    ids = np.array([14, 0, 16, 1], np.uint8)
    known = Record(ids, "b.mid", -2, 12, 90.5, Key(0, "dorian"), 3, (6, 8), True)
    data = write_records(folder / "shard.tfrecord", [Record(ids, "a.mid"), known]).read_bytes()
    return [data, data[12 : 12 + data[0]]]  # its length stands in the first eight bytes, a check sum in four


def read_shard(data: bytes, folder: Path) -> None:
    """Records, or a UserError: of the bytes as they are, and as the data of a record whose check sums fit."""
    for content in (data, frame(data)):
        (folder / "shard.tfrecord").write_bytes(content)
        with contextlib.suppress(UserError):
            read_records(folder / "shard.tfrecord")


def checkpoint(folder: Path) -> list[bytes]:
    """The files of a small one, which the folder gets."""
    model = ModelSettings(units=(2,))
    shapes = {"layer_1/kernel": (38, 8), "layer_1/recurrent_kernel": (2, 8), "layer_1/bias": (8,)}
    shapes |= {"logits/kernel": (2, 38), "logits/bias": (38,)}
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    save_checkpoint(folder, Checkpoint(model, weights, np.ones(38, np.int64)))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    del config["check_sum"]
    return [json.dumps(config).encode(), next(folder.glob("*.npz")).read_bytes()]


def read_checkpoint(data: bytes, folder: Path) -> None:
    """Of the bytes as settings a checkpoint or a UserError, of them as weights arrays or a ValueError."""
    (folder / "config.json").write_bytes(data)
    with contextlib.suppress(UserError):
        load_checkpoint(folder)
    with contextlib.suppress(ValueError):
        read_arrays(io.BytesIO(data))


def kinds(folder: Path) -> dict[str, tuple[list[bytes], Callable[[bytes], None]]]:
    """Of each kind of input, those to begin with, and what reads one."""
    return {
        "midi": (midis(), read_midi_file),
        "archive": (archives(), lambda data: read_archive(data, folder)),
        "abc": ([TUNE, TUNE * 2], lambda data: read_source(data, "abc", "a.abc")),
        "musicxml": ([XML], lambda data: read_source(data, "musicxml", "a.musicxml")),
        "primer": ([b"[60, -2, 62, -1, 64]", b"60 _ _ 62"], read_typed),
        "tfrecord": (shards(folder), lambda data: read_shard(data, folder)),
        "checkpoint": (checkpoint(folder), lambda data: read_checkpoint(data, folder)),
    }


def main() -> None:
    """Fuzz one kind; libFuzzer ends the process."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    (folder / "seeds").mkdir(parents=True)
    seeds, read = kinds(folder)[kind]
    if kind == "musicxml":
        with atheris.instrument_imports(include=["note_seq.musicxml_parser"]):
            read(seeds[0])  # loads the libraries too, so that no input pays for them
    for number, data in enumerate(seeds):
        (folder / "seeds" / str(number)).write_bytes(data)
    words = sorted({word for data in seeds for word in re.findall(rb"[\w-]{2,}", data)} | WORDS)
    (folder / "words").write_bytes(b"".join(b'"%s"\n' % word for word in words))
    slowest = Slowest(folder / "slowest.json")
    options = [f"-dict={folder / 'words'}", *sys.argv[3:], str(folder / "seeds")]
    atheris.Setup([sys.argv[0], *options], lambda data: slowest.measure(read, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
