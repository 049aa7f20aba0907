"""The player in JupyterLab, started for real: a cell is run, its player looked at, heard and operated."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from browser import DESK

pytest.importorskip("jupyterlab", reason="this environment has no JupyterLab")
pytest.importorskip("anywidget", reason="this environment is older than the package: install it again")

CODE = """\
import melody_tutorial as mt
from melody_tutorial.course import play_many
mt.play([60, -2, 62, -2, 64, -2, 65, -2] * 8, title="A scale", primer_steps=8)
play_many({"low": [48, -2, -2, -2] * 16, "high": [72, -2, -2, -2] * 16})"""
SECONDS = 60


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a notebook in a JupyterLab of its own."""
    folder = tmp_path_factory.mktemp("lab")
    cell = nbformat.v4.new_code_cell(CODE)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), folder / "players.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = {
        name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    settings = {
        "port": port,
        "port_retries": 0,
        "root_dir": folder,
        "open_browser": False,
        "allow_root": True,
    }
    options = [f"--ServerApp.{name}={value}" for name, value in settings.items()]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, "--IdentityProvider.token="],
        env={name: value for name, value in os.environ.items() if name != "MELODY_TUTORIAL_STATIC"} | away,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/lab/tree/players.ipynb"
    try:
        wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(SECONDS)


def wait_for(address: str) -> None:
    """Wait until a server answers."""
    for _ in range(10 * SECONDS):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


def test_a_cell_shows_players_that_play(lab, browser):
    page = browser.new_page(viewport=DESK)
    outside = []
    page.on("request", lambda request: request.url.startswith("http") and outside.append(request.url))
    page.goto(lab)
    page.locator(".jp-CodeCell .cm-content").first.click(timeout=1000 * SECONDS)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(state="attached")
    page.keyboard.press("Control+Enter")
    first, second = (page.locator(".mt-player").nth(number) for number in (0, 1))
    second.wait_for(timeout=1000 * SECONDS)
    assert page.locator(".mt-player").count() == 2, "a player alone, without a picture beside it"
    assert first.locator(".mt-caption").text_content() == "A scale: 32 notes, 4 bars"
    first.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    second.get_by_role("button", name="Play").click()
    first.get_by_role("button", name="Play").wait_for()
    assert second.locator(".mt-main").text_content() == "Stop"
    second.get_by_role("radio", name="high").click()
    assert second.locator(".mt-caption").text_content() == "high: 16 notes, 4 bars"
    cells = page.locator(".jp-Cell").count()
    second.locator(".mt-field").focus()
    for key in ("Space", "Home", *"ddmlb", "End"):  # elsewhere, dd deletes a cell, b adds one
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells and page.locator(".jp-MarkdownCell").count() == 0
    assert second.get_by_role("button", name="Loop").get_attribute("aria-pressed") == "true"
    assert second.locator(".mt-place").text_content() == "bar 4, beat 1"
    server = lab.split("/lab/")[0]
    assert not [url for url in outside if not url.startswith(server)]
    page.close()
