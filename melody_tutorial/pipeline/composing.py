"""From a primer to files: melodies as MIDI, sound, pictures, ABC and MusicXML, and where they came from."""

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melody_tutorial import files
from melody_tutorial.config import SamplingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import NO_EVENT, NUM_CLASSES, Melody, decode_events, save_midi, transpose
from melody_tutorial.networks import Checkpoint, load_checkpoint
from melody_tutorial.pipeline.outputs import PROVENANCE_FILE, TUNES_FILE, replacing
from melody_tutorial.sampling import Primer, fit_primer, read_primer, sample_ids

DEFAULT_FORMATS = ("mid", "wav", "png")


class Composed(NamedTuple):
    """One new melody.

    Attributes:
        melody: in the key, time signature and tempo of its primer.
        primer_steps: how many steps of the primer it begins with.
        log_likelihood: Σ log p in nats of all that the network drew, before the end was cut off.
    """

    melody: Melody
    primer_steps: int
    log_likelihood: float


def compose(
    checkpoint: Checkpoint,
    primer: Primer,
    settings: SamplingSettings,
    output: str | Path,
    *,
    formats: Sequence[str] = DEFAULT_FORMATS,
    include_primer: bool = True,
    qpm: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Path]:
    """Compose melodies and write them to a folder, with their ``provenance.json``.

    What an earlier call wrote there goes, as far as nobody changed it since; all other files stay.

    Args:
        formats: of ``WRITERS``; each melody becomes melody_01.mid, melody_01.wav, …, and with ABC all of them
            together become tunes.abc.
        include_primer: begin each melody with the primer, or leave it out.
        qpm: tempo in quarter notes per minute; None: the primer's.
        progress: called with 1 after each melody.

    Returns:
        The paths of all files, melody by melody, and of the provenance.

    Raises:
        UserError: a format or the tempo is not allowed, or the primer leaves no step to be drawn.
    """
    check_formats(formats)
    primer = fit_primer(primer, checkpoint.model)
    composed = compose_melodies(checkpoint, primer, settings, include_primer=include_primer, qpm=qpm)
    provenance = describe(checkpoint, primer, settings, include_primer, composed[0].melody)
    digits, entries = max(2, len(str(len(composed)))), []
    with replacing(output) as building:
        for number, each in enumerate(composed, 1):
            name = f"melody_{number:0{digits}}"
            written = [WRITERS[kind](building / f"{name}.{kind}", each) for kind in formats]
            entries.append(entry(name, each, written))
            if progress:
                progress(1)
        tunes = [write_tunes(building / TUNES_FILE, composed, entries)] if "abc" in formats else []
        provenance |= {"melodies": entries, "files": checksums(tunes)}
        text = json.dumps(provenance, indent=1, ensure_ascii=False)
        files.write_text(building / PROVENANCE_FILE, text + "\n")
    names = [name for part in (*entries, provenance) for name in part["files"]]
    return [Path(output) / name for name in [*names, PROVENANCE_FILE]]


def compose_melodies(
    checkpoint: Checkpoint | str | Path | None = None,
    primer: Primer | None = None,
    settings: SamplingSettings | None = None,
    *,
    include_primer: bool = True,
    qpm: float | None = None,
) -> list[Composed]:
    """Continue a primer, in its own key, time signature and tempo, to melodies that end on a bar line.

    Args:
        checkpoint: a trained model, or the folder of a run that has one; None: the model that ships.
        primer: as from ``read_primer``; None: the model begins.
        settings: of ``melody_tutorial.config``, such as ``SamplingSettings(num_outputs=2, temperature=0.8)``.
        include_primer, qpm: as of ``compose``; errors too.
    """
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = load_checkpoint(checkpoint)
    primer, settings = fit_primer(primer or read_primer(), checkpoint.model), settings or SamplingSettings()
    if qpm is not None and not 10 <= qpm <= 600:
        raise UserError(f"--qpm is {qpm:g}: allowed are 10 to 600 quarter notes per minute")
    given = replace(primer.melody, qpm=qpm or primer.melody.qpm, start_step=0, source="")
    samples = sample_ids(checkpoint, primer.ids, settings)
    kept = len(given.events) if include_primer else 0
    return [
        Composed(
            finish(given, ids, primer.semitones, include_primer, checkpoint.model.classes),
            kept,
            float(log_likelihood),
        )
        for ids, log_likelihood in zip(samples.ids, samples.log_likelihoods, strict=True)
    ]


def finish(
    given: Melody, ids: np.ndarray, semitones: int, include_primer: bool, classes: int = NUM_CLASSES
) -> Melody:
    """The melody of sampled ids: back in the primer's key, cut where it ends well.

    Without the primer, its last unfinished bar stays as silence, so that bar lines stay where they are.
    """
    length = len(given.events)
    drawn = transpose(decode_events(ids[length:], classes), -semitones)
    events = np.concatenate([given.events, drawn]).astype(np.int8)
    first = 0
    if not include_primer:
        first = length - length % given.steps_per_bar
        events[first:length] = NO_EVENT
    melody = replace(given, events=events[first:])
    least = max(-(-len(melody.events) // 2), length - first + 1)
    return replace(melody, events=melody.events[: ending(melody, least)])


def ending(melody: Melody, least: int) -> int:
    """The step at which a melody of the network, which has no class for the end, is cut.

    That is the last bar line that a long note leads to: the bar before it ends with a note, or the rest
    after a note, of a quarter or more. No such bar line from ``least`` on: the last bar line. No bar line
    at all: the melody's own end.
    """
    onsets, ends, _ = melody.notes()
    lines = np.arange(melody.steps_per_bar, len(melody.events) + 1, melody.steps_per_bar)
    lines = lines[lines >= least]
    if not len(lines):
        return len(melody.events)
    note = np.searchsorted(onsets, lines) - 1  # the last that begins before each line; −1: none
    onsets, ends = np.append(onsets, 0), np.append(ends, 0)
    lasts = np.minimum(ends[note], lines) - onsets[note]
    in_last_bar = ends[note] > lines - melody.steps_per_bar
    good = lines[(lasts >= melody.steps_per_quarter) & in_last_bar]
    return int(good[-1] if len(good) else lines[-1])


def check_formats(formats: Sequence[str]) -> None:
    """Raise a UserError for a format that there is no writer for."""
    for kind in formats:
        if kind not in WRITERS:
            raise UserError(f"--formats names {kind!r}: allowed are {', '.join(WRITERS)}")


def write_mid(path: Path, composed: Composed) -> Path:
    """Write a melody as a MIDI file."""
    return save_midi(composed.melody, path, title(path.stem))


def write_sound(path: Path, composed: Composed) -> Path:
    """Write a melody as sound."""
    from melody_tutorial.views import synthesize, write_wav

    return write_wav(path, synthesize(composed.melody))


def write_picture(path: Path, composed: Composed) -> Path:
    """Write the piano roll of a melody, its primer in another colour."""
    from melody_tutorial.views import plot_melody, save_png

    return save_png(plot_melody(composed.melody, path.stem, composed.primer_steps), path)


def write_tune(path: Path, composed: Composed) -> Path:
    """Write a melody as ABC."""
    from melody_tutorial.melodies import save_abc

    return save_abc(composed.melody, path, title(path.stem))


def write_xml(path: Path, composed: Composed) -> Path:
    """Write a melody as MusicXML."""
    from melody_tutorial.melodies import save_musicxml

    return save_musicxml(composed.melody, path, title(path.stem))


WRITERS = {
    "mid": write_mid,
    "wav": write_sound,
    "png": write_picture,
    "abc": write_tune,
    "musicxml": write_xml,
}


def write_tunes(path: Path, composed: Sequence[Composed], entries: Sequence[dict]) -> Path:
    """Write all melodies as one ABC book, under their names in ``provenance.json``."""
    from melody_tutorial.melodies import abc_book, melody_to_abc

    numbered = enumerate(zip(composed, entries, strict=True), 1)
    tunes = [melody_to_abc(each.melody, title(entry["name"]), number) for number, (each, entry) in numbered]
    return files.write_text(path, abc_book(tunes))


def title(name: str) -> str:
    """The title of a melody: "Melody 01" of melody_01."""
    return name.replace("_", " ").capitalize()


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
        "time_signature": {
            "steps_per_quarter": melody.steps_per_quarter,
            "steps_per_bar": melody.steps_per_bar,
            "qpm": melody.qpm,
            "statement": time_signature_statement(primer, melody),
        },
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("melody-tutorial", "numpy", "symusic")},
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


def entry(name: str, composed: Composed, written: Sequence[Path]) -> dict:
    """One melody of ``provenance.json``."""
    return {
        "name": name,
        "steps": len(composed.melody.events),
        "log_likelihood": round(composed.log_likelihood, 4),
        "files": checksums(written),
    }


def checksums(paths: Sequence[Path]) -> dict[str, str]:
    """Name and SHA-256 of each file."""
    return {path.name: files.sha256(path) for path in paths}
