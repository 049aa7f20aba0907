"""data/README.md tells the truth about what ships."""

import re
from pathlib import Path

from melody_tutorial import files

DATA = Path(__file__).parents[1] / "data"


def test_the_primers_have_the_check_sums_that_are_stated():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"`(\w+\.mid)` \| `([0-9a-f]{64})`", text))
    assert stated == {path.name: files.sha256(path) for path in (DATA / "primers").glob("*.mid")}
