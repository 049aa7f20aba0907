"""``melody-tutorial sample``."""

import sys
from pathlib import Path
from typing import Annotated

from typer import Option

from melody_tutorial.cli.commands.options import PresetOption, with_settings
from melody_tutorial.config import SamplingSettings


@with_settings
def sample(
    sampling: SamplingSettings,
    run: Annotated[
        Path | None, Option(help="Run whose model composes. Default: the model that ships.")
    ] = None,
    output: Annotated[
        Path, Option(help="Folder for the melodies; those of an earlier call are replaced.")
    ] = Path("melodies"),
    preset: PresetOption = None,
    primer_melody: Annotated[str | None, Option(help="Opening as events, such as [60, -2, 62, -2].")] = None,
    primer_midi: Annotated[Path | None, Option(help="Opening as a MIDI file.")] = None,
    include_primer: Annotated[bool, Option(help="Whether the melodies begin with the primer.")] = True,
    qpm: Annotated[
        float | None, Option(help="Quarter notes per minute. Default: the primer's, or 120.")
    ] = None,
    formats: Annotated[
        str, Option("--format", "--formats", help="Of mid, wav, png, musicxml.")
    ] = "mid,wav,png",
) -> None:
    """Compose melodies, from the trained model that ships or from one of your own.

    An event is a pitch from 0 to 127 that starts (60 is middle C), -2 where nothing happens, or -1 where a
    note ends; each lasts a sixteenth note.

    \b
    Example:
      melody-tutorial sample --output melodies --num-outputs 2 \\
        --primer-melody "[60, -2, 60, -2, 67, -2, 67, -2]"
    """
    from melody_tutorial.networks import load_checkpoint
    from melody_tutorial.pipeline import claim_melodies, compose
    from melody_tutorial.sampling import read_primer
    from melody_tutorial.training import checkpoint_of

    claim_melodies(output)
    primer = read_primer(primer_melody, primer_midi)
    for warning in primer.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    kinds = [kind.strip() for kind in formats.split(",") if kind.strip()]
    written = compose(
        load_checkpoint(run and checkpoint_of(run)),
        primer,
        sampling,
        output,
        formats=kinds,
        include_primer=include_primer,
        qpm=qpm,
    )
    for path in written:
        print(path)
