"""What tests of the network in a page share: real tunes, and JavaScript run in Node and in Chromium."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from browser import in_page, open_browser

from melody_tutorial.datasets import build_corpus
from melody_tutorial.melodies import encode_events, extract_sources, squash
from melody_tutorial.networks import Facts
from melody_tutorial.web.inlining import WEB

NODE = shutil.which("node")
RUN_IN_NODE = """
import { readFileSync } from "node:fs";
const [modules, code, argument] = JSON.parse(readFileSync(0, "utf8"));
const all = Object.assign({}, ...(await Promise.all(modules.map((module) => import(module)))));
const run = new Function(...Object.keys(all), "argument", code);
process.stdout.write(JSON.stringify(run(...Object.values(all), argument)));
"""


def in_node(modules: list[str], code: str, argument: object = None) -> object:
    """As ``in_page``, with the modules as they lie on disk."""
    if NODE is None:
        pytest.skip("no Node on this machine")
    given = json.dumps([[(WEB / name).as_uri() for name in modules], code, argument])
    command = [NODE, "--input-type=module", "--eval", RUN_IN_NODE]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="package")
def browser():
    """The one browser of this folder: Playwright starts once in a process."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="package")
def blank_page(browser):
    """A page that holds nothing."""
    return browser.new_page()


@pytest.fixture(params=["node", "chromium"])
def run(request):
    """Runs code that has all exports of some modules, and an ``argument``, at hand; what it returns."""
    if request.param == "node":
        return in_node
    page = request.getfixturevalue("blank_page")
    return lambda *given: in_page(page, *given)


@pytest.fixture(scope="session")
def melodies(tmp_path_factory):
    """The first melodies of the tune books."""
    archive = build_corpus(output=tmp_path_factory.mktemp("corpora"), max_tunes=4)
    return extract_sources([archive], processes=1)[0]


@pytest.fixture(scope="session")
def real_tunes(melodies):
    """Gives melodies as a model of so many classes reads them: ids, and facts, other ones for each."""

    def tunes(classes: int = 38) -> list[tuple[list[int], Facts]]:
        modes = ["major", "minor", "dorian", "mixolydian", None]
        found = []
        for number, melody in enumerate(melodies):
            events = melody.events if classes == 130 else squash(melody.events)[0]
            bars = None if number % 3 == 2 else -(-len(events) // melody.steps_per_bar)
            facts = Facts(melody.metre, modes[number % 5], bars, melody.steps_per_bar)
            found.append((encode_events(events, classes).tolist(), facts))
        assert np.sum([len(ids) for ids, _ in found]) >= 500
        return found

    return tunes
