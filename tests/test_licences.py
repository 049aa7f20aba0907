"""What NOTICE says of licences is what the installed packages say of themselves."""

import importlib.metadata
import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NOTICE = (Path(__file__).parents[1] / "NOTICE").read_text(encoding="utf-8")
COPYLEFT = re.compile(r"\bL?GPL|GNU (Lesser )?General Public|Mozilla|\bMPL\b")
# How the text of such a licence begins, or how it is granted; others only mention one, as compatible, say.
TEXT = re.compile(
    r"^[ \t#]*GNU (AFFERO |LESSER |LIBRARY )?GENERAL PUBLIC LICENSE"
    r"|^[ \t#]*(Mozilla|Eclipse) Public License,? version"
    r"|terms of the Mozilla\s+Public|^ *License: (EPL|MPL|L?GPL)|\"licenseId\": \"\W?[EM]PL",
    re.MULTILINE | re.IGNORECASE,
)
TEXT_FILE = re.compile(r"licen[cs]e|copying|notice", re.IGNORECASE)
CODE = {".py", ".pyc", ".pyi", ".h", ".js"}
EXTRAS = ("dev", "lab")
NAMES = {"Apache-2.0": "Apache", "BSD-3-Clause": "BSD", "LGPL-2.1-or-later": "LGPL", "MPL-2.0": "Mozilla|MPL"}


def required(*extras):
    """All distributions that an installation brings, by name; of what extras bring, those that are there."""
    found, waiting = {}, [("melody-tutorial", extra) for extra in ("", *extras)]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            assert extras, f"{name} is required, but not installed"
            continue
        for each in map(Requirement, found[name].requires or []):
            if not each.marker or each.marker.evaluate({"extra": extra}):
                needed = {(canonicalize_name(each.name), more) for more in ("", *each.extras)} - seen
                seen |= needed
                waiting += needed
    return found


def copyleft_texts(distribution):
    """Files of a distribution that hold such a licence."""
    files = [
        file for file in distribution.files or [] if TEXT_FILE.search(file.name) and file.suffix not in CODE
    ]
    present = [file for file in files if file.locate().is_file()]
    return [str(file) for file in present if TEXT.search(file.locate().read_text("utf-8", "replace"))]


def is_named(name):
    """Whether NOTICE speaks of a distribution."""
    return re.search(rf"(?<![\w-]){name}(?![\w-])", NOTICE, re.IGNORECASE)


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


@pytest.mark.parametrize(
    "name",
    [
        *("ml-dtypes", "grpcio", "setuptools"),
        *("hypothesis", "pathspec", "fqdn", "pyzmq", "debugpy", "jupyterlab", "check-jsonschema"),
    ],
)
def test_so_does_one_that_comes_with_another(name):
    if name not in (installed := required(*EXTRAS)):
        pytest.skip("not installed")
    assert re.search(NAMES.get(stated(name), stated(name)), licence_of(installed[name]))


def test_every_package_that_holds_a_copyleft_licence_is_named():
    """Whatever its own metadata say; and one of an extra too."""
    found = {name: files for name, each in required(*EXTRAS).items() if (files := copyleft_texts(each))}
    assert found.keys() >= {"ml-dtypes", "grpcio", "soxr", "certifi"}, "or the search finds nothing"
    assert not {name: files for name, files in found.items() if not is_named(name)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "                    GNU GENERAL PUBLIC LICENSE\n                       Version 2, June 1991\n",
            True,
        ),
        ("Mozilla Public License Version 2.0\n==================================\n", True),
        ("    License: GPL-3.0-or-later WITH GCC-exception-3.1\n", True),
        ('{"name": "elkjs", "licenseId": "EPL-2.0"}', True),
        ("This license is approved by the OSI and FSF as GPL-compatible.\n", False),
        ('software that is licensed under the GPLv2 ("Combined Software") and if a\n', False),
    ],
)
def test_a_licence_is_told_from_a_mention(text, found):
    assert bool(TEXT.search(text)) == found


def test_every_package_under_a_copyleft_licence_is_named():
    found = {name for name, each in required(*EXTRAS).items() if COPYLEFT.search(licence_of(each))}
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
