"""ABC text: books split into tunes, what only a player needs left out, and scores of what abc2midi makes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from melody_tutorial.funnel import Reject
from melody_tutorial.music.abc2midi import Conversion, Work, convert_tunes
from melody_tutorial.music.midi import read_midi
from melody_tutorial.music.midi_faults import MidiError, one_file
from melody_tutorial.music.pickups import Aligned, align_bars
from melody_tutorial.music.score import Score

MOST_TUNES = 5_000  # of a book; the largest in print have 2,000
MOST_NOTES = 1_000_000  # of a book
MOST_HEAD = 2_000  # characters of the fields before the first tune, which every tune gets

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


def split_tunes(book: str) -> list[str]:
    """Split an ABC book into its tunes, each from its ``X:`` line on; the book's own fields go into each.

    Raises:
        MidiError: those fields are so many that tunes would swell.
    """
    lines = re.split(r"\r\n?|\n", book)
    starts = [number for number, line in enumerate(lines) if line.startswith("X:")]
    head = [line for line in lines[: starts[0] if starts else 0] if re.match(f"[{BOOK_FIELDS}]:", line)]
    if (size := sum(map(len, head))) > MOST_HEAD:
        raise MidiError(
            "costly", f"{size:,} characters of fields before the first tune; {MOST_HEAD:,} may be"
        )
    return [
        "\n".join([lines[start], *head, *lines[start + 1 : end]])
        for start, end in pairwise([*starts, len(lines)])
    ]


def tune_title(tune: str) -> str:
    """The first title of a tune, "" where it has none."""
    match = re.search(r"^T:(.*)", tune, re.MULTILINE)
    return match[1].strip(" \t") if match else ""


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
        reason = "costly" if conversion.stopped else "unreadable"
        raise MidiError(reason, f"abc2midi made nothing of it ({message})")
    return align_bars(read_midi(conversion.midi))


@one_file()
def read_abc(data: bytes, name: str = "", work: Work | None = None) -> list[Score | Reject]:
    """Read all tunes of an ABC file; one that cannot be converted becomes a reject named ``name``:number.

    Args:
        data: the file.
        name: of the file, for rejects.
        work: what converting may cost, this file and others together; None: this file has all of it.

    Raises:
        MidiError: what stands before the first tune is too long.
    """
    tunes = split_tunes(decode_text(data))
    conversions = convert_tunes([plain_tune(tune) for tune in tunes[:MOST_TUNES]], work)
    scores, notes = [], 0
    for number, (tune, conversion) in enumerate(zip(tunes, conversions, strict=False), 1):
        try:
            with one_file():
                scores.append(score_of_tune(tune, conversion))
                notes += len(scores[-1].pitch)
        except MidiError as error:
            scores.append(Reject(f"{name}:{number}", error.reason, error.found))
        if notes > MOST_NOTES:
            break
    if beyond := len(tunes) - len(scores):
        budget = f"{MOST_TUNES:,} tunes or {MOST_NOTES:,} notes"
        found = f"{beyond:,} tunes, from here on, beyond the {budget} that a book may have"
        scores.append(Reject(f"{name}:{len(scores) + 1}", "costly", found))
    return scores


def score_of_tune(tune: str, conversion: Conversion) -> Score:
    """The score of a converted tune, with its key's own words, and what was left out of the tune."""
    omitted = {"graces": count_graces(tune), "ornaments": count_ornaments(tune)}
    return replace(aligned_score(conversion).score, key_field=tune_key(tune), omitted=omitted)
