"""The player in a real browser: by mouse, touch and keyboard; one sounds at a time; nothing is fetched."""

import json
import re

import numpy as np
import pytest
from browser import DESK, PHONE, open_page, write_page
from examples import TWINKLE, random_melody

from melody_tutorial.melodies.keys import Key
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.music import read_midi
from melody_tutorial.web.player import tune_data

TUNE = Melody(np.array(TWINKLE * 4, np.int8), key=Key(0, "major"), metre=(4, 4))  # 8 seconds
LOW, HIGH = (Melody(np.array([pitch, -2, -2, -2] * 16, np.int8)) for pitch in (57, 81))
LISTEN = """() => {
  const { context, out } = globalThis[Symbol.for("melody-tutorial.speaker")];
  globalThis.ear = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  out.connect(globalThis.ear);
}"""
SPEAKER = '() => Symbol.for("melody-tutorial.speaker") in globalThis'
LEVEL = """() => {
  const samples = new Float32Array(8192);
  ear.getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
}"""
LOUDER = """([one, other]) => {
  const decibels = new Float32Array(4096);
  ear.getFloatFrequencyData(decibels);
  const at = (hertz) => decibels[Math.round(hertz / ear.context.sampleRate * 8192)];
  return at(one) - at(other);
}"""

REPLACE = """(tune) => addEventListener("readystatechange", () => {
  document.querySelector(".melody-player script").textContent = JSON.stringify({ tunes: [tune] });
}, { once: true, capture: true })"""


@pytest.fixture
def open_players(browser, tmp_path):
    """Opens a page with a player for each list of tunes."""
    opened = []

    def start(*players, **options):
        context = open_page(browser, write_page(tmp_path, *players), **options)
        opened.append(context)
        page = context.__enter__()
        page.locator(".mt-paper").first.wait_for(state="attached")  # drawn, once its width is known
        return page

    yield start
    for context in opened:
        context.__exit__(None, None, None)


def seek(page, bar: float, number: int = 0) -> None:
    """Click on the roll where a bar begins; bars count from 1."""
    page.locator(".mt-field svg").nth(number).scroll_into_view_if_needed()
    lines = page.locator(".mt-field").nth(number).locator(".mt-bars").first.bounding_box()
    bars = round(float(page.locator(".mt-field").nth(number).get_attribute("aria-valuemax")))
    page.mouse.click(lines["x"] + lines["width"] * (bar - 1) / bars + 2, lines["y"] + 20)


def place(page, number: int = 0) -> float:
    """Bars from the start to the playhead."""
    return float(page.locator(".mt-field").nth(number).get_attribute("aria-valuenow"))


def labels(page) -> list[str]:
    return page.locator(".mt-main").all_text_contents()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_plays_and_stops(open_players, size):
    page = open_players([tune_data(TUNE, "Twinkle")], size=size)
    page.wait_for_timeout(200)
    assert not page.evaluate(SPEAKER), "no sound before a gesture"
    button = page.get_by_role("button", name="Play")
    (button.tap if size is PHONE else button.click)()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    page.evaluate(LISTEN)
    before = place(page)
    page.wait_for_timeout(700)
    assert place(page) == pytest.approx(before + 0.35, abs=0.15)  # a bar takes two seconds
    assert page.evaluate(LEVEL) > 0.02
    page.get_by_role("button", name="Stop").click()
    at = place(page)
    page.wait_for_timeout(900)
    assert place(page) == at and page.evaluate(LEVEL) < 1e-3
    assert page.locator(".mt-lit").count() == 0


def test_nothing_is_wider_than_a_phone(open_players):
    three = [tune_data(random_melody(seed), f"a rather long title, number {seed}", 32) for seed in range(3)]
    page = open_players([tune_data(TUNE, "Twinkle", 16)], three, size=PHONE)
    assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
    roll = page.locator(".mt-roll").last
    assert "mt-more-right" in roll.get_attribute("class")
    page.locator(".mt-field").last.evaluate("field => field.scrollTo(9999, 0)")
    page.wait_for_function("() => document.querySelector('.mt-more-left:not(.mt-more-right)')")


def test_a_click_goes_to_its_bar_while_it_plays_and_before(open_players):
    page = open_players([tune_data(TUNE)])
    seek(page, 3)
    assert place(page) == pytest.approx(2, abs=0.05)
    assert page.locator(".mt-place").text_content() == "bar 3, beat 1"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    assert place(page) > 1.95
    seek(page, 2)
    page.wait_for_timeout(300)
    assert 1 <= place(page) < 1.6
    page.get_by_role("button", name="Back to the start").click()
    page.wait_for_timeout(300)
    assert place(page) < 0.5


def test_ends_at_the_end_or_begins_again(open_players):
    page = open_players([tune_data(TUNE)])
    seek(page, 4.8)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Stop").wait_for()
    page.get_by_role("button", name="Play").wait_for(timeout=3000)
    assert place(page) == 0
    page.get_by_role("button", name="Loop").click()
    seek(page, 4.8)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1000)
    assert labels(page) == ["Stop"] and 0 < place(page) < 0.6


def test_one_player_sounds_at_a_time(open_players):
    page = open_players([tune_data(LOW, "low")], [tune_data(HIGH, "high")])
    page.locator(".mt-main").first.click()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    page.evaluate(LISTEN)
    page.wait_for_timeout(500)
    pitches = [220, 880]  # of the A below middle C, and of the one two octaves above it
    assert labels(page) == ["Stop", "Play"] and page.evaluate(LOUDER, pitches) > 20
    page.locator(".mt-main").last.click()
    page.wait_for_timeout(700)
    assert labels(page) == ["Play", "Stop"] and page.evaluate(LOUDER, pitches) < -20


def test_several_share_one_axis_and_change_at_the_same_bar(open_players):
    page = open_players([tune_data(LOW, "low"), tune_data(HIGH, "high")])
    names = [keys.text_content() for keys in page.locator(".mt-keys").all()]
    assert len(names) == 2 and names[0] == names[1] and "A" in names[0]
    middles = [page.locator(f"[data-tune='{n}'] .mt-note").first.bounding_box()["y"] for n in (0, 1)]
    tops = [page.locator(f"[data-tune='{n}'] .mt-paper").bounding_box()["y"] for n in (0, 1)]
    rows = [middle - top for middle, top in zip(middles, tops, strict=True)]
    assert rows[0] - rows[1] == pytest.approx(24 * 6, abs=0.5)  # two octaves apart
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    page.evaluate(LISTEN)
    page.wait_for_timeout(600)
    before = place(page)
    page.get_by_role("radio", name="high").click()
    assert place(page) == pytest.approx(before, abs=0.1)
    page.wait_for_timeout(600)
    assert labels(page) == ["Stop"] and page.evaluate(LOUDER, [220, 880]) < -20
    assert page.locator(".mt-caption").text_content() == "high: 16 notes, 4 bars"


def test_the_buttons_of_a_tall_player_are_in_the_window(open_players):
    page = open_players([tune_data(LOW, f"tune {number}") for number in range(6)], size=PHONE)
    assert page.locator(".mt-player").bounding_box()["height"] > PHONE["height"]
    button = page.get_by_role("button", name="Save MIDI").bounding_box()
    assert button["y"] + button["height"] < PHONE["height"]


def test_tunes_can_lie_one_over_the_other(open_players):
    page = open_players([tune_data(LOW, "low"), tune_data(HIGH, "high")])
    assert page.locator(".mt-paper").count() == 2
    page.get_by_role("button", name="Overlaid").click()
    assert page.locator(".mt-paper").count() == 1
    assert page.locator(".mt-chosen .mt-note").count() == page.locator(".mt-behind .mt-note").count() == 16


def test_a_click_in_a_roll_chooses_its_tune(open_players):
    page = open_players([tune_data(LOW, "low"), tune_data(HIGH, "high")])
    page.locator("[data-tune='1'] .mt-shade").click(position={"x": 200, "y": 30}, force=True)
    assert page.get_by_role("radio", name="high").is_checked()
    assert place(page) > 0.5


def test_everything_by_keyboard(open_players):
    page = open_players([tune_data(TUNE, "Twinkle"), tune_data(HIGH, "high")])
    roll = page.get_by_role("slider", name="Position in Twinkle")
    roll.focus()
    assert roll.evaluate("field => getComputedStyle(field).outlineStyle") == "solid", "the focus can be seen"
    steps = {
        "ArrowRight": 0.25,
        "Shift+ArrowRight": 1,
        "PageDown": 2,
        "ArrowLeft": 1.75,
        "PageUp": 1,
        "End": 3,
    }
    for key, bars in steps.items():
        page.keyboard.press(key)
        assert place(page) == pytest.approx(bars), key
    page.keyboard.press("Home")
    assert roll.get_attribute("aria-valuetext") == "bar 1, beat 1"
    page.keyboard.press("Space")
    page.get_by_role("button", name="Stop").wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()
    for letter, name in {"l": "Loop", "m": "Metronome", "d": "Drone"}.items():
        page.keyboard.press(letter)
        assert page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"
    page.keyboard.press("2")
    assert page.get_by_role("radio", name="high").is_checked()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Save MIDI"


def test_the_tempo_follows_its_slider(open_players):
    page = open_players([tune_data(TUNE)])
    tempo = page.get_by_role("slider", name="Tempo")
    assert tempo.get_attribute("aria-valuetext") == "120 qpm"
    tempo.fill("200")
    assert tempo.get_attribute("aria-valuetext") == "240 qpm"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    before = place(page)
    page.wait_for_timeout(700)
    assert place(page) == pytest.approx(before + 0.7, abs=0.2)
    tempo.fill("50")
    page.wait_for_timeout(400)
    before = place(page)
    page.wait_for_timeout(700)
    assert place(page) == pytest.approx(before + 0.175, abs=0.1)


def test_no_volume_is_silence(open_players):
    page = open_players([tune_data(TUNE)])
    page.get_by_role("slider", name="Volume").fill("0")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    page.evaluate(LISTEN)
    page.wait_for_timeout(400)
    assert page.evaluate(LEVEL) == 0


def test_saves_the_melody_as_midi(open_players, tmp_path):
    page = open_players([tune_data(TUNE, "Twinkle, twinkle!")])
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save MIDI").click()
    assert waiting.value.suggested_filename == "Twinkle_twinkle.mid"
    waiting.value.save_as(tmp_path / "saved.mid")
    again = read_midi((tmp_path / "saved.mid").read_bytes())
    np.testing.assert_array_equal(again.onset, melody_to_score(TUNE).onset)
    np.testing.assert_array_equal(again.pitch, melody_to_score(TUNE).pitch)


def test_bars_keys_and_primer_are_named(open_players):
    page = open_players([tune_data(TUNE, "Twinkle", 20)])
    assert page.locator(".mt-ruler text").all_text_contents() == ["1", "2", "3", "4"]
    assert {"C4", "D", "E", "F", "G", "A", "B"} <= set(page.locator(".mt-keys text").all_text_contents())
    assert page.locator(".mt-primer").count() == 9  # seven in the first bar, two in the second
    assert page.locator(".mt-primer-word, .mt-composed-word").all_text_contents() == ["primer", "composed"]
    sizes = page.locator(".mt-roll text").evaluate_all("all => all.map((t) => getComputedStyle(t).fontSize)")
    assert min(float(size.removesuffix("px")) for size in sizes) >= 11


def test_little_motion_goes_from_beat_to_beat(open_players):
    page = open_players([tune_data(TUNE)], reduced_motion="reduce")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.mt-lit')")
    places = set()
    for _ in range(12):
        places.add(place(page))
        page.wait_for_timeout(90)
    assert len(places) > 1 and all((4 * bars).is_integer() for bars in places)


def test_without_web_audio_everything_else_lives(open_players):
    page = open_players([tune_data(TUNE)], script="delete globalThis.AudioContext")
    assert "cannot make sound here" in page.get_by_role("status").text_content()
    assert page.get_by_role("button", name="Play").is_disabled()
    seek(page, 2)
    assert place(page) == pytest.approx(1, abs=0.05)
    with page.expect_download():
        page.get_by_role("button", name="Save MIDI").click()


def test_what_is_no_music_says_so_and_other_players_live(open_players):
    wrong = tune_data(TUNE) | {"events": [60, -2, 300, -2]}
    page = open_players([tune_data(TUNE)], [tune_data(TUNE)], script=f"({REPLACE})({json.dumps(wrong)})")
    assert "pitch 300: pitches go from 0 to 127" in page.locator(".melody-player").first.text_content()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Stop").wait_for()


def test_silence_can_be_seen(open_players):
    page = open_players([tune_data([-2, -2, -1, -2])])
    assert page.locator(".mt-caption").text_content() == "0 notes, 1 bar"
    assert page.get_by_role("button", name="Play").is_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(open_players, scheme):
    page = open_players([tune_data(TUNE, "Twinkle", 20)], color_scheme=scheme)
    style = "([query, what]) => getComputedStyle(document.querySelector(query))[what]"

    def luminance(query: str, what: str) -> float:
        values = np.array(re.findall(r"[\d.]+", page.evaluate(style, [query, what]))[:3], float) / 255
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def contrast(front: tuple[str, str], back: tuple[str, str]) -> float:
        high, low = sorted([luminance(*front), luminance(*back)], reverse=True)
        return (high + 0.05) / (low + 0.05)

    paper = (".mt-paper", "fill")
    for text in (".mt-keys text", ".mt-ruler text", ".mt-primer-word", ".mt-composed-word"):
        assert contrast((text, "fill"), paper) >= 4.5, text
    for button in (".mt-main", ".mt-controls button:last-child"):
        assert contrast((button, "color"), (button, "backgroundColor")) >= 4.5
    for note in (".mt-primer", ".mt-chosen .mt-voice0"):
        assert contrast((note, "fill"), paper) >= 3
