"""Source files → scores: MIDI as bytes, to be read many at a time; ABC and MusicXML read one by one."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from melody_tutorial.errors import UserError
from melody_tutorial.funnel import REASONS, Reject
from melody_tutorial.music.abc2midi import Work
from melody_tutorial.music.midi import MidiError, read_midi
from melody_tutorial.music.score import Score
from melody_tutorial.music.sources import SourceFile, read_sources


class SourceScore(NamedTuple):
    """One score of a source file, as MIDI bytes or read already, or why there is none."""

    name: str
    content: bytes | Score | Reject
    files: int  # 1 for the first score of a file


def read_music(*paths: str | Path) -> dict[str, Score]:
    """The scores of music files, folders and archives, each under its name; what is not music is left out.

    Raises:
        UserError: nothing of it can be read; the first reason is given.
    """
    scores, rejects = {}, []
    for name, content, _ in source_scores(read_sources(paths)):
        try:
            score = read_midi(content) if isinstance(content, bytes) else content
        except MidiError as error:
            score = Reject(name, error.reason, error.found)
        if isinstance(score, Reject):
            rejects.append(score)
        else:
            scores[name] = score
    if not scores:
        why = f": {rejects[0].file}: {rejects[0].found or REASONS[rejects[0].reason][0]}" if rejects else ""
        raise UserError(
            f"no music was found in {', '.join(map(str, paths))}{why}; give MIDI, ABC or MusicXML"
        )
    return scores


def source_scores(sources: Iterable[SourceFile | Reject]) -> Iterator[SourceScore]:
    """Yield the scores of source files: one of a MIDI or MusicXML file, one for each tune of an ABC book.

    All ABC books together have one budget of work for their converters.
    """
    work = Work()
    for source in sources:
        if isinstance(source, Reject):
            yield SourceScore(source.file, source, 1)
        elif source.kind == "midi":
            yield SourceScore(source.name, source.data, 1)
        else:
            try:
                yield from read_other(source, work)
            except MidiError as error:
                yield SourceScore(source.name, Reject(source.name, error.reason, error.found), 1)


def read_other(source: SourceFile, work: Work) -> Iterator[SourceScore]:
    """Yield the scores of an ABC or MusicXML file."""
    if source.kind == "musicxml":
        from melody_tutorial.music.musicxml import read_musicxml

        yield SourceScore(source.name, read_musicxml(source.data), 1)
    else:
        from melody_tutorial.music.abc import read_abc

        tunes = read_abc(source.data, source.name, work)
        if not tunes:
            raise MidiError("unreadable", "no tune: none begins with a line X:")
        for number, tune in enumerate(tunes, 1):
            yield SourceScore(f"{source.name}:{number}", tune, int(number == 1))
