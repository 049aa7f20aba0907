"""``melody-tutorial extract``."""

from pathlib import Path
from typing import Annotated

from melody_tutorial.cli.commands.options import PresetOption, argument, option, with_settings
from melody_tutorial.config import DatasetSettings, ExtractionSettings, SourceCaps, built_data


@with_settings
def extract(
    archives: Annotated[list[Path], argument("ARCHIVE")],
    extraction: ExtractionSettings,
    dataset: DatasetSettings,
    caps: SourceCaps,
    output: Annotated[
        Path | None,
        option(metavar="DATASET", text="Folder of the dataset.", default="data/datasets/ARCHIVE"),
    ] = None,
    preset: PresetOption = None,
    max_files: Annotated[int | None, option(metavar="N", text="Read only the first so many files.")] = None,
    processes: Annotated[
        int | None, option(metavar="N", text="Processes to work in.", default="one for each core")
    ] = None,
) -> None:
    """Extract the melodies of archives into a dataset.

    Says of everything else why it was left out.
    Reads MIDI, ABC and MusicXML files from folders, .zip and .tar archives; nothing is unpacked to disk.

    \b
    Arguments:
      ARCHIVE  Folder, .zip, .tar or file; one or more.

    \b
    Example:
      melody-tutorial corpus
      melody-tutorial extract data/corpora/tunebooks/tunebooks.zip --min-bars 4
    """
    from melody_tutorial.cli.console import ConsoleReporter
    from melody_tutorial.pipeline import extract_dataset

    name = archives[0].resolve().name.split(".")[0]
    extract_dataset(
        archives,
        output or built_data() / "datasets" / name,
        extraction,
        dataset,
        caps=caps,
        processes=processes,
        max_files=max_files,
        reporter=ConsoleReporter(),
    )
