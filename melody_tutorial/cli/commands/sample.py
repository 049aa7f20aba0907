"""``melody-tutorial sample``."""

import sys
from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import PresetOption, option, with_settings
from melody_tutorial.config import DEFAULT_MODEL, SamplingSettings, TuneSettings


@with_settings
def sample(
    tune: TuneSettings,
    sampling: SamplingSettings,
    run: Annotated[
        Path, option(metavar="RUN", text="Run, or a model that ships, that composes.", default=DEFAULT_MODEL)
    ] = Path(DEFAULT_MODEL),
    output: Annotated[
        Path,
        option(
            metavar="FOLDER",
            text="Folder for the melodies; those of an earlier call are replaced.",
            default="melodies",
        ),
    ] = Path("melodies"),
    preset: PresetOption = None,
    primer_melody: Annotated[
        str | None, option(metavar="EVENTS", text="Primer as events, such as [60, -2, 62, -2].")
    ] = None,
    primer_midi: Annotated[Path | None, option(metavar="FILE", text="Primer as a MIDI file.")] = None,
    include_primer: Annotated[
        bool, option(text="Whether the melodies begin with the primer.", default="include-primer")
    ] = True,
    qpm: Annotated[
        float | None,
        option(metavar="X", text="Quarter notes per minute.", default="the primer's, or what is usual"),
    ] = None,
    formats: Annotated[
        str,
        option(
            "--format",
            "--formats",
            metavar="KINDS",
            text="Files of each melody: some of mid, wav, png, abc, musicxml.",
            default="mid,wav,png",
        ),
    ] = "mid,wav,png",
) -> None:
    """Compose melodies, by a model that ships or by one of yours.

    An event is a note-on, a pitch from 0 to 127 (60 is middle C), or -1, note-off, or -2, no-event: the note
    or the silence goes on. Each lasts a sixteenth note.

    A model that has learned whole tunes, such as melody_rnn, ends them by itself and can be asked for them;
    what is not asked is drawn as it was in what the model learned from.

    \b
    Example, a jig of 32 bars:
      melody-tutorial sample --metre 6/8 --key D --mode dorian --bars 32 \\
        --formats mid,abc
    \b
    Example, the best 8 of 64:
      melody-tutorial sample --num-outputs 8 --best-of 64
    \b
    Example:
      melody-tutorial sample --output melodies --num-outputs 2 \\
        --primer-melody "[60, -2, 60, -2, 67, -2, 67, -2]"
    """
    from melody_tutorial.networks import load_checkpoint
    from melody_tutorial.pipeline import claim_melodies, compose, learned_from
    from melody_tutorial.sampling import read_primer

    claim_melodies(output)
    primer = read_primer(primer_melody, primer_midi)
    for warning in primer.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    training = learned_from(run) if sampling.best_of else []
    if sampling.best_of and not training:
        print("copies are not looked for: what the model learned from is not at hand", file=sys.stderr)
    kinds = [kind.strip() for kind in formats.split(",") if kind.strip()]
    written = compose(
        load_checkpoint(run),
        primer,
        sampling,
        output,
        tune=tune,
        training=training,
        formats=kinds,
        include_primer=include_primer,
        qpm=qpm,
    )
    for path in written:
        print(path)
