"""Melodies as files: MIDI, sound, pictures, ABC and MusicXML, and where they came from."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np

from melody_tutorial import files
from melody_tutorial.config import ModelSettings, SamplingSettings, TuneSettings
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import Melody, save_midi, time_signature
from melody_tutorial.networks import Checkpoint, reads_facts
from melody_tutorial.pipeline.composing import Composed, agree, compose_melodies
from melody_tutorial.pipeline.outputs import PROVENANCE_FILE, TUNES_FILE, replacing
from melody_tutorial.pipeline.ranking import MOST_COPIED
from melody_tutorial.sampling import Primer, with_steps

DEFAULT_FORMATS = ("mid", "wav", "png")


def compose(
    checkpoint: Checkpoint,
    primer: Primer,
    settings: SamplingSettings,
    output: str | Path,
    *,
    tune: TuneSettings | None = None,
    training: Sequence[np.ndarray] = (),
    formats: Sequence[str] = DEFAULT_FORMATS,
    include_primer: bool = True,
    qpm: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Path]:
    """Compose melodies and write them to a folder, with their ``provenance.json``.

    What an earlier call wrote there goes, as far as nobody changed it since; all other files stay.

    Args:
        tune, training: as of ``compose_melodies``.
        formats: of ``WRITERS``; each melody becomes melody_01.mid, melody_01.wav, …, and with ABC all of them
            together become tunes.abc.
        include_primer: begin each melody with the primer, or leave it out.
        qpm: tempo in quarter notes per minute; None: the primer's, or what is usual.
        progress: called with 1 after each melody.

    Returns:
        The paths of all files, melody by melody, and of the provenance.

    Raises:
        UserError: a format or the tempo is not allowed, what is asked is nothing that the model has learned,
            or the primer leaves no step to be drawn.
    """
    check_formats(formats)
    tune, settings = tune or TuneSettings(), with_steps(settings, checkpoint.model)
    how = {"tune": tune, "training": training, "include_primer": include_primer, "qpm": qpm}
    composed = compose_melodies(checkpoint, primer, settings, **how)
    _, primer = agree(tune, primer, checkpoint)
    provenance = describe(checkpoint, primer, settings, include_primer, composed[0].melody)
    provenance |= {"asked": asdict(tune), "chosen": choice_statement(settings, training)}
    digits, entries = max(2, len(str(len(composed)))), []
    with replacing(output) as building:
        for number, each in enumerate(composed, 1):
            name = f"melody_{number:0{digits}}"
            written = [WRITERS[kind](building / f"{name}.{kind}", each) for kind in formats]
            entries.append(entry(name, each, written))
            if progress:
                progress(1)
        tunes = [write_tunes(building / TUNES_FILE, composed)] if "abc" in formats else []
        provenance |= {"melodies": entries, "files": checksums(tunes)}
        files.write_json(building / PROVENANCE_FILE, provenance)
    names = [name for part in (*entries, provenance) for name in part["files"]]
    return [Path(output) / name for name in [*names, PROVENANCE_FILE]]


def check_formats(formats: Sequence[str]) -> None:
    """Raise a UserError for a format that there is no writer for."""
    for kind in formats:
        if kind not in WRITERS:
            raise UserError(f"--formats names {kind!r}: allowed are {', '.join(WRITERS)}")


def write_mid(path: Path, composed: Composed) -> Path:
    """Write a melody as a MIDI file."""
    return save_midi(composed.melody, path, composed.title)


def write_sound(path: Path, composed: Composed) -> Path:
    """Write a melody as sound."""
    from melody_tutorial.views import synthesize, write_wav

    return write_wav(path, synthesize(composed.melody))


def write_picture(path: Path, composed: Composed) -> Path:
    """Write the piano roll of a melody, its primer in another colour."""
    from melody_tutorial.views import plot_melody, save_png

    return save_png(plot_melody(composed.melody, composed.title, composed.primer_steps), path)


def write_tune(path: Path, composed: Composed) -> Path:
    """Write a melody as ABC."""
    from melody_tutorial.melodies import save_abc

    return save_abc(composed.melody, path, composed.title)


def write_xml(path: Path, composed: Composed) -> Path:
    """Write a melody as MusicXML."""
    from melody_tutorial.melodies import save_musicxml

    return save_musicxml(composed.melody, path, composed.title)


WRITERS = {
    "mid": write_mid,
    "wav": write_sound,
    "png": write_picture,
    "abc": write_tune,
    "musicxml": write_xml,
}


def write_tunes(path: Path, composed: Sequence[Composed]) -> Path:
    """Write all melodies as one ABC book."""
    from melody_tutorial.melodies import abc_book, melody_to_abc

    tunes = [melody_to_abc(each.melody, each.title, number) for number, each in enumerate(composed, 1)]
    return files.write_text(path, abc_book(tunes))


def describe(
    checkpoint: Checkpoint, primer: Primer, settings: SamplingSettings, include_primer: bool, melody: Melody
) -> dict:
    """What all melodies of a folder have in common, for ``provenance.json``."""
    return {
        "settings": asdict(settings),
        "checkpoint": {"sha256": checkpoint.sha256, "model": asdict(checkpoint.model)},
        "primer": {
            "source": primer.melody.source,
            "events": np.asarray(primer.melody.events).tolist(),
            "transposed_by": primer.semitones,
            "included": include_primer,
            "warnings": list(primer.warnings),
        },
        "time_signature": time_signature_facts(primer, melody, checkpoint.model),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("melody-tutorial", "numpy", "symusic")},
    }


def time_signature_facts(primer: Primer, melody: Melody, model: ModelSettings) -> dict:
    """Time signature and tempo of all melodies, if they are the same, and where they came from."""
    if reads_facts(model):
        return {"statement": "each melody has the time signature, the key and the tempo that stand beside it"}
    return {
        "steps_per_quarter": melody.steps_per_quarter,
        "steps_per_bar": melody.steps_per_bar,
        "qpm": melody.qpm,
        "statement": time_signature_statement(primer, melody),
    }


def time_signature_statement(primer: Primer, melody: Melody) -> str:
    """One sentence on where key, time signature and tempo came from."""
    quarters = melody.steps_per_bar / melody.steps_per_quarter
    bar = f"{quarters:g} quarter notes in a bar, {melody.qpm:g} in a minute"
    if not len(primer.ids):
        return f"{bar}; 4/4 and mostly white piano keys, since no primer says otherwise"
    if not primer.melody.source:
        return f"{bar}; 4/4, since a typed primer has no time signature; the key is the primer's"
    return f"{bar}; key and time signature are those of {primer.melody.source}"


def choice_statement(settings: SamplingSettings, training: Sequence[np.ndarray]) -> str:
    """One sentence on which of the melodies that were drawn are here, and why."""
    if not settings.best_of:
        return "all that were drawn"
    text = f"{settings.num_outputs} of {settings.best_of}: those as likely as real melodies, event by event"
    if not len(training):
        return f"{text}; copies were not looked for"
    return f"{text}, those with more than {MOST_COPIED:.0%} of their notes in one copied passage last"


def entry(name: str, composed: Composed, written: Sequence[Path]) -> dict:
    """One melody of ``provenance.json``."""
    melody = composed.melody
    return {
        "name": name,
        "title": composed.title,
        "time_signature": "{}/{}".format(*time_signature(melody)),
        "key": melody.key and str(melody.key),
        "qpm": melody.qpm,
        "steps": len(melody.events),
        "end": "its own" if melody.is_whole else "cut at a bar line",
        "log_likelihood": round(composed.log_likelihood, 4),
        "drawn": composed.drawn,
        "files": checksums(written),
    }


def checksums(paths: Sequence[Path]) -> dict[str, str]:
    """Name and SHA-256 of each file."""
    return {path.name: files.sha256(path) for path in paths}
