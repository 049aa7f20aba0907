"""What NOTICE says of licences is what the installed packages say of themselves."""

import importlib.metadata
import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

NOTICE = (Path(__file__).parents[1] / "NOTICE").read_text(encoding="utf-8")
COPYLEFT = re.compile(r"\bL?GPL|GNU (Lesser )?General Public|Mozilla|\bMPL\b")
NAMES = {"Apache-2.0": "Apache", "BSD-3-Clause": "BSD", "LGPL-2.1-or-later": "LGPL", "MPL-2.0": "Mozilla|MPL"}


def required():
    """All distributions that an installation brings, by name."""
    found, waiting = {}, ["melody-tutorial"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = importlib.metadata.distribution(name)
            needed = map(Requirement, found[name].requires or [])
            waiting += [
                each.name for each in needed if not each.marker or each.marker.evaluate({"extra": ""})
            ]
    return found


def licence_of(distribution):
    """The lines of the metadata that state a licence, without the licence's own text."""
    fields = distribution.metadata.get_all("Classifier", [])
    stated = [field for field in fields if field.startswith("License")]
    stated += distribution.metadata.get_all("License-Expression", [])
    return "; ".join(
        [*stated, *(text.split("\n")[0] for text in distribution.metadata.get_all("License", []))]
    )


def stated(name):
    """The licence that NOTICE gives for a name at the beginning of a line."""
    return re.search(rf"^(?:[\w, -]*, )?{name}(?:, [\w, ]*)? +([A-Z][\w.-]+)", NOTICE, re.MULTILINE)[
        1
    ].rstrip(";")


@pytest.mark.parametrize(
    "name", ["symusic", "soxr", "soundfile", "music21", "note-seq", "tensorflow", "keras", "certifi"]
)
def test_a_package_says_the_same_of_itself(name):
    licence = stated(name)
    assert re.search(NAMES.get(licence, licence), licence_of(importlib.metadata.distribution(name)))


def test_every_package_under_a_copyleft_licence_is_named():
    found = {name.lower() for name, each in required().items() if COPYLEFT.search(licence_of(each))}
    assert found >= {"soxr", "certifi"}, "or the search finds nothing"
    assert not [name for name in found if not re.search(rf"^{name} ", NOTICE, re.MULTILINE)]


def test_the_programs_of_abcmidi_lie_in_the_wheel_of_symusic():
    suffix = ".exe" if sys.platform == "win32" else ""
    programs = {f"symusic/bin/{name}{suffix}" for name in ("abc2midi", "midi2abc")}
    names = {file.as_posix() for file in importlib.metadata.files("symusic")}
    assert programs <= names
    assert stated("midi2abc") == "GPL-2.0-or-later"
    texts = [
        file.read_text("utf-8") for file in importlib.metadata.files("symusic") if "licenses" in file.parts
    ]
    assert texts and not any(COPYLEFT.search(text) for text in texts), "now it says more: say so in NOTICE"


def test_the_folk_songs_of_essen_are_for_non_commercial_use():
    file = next(
        file for file in importlib.metadata.files("music21") if file.match("corpus/essenFolksong/license.txt")
    )
    text = " ".join(file.read_text("utf-8").split())
    assert "permission for non-commercial distribution and use of these files in music21" in text
    assert "legal status of the Essen folksong database is unclear" in text
