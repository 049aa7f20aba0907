"""A real browser for tests: pages opened from disk, modules loaded into a page, all that goes wrong noted."""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from melody_tutorial.web.inlining import inline
from melody_tutorial.web.player import player_head, player_html

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Players</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
    "</head><body><main><h1>Players</h1>{players}</main>{head}</body></html>"
)


@contextmanager
def open_browser() -> Iterator:
    """Chromium, where it and Playwright are at hand; else the tests are skipped."""
    api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def open_page(browser, file: Path, size: dict[str, int] = DESK, script: str = "", **context) -> Iterator:
    """A page from disk, which must log no error and ask for nothing but itself.

    Args:
        script: runs in the page before its own.
        context: such as ``color_scheme`` or ``reduced_motion``, as Playwright names them.
    """
    opened = browser.new_context(viewport=size, has_touch=size is PHONE, **context)
    page, wrong, asked = opened.new_page(), [], []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(script)
    page.goto(file.as_uri())
    yield page
    outside = [url for url in asked if not url.startswith(("data:", "blob:", file.as_uri()))]
    opened.close()
    assert (wrong, outside) == ([], [])


def write_page(folder: Path, *players: list[dict]) -> Path:
    """A page with a player for each list of tunes."""
    page = folder / "players.html"
    page.write_text(PAGE.format(players="".join(map(player_html, players)), head=player_head()), "utf-8")
    return page


def in_page(page, modules: list[str], code: str, argument: object = None) -> object:
    """What JavaScript returns that has all exports of some modules at hand, and ``argument``."""
    texts = [base64.b64encode(inline(name).encode()).decode() for name in modules]
    return page.evaluate(
        """async ([texts, code, argument]) => {
          const addresses = texts.map((text) => `data:text/javascript;base64,${text}`);
          const loaded = await Promise.all(addresses.map((address) => import(address)));
          const all = Object.assign({}, ...loaded);
          const run = Object.getPrototypeOf(async () => {}).constructor;
          return await new run(...Object.keys(all), "argument", code)(...Object.values(all), argument);
        }""",
        [texts, code, argument],
    )


def samples_of(text: str) -> np.ndarray:
    """Float32 samples that a page gave as ``btoa`` of their bytes."""
    return np.frombuffer(base64.b64decode(text), "<f4")
