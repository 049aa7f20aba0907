"""The JavaScript of the room fits its own types, and its modules fit into one text."""

import os
import shutil
import subprocess

import pytest

from melody_tutorial.web.inlining import NAME, WEB

TSC = shutil.which("tsc", path=os.pathsep.join(["node_modules/.bin", os.environ.get("PATH", "")]))
OPTIONS = ("--noEmit", "--allowJs", "--checkJs", "--target", "es2022", "--module", "esnext")
LIBRARIES = ("--moduleResolution", "bundler", "--lib", "es2022,dom,dom.iterable")
MODULES = sorted(path.name for path in WEB.glob("*.js"))
NETWORK = ("checkpoint.js", "sampler.js")  # and all that they import


def types_of(modules, *options, folder=WEB):
    """What TypeScript says of modules; nothing, where all is well."""
    if TSC is None:
        pytest.skip("no TypeScript on this machine: npm install typescript")
    command = [TSC, *OPTIONS, *LIBRARIES, *options, *modules]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120).stdout


def test_all_modules_fit_their_types():
    assert types_of(MODULES, "--strict", "false", "--noImplicitAny", "true") == ""


def test_the_network_fits_its_types_strictly():
    assert types_of(NETWORK, "--strict") == ""


def test_a_wrong_type_is_found_out(tmp_path):
    (tmp_path / "wrong.js").write_text('/** @type {number} */\nexport const three = "3";\n', encoding="utf-8")
    assert "TS2322" in types_of(["wrong.js"], folder=tmp_path)


def test_no_two_modules_give_one_name_to_different_things():
    owners = {}
    for module in MODULES:
        for name in NAME.findall((WEB / module).read_text(encoding="utf-8")):
            assert owners.setdefault(name, module) == module, name
