"""ABC tunes → MIDI: books split into tunes, ornaments left out, symusic's abc2midi called for each."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from melody_tutorial.errors import UserError
from melody_tutorial.funnel import Reject
from melody_tutorial.music.midi import read_midi
from melody_tutorial.music.midi_faults import MidiError, one_file
from melody_tutorial.music.pickups import Aligned, align_bars
from melody_tutorial.music.score import Score

SECONDS_PER_TUNE = 5.0
MOST_BYTES = 1_000_000  # of the converter's output; a real tune takes a few thousand
MOST_MESSAGE_BYTES = 100_000
BATCH = 256  # tunes converted before their results are handed on

HEAD_FIELD = re.compile(r"([A-Za-z]):")
FIELD = re.compile(r"([A-Za-z]):(?![|:])")  # among music, "A:|" is the note A before a repeat
# The key, on a line of its own or within one of music: all up to a comment or the bracket.
KEY_FIELD = re.compile(r"(?:^|\[)K:([^]%\n]*)", re.MULTILINE)
# Fields of a book's head of all its tunes: time signature, unit note length, tempo, user-defined signs.
BOOK_FIELDS = "MLQU"
# Rhythm (abc2midi swings every "hornpipe" by thirds), instructions (they can name files), and words.
DROPPED_FIELDS = "RIWw"
GRACE = re.compile(r"\{[^{}]*\}")
NOTE = re.compile(r"[A-Ga-g]")
# What stands in a line of music besides notes, rests, bar lines, slurs and tuplets; the first match counts.
DECORATION = re.compile(
    r"""%.*                     # comment
    | "[^"]*(?:"|$)             # chord symbol, fingering, remark
    | (?P<keep>\[[A-HJ-QS-Z]:[^][]*\])  # field inside the line, such as [M:3/4]
    | \[[IRr]:[^][]*\]          # … of the dropped ones
    | ![^!|`\s]{1,20}! | !      # !trill!, and the line break of old
    | [H-WYh-w~.`]              # signs for bowing, rolls, trills, fermatas, staccato; spacers
    """,
    re.VERBOSE,
)
# Of these, what a player would make several notes of.
ORNAMENT = re.compile("[~TMP]|!(?:trill[()]?|roll|(?:inverted)?turnx?|(?:upper|lower)?mordent|pralltriller)!")


@dataclass(frozen=True)
class Conversion:
    """What abc2midi made of one tune: MIDI bytes, None where there are none, and its messages, one a line."""

    midi: bytes | None
    messages: tuple[str, ...]


def split_tunes(book: str) -> list[str]:
    """Split an ABC book into its tunes, each from its ``X:`` line on; the book's own fields go into each."""
    lines = re.split(r"\r\n?|\n", book)
    starts = [number for number, line in enumerate(lines) if line.startswith("X:")]
    head = [line for line in lines[: starts[0] if starts else 0] if re.match(f"[{BOOK_FIELDS}]:", line)]
    return [
        "\n".join([lines[start], *head, *lines[start + 1 : end]])
        for start, end in pairwise([*starts, len(lines)])
    ]


def tune_title(tune: str) -> str:
    """The first title of a tune, "" where it has none."""
    match = re.search(r"^T:[ \t]*(.*?)[ \t]*$", tune, re.MULTILINE)
    return match[1] if match else ""


def tune_keys(tune: str) -> list[str]:
    """The keys of a tune, in order, as its ``K:`` fields have them, without comments and repetitions."""
    return list(dict.fromkeys(" ".join(field.split()) for field in KEY_FIELD.findall(tune)))


def tune_key(tune: str) -> str:
    """The key of a tune, as its ``K:`` field has it; "" where there is none, or several that differ."""
    keys = tune_keys(tune)
    return keys[0] if len(keys) == 1 else ""


def count_graces(tune: str) -> int:
    """Number of grace notes, which stand in braces, in the music of a tune."""
    groups = (group for field, line in _lines(tune) if not field for group in GRACE.findall(line))
    return sum(len(NOTE.findall(group)) for group in groups)


def count_ornaments(tune: str) -> int:
    """Number of signs for trills, rolls, turns and mordents in the music of a tune."""
    lines = (GRACE.sub("", line) for field, line in _lines(tune) if not field)
    signs = (match[0] for line in lines for match in DECORATION.finditer(line))
    return sum(ORNAMENT.fullmatch(sign) is not None for sign in signs)


def plain_tune(tune: str) -> str:
    """The tune as written notes only: without directives, chord symbols, grace notes and ornaments.

    abc2midi would play trills and rolls as many short notes, halve staccato notes, double fermatas, and read
    the files that ``%%abc-include`` and ``%%MIDI ptstress`` name.
    """
    kept = []
    for field, line in _lines(tune):
        if field is None:
            music = DECORATION.sub(lambda match: match["keep"] or "", GRACE.sub("", line))
            if music.strip() or not line.strip():  # a new blank line would end the tune
                kept.append(music)
        elif field not in DROPPED_FIELDS:
            kept.append(line)
    return "\n".join(kept)


def _lines(tune: str) -> Iterator[tuple[str | None, str]]:
    """Yield the lines of a tune, each with its field's letter or None; comments and text in the head go."""
    in_head = True  # up to the key
    for line in tune.split("\n"):
        match = (HEAD_FIELD if in_head else FIELD).match(line)
        if match or not (in_head or line.startswith("%")):
            yield match and match[1], line
        in_head = in_head and not line.startswith("K:")


def convert_tunes(tunes: Sequence[str]) -> Iterator[Conversion]:
    """Convert tunes in their order, each by a child process of its own, some at the same time.

    One process for many tunes would be several times faster; but a tune that crashes the converter would take
    others with it, and some would inherit another's state (5 of the 4,248 in the tune books did).

    Raises:
        UserError: abc2midi is not where symusic should have it, or cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="abc-") as folder:
        convert = partial(_convert, _abc2midi(Path(folder)), Path(folder))
        with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
            # By batches: a caller at work in between would keep the threads from starting processes.
            for start in range(0, len(tunes), BATCH):
                batch = tunes[start : start + BATCH]
                yield from list(pool.map(convert, range(len(batch)), batch))


def _abc2midi(folder: Path) -> Path:
    """symusic's abc2midi; a copy in ``folder`` where its own place does not let it run."""
    package = importlib.util.find_spec("symusic").submodule_search_locations[0]
    program = Path(package, "bin", "abc2midi.exe" if sys.platform == "win32" else "abc2midi")
    if not program.is_file():
        raise UserError(
            f"{program} is missing: install symusic again (pip install --force-reinstall symusic)"
        )
    if os.access(program, os.X_OK):
        return program
    copy = folder / program.name
    shutil.copy(program, copy)
    copy.chmod(0o700)
    return copy


def _convert(program: Path, folder: Path, number: int, tune: str) -> Conversion:
    """Run the converter on one tune; every tune has files of its own, as several run at once."""
    source, midi, log = (folder / f"{number}{suffix}" for suffix in (".abc", ".mid", ".log"))
    # abc2midi warns on other numbers, and reads bytes: titles do not matter here.
    source.write_bytes(re.sub(r"\AX:.*", "X:1", tune).encode("utf-8", "replace"))
    command = [str(program), source.name, "-NGUI", "-o", midi.name]
    try:
        with open(log, "wb") as messages:
            subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
                timeout=SECONDS_PER_TUNE,
            )
        data = midi.read_bytes() if midi.exists() and midi.stat().st_size <= MOST_BYTES else None
        with open(log, "rb") as messages:
            text = messages.read(MOST_MESSAGE_BYTES).decode("latin-1")
    except subprocess.TimeoutExpired:
        data, text = None, f"Error : stopped after {SECONDS_PER_TUNE:g} seconds"
    finally:
        for file in (source, midi, log):
            file.unlink(missing_ok=True)
    return Conversion(
        data, tuple(line for line in text.splitlines() if line.startswith(("Error", "Warning")))
    )


def decode_text(data: bytes) -> str:
    """Text of a file in UTF-8, or else in Latin-1, which fits any bytes."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def aligned_score(conversion: Conversion) -> Aligned:
    """The score of a converted tune, its bars whole (see ``align_bars``).

    Raises:
        MidiError: the converter made nothing of the tune, or nothing that can be read.
    """
    if conversion.midi is None:
        message = next(iter(conversion.messages), "no message")
        raise MidiError("unreadable", f"abc2midi made nothing of it ({message})")
    return align_bars(read_midi(conversion.midi))


@one_file()
def read_abc(data: bytes, name: str = "") -> list[Score | Reject]:
    """Read all tunes of an ABC file; one that cannot be converted becomes a reject named ``name``:number."""
    tunes = split_tunes(decode_text(data))
    conversions = convert_tunes([plain_tune(tune) for tune in tunes])
    scores = []
    for number, (tune, conversion) in enumerate(zip(tunes, conversions, strict=True), 1):
        try:
            omitted = {"graces": count_graces(tune), "ornaments": count_ornaments(tune)}
            scores.append(replace(aligned_score(conversion).score, key_field=tune_key(tune), omitted=omitted))
        except MidiError as error:
            scores.append(Reject(f"{name}:{number}", error.reason, error.found))
    return scores
