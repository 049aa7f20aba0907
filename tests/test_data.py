"""What ships under data/ is what its README files say."""

import re
from pathlib import Path

import numpy as np
import pytest

from melody_tutorial.config import shipped_data
from melody_tutorial.midi import read_midi

PRIMERS = shipped_data() / "primers"
FILES = sorted(path.name for path in PRIMERS.glob("*.mid"))


def test_the_readme_lists_every_primer():
    assert FILES
    assert (
        sorted(re.findall(r"`(\w+\.mid)` \|", (PRIMERS / "README.md").read_text(encoding="utf-8"))) == FILES
    )


def row_of(name: str) -> list[str]:
    """Cells of a primer's row: file, tune, origin, metre, bars."""
    lines = Path(PRIMERS / "README.md").read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| `{name}`"))
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.parametrize("name", FILES)
def test_a_primer_is_one_voice_in_whole_bars_of_its_metre(name):
    score = read_midi((PRIMERS / name).read_bytes())
    _, _, _, metre, bars = row_of(name)
    beats, unit = score.signature_numerator[0], score.signature_denominator[0]
    assert f"{beats}/{unit}" == metre
    assert len(score.signature_tick) == len(score.tempo_qpm) == len(score.program) == 1
    assert (score.end[:-1] <= score.onset[1:]).all()
    assert score.end[-1] == int(bars[0]) * score.ticks_per_quarter * 4 * beats // unit


@pytest.mark.parametrize("name", FILES)
def test_a_primer_lies_on_sixteenths_and_within_the_pitches_of_the_encoding(name):
    score = read_midi((PRIMERS / name).read_bytes())
    step = score.ticks_per_quarter // 4
    assert not np.any(score.onset % step) and not np.any(score.end % step)
    assert score.pitch.min() >= 48 and score.pitch.max() < 84
    assert score.tempo_qpm[0] == pytest.approx(round(score.tempo_qpm[0]), abs=1e-9)
