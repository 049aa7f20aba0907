"""The buttons that draw a melody by hand, clicked without a browser."""

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from untrained import random_checkpoint

from melody_tutorial.config import MODELS
from melody_tutorial.course import notebook, sampling_panel
from melody_tutorial.sampling.stepper import Stepper

TWINKLE = [14, 0, 14, 0, 21, 0, 21, 0, 23]


@pytest.fixture(scope="module")
def checkpoint():
    return random_checkpoint(units=(16, 12), scale=0.6)


@pytest.fixture
def panel(checkpoint):
    return sampling_panel.Panel(Stepper(checkpoint, TWINKLE), np.random.default_rng(2))


@pytest.fixture
def shown(monkeypatch):
    displayed = []
    for module in (notebook, sampling_panel):
        monkeypatch.setattr(module, "display_now", lambda *things, **options: displayed.extend(things))
    monkeypatch.delenv("MELODY_TUTORIAL_STATIC", raising=False)
    return displayed


def test_a_stored_notebook_keeps_pictures_and_a_line(checkpoint, shown, monkeypatch):
    monkeypatch.setenv("MELODY_TUTORIAL_STATIC", "1")
    stepper = sampling_panel.step_through(checkpoint, TWINKLE, temperature=0.5)
    keyboards, melody, line = shown
    assert keyboards["image/png"].startswith(b"\x89PNG")
    assert melody["image/png"].startswith(b"\x89PNG")
    assert line["text/plain"] == "Run this cell to draw or choose one event after the other."
    assert stepper.ids == TWINKLE
    assert stepper.temperature == 0.5


def test_a_live_notebook_gets_buttons_and_the_melody_behind_them(checkpoint, shown):
    stepper = sampling_panel.step_through(checkpoint, TWINKLE, seed=2)
    (box,) = shown
    buttons = [b for row in box.children for b in getattr(row, "children", ()) if hasattr(b, "click")]
    labels = [button.description for button in buttons]
    assert labels[:4] == ["draw one", "draw a bar", "undo", "play"]
    buttons[0].click()
    assert len(stepper.ids) == 10


def test_drawing_is_that_of_the_stepper_with_the_same_seed(panel, checkpoint):
    panel.one.click()
    assert len(panel.stepper.ids) == 10
    panel.bar.click()
    assert len(panel.stepper.ids) == 16  # the rest of the bar
    panel.bar.click()
    expected, rng = Stepper(checkpoint, TWINKLE), np.random.default_rng(2)
    for _ in range(23):
        expected.draw(rng)
    assert panel.stepper.ids == expected.ids
    assert panel.message.value.startswith("Drawn: 16 events, the last ")


def test_undo_takes_back_the_last_click(panel):
    assert panel.back.disabled
    panel.one.click()
    after_one = list(panel.stepper.ids)
    panel.bar.click()
    panel.back.click()
    assert panel.stepper.ids == after_one
    assert panel.message.value == "Taken back: 6 events"
    panel.back.click()
    assert panel.stepper.ids == TWINKLE
    assert panel.back.disabled


def test_the_buttons_name_the_likeliest_events(panel):
    p = panel.stepper.distribution()
    best = panel.stepper.likeliest(8)
    assert [button.description for button in panel.choices] == [
        f"{sampling_panel.event_name(number)} {sampling_panel.percent(p[number])}" for number in best
    ]
    panel.choices[2].click()
    assert panel.stepper.ids == [*TWINKLE, best[2]]
    name, had = sampling_panel.event_name(best[2]), sampling_panel.percent(p[best[2]])
    assert panel.message.value == f"You chose {name}, which had {had}"
    new = panel.stepper.likeliest(1)[0]
    assert panel.choices[0].description.startswith(sampling_panel.event_name(new) + " ")


@pytest.mark.parametrize(
    ("p", "text"), [(0.0, "< 1%"), (0.004, "< 1%"), (0.006, "1%"), (0.994, "99%"), (0.996, "> 99%")]
)
def test_almost_none_is_not_none_and_almost_all_not_all(p, text):
    assert sampling_panel.percent(p) == text


def test_the_menu_has_every_event(panel):
    assert [number for _, number in panel.menu.options] == [sampling_panel.NOTHING_CHOSEN, *range(38)]
    assert panel.menu.label == "another …"
    panel.menu.value = 26
    assert panel.stepper.ids == [*TWINKLE, 26]
    assert panel.menu.label == "another …"
    panel.menu.value = 26  # once more
    assert panel.stepper.ids == [*TWINKLE, 26, 26]


def test_the_slider_changes_what_is_drawn_from(panel):
    before = panel.keyboards.value
    panel.temperature.value = 0.3
    assert panel.stepper.temperature == 0.3
    assert panel.keyboards.value != before
    assert panel.stepper.ids == TWINKLE


def test_pictures_follow_the_melody(panel):
    before = panel.keyboards.value, panel.roll.value
    panel.bar.click()
    assert bytes(panel.keyboards.value).startswith(b"\x89PNG")
    assert bytes(panel.roll.value).startswith(b"\x89PNG")
    assert before != (panel.keyboards.value, panel.roll.value)
    panel.back.click()
    assert before == (panel.keyboards.value, panel.roll.value)


def test_play_makes_the_sound_of_the_melody_so_far(panel):
    assert panel.audio.layout.display == "none"
    panel.listen.click()
    heard, rate = soundfile.read(io.BytesIO(panel.audio.value))
    assert panel.audio.format == "mpeg"  # browsers call it audio/mpeg
    assert len(heard) / rate == pytest.approx(9 / 8, abs=0.25)
    assert panel.audio.layout.display is None
    panel.bar.click()
    assert panel.audio.layout.display == "none"  # an older melody's sound goes


def test_play_plays_the_same_melody_again(panel):
    sent = []
    panel.audio.observe(lambda change: sent.append(len(change["new"])), "value")
    panel.listen.click()
    panel.listen.click()
    assert [length > 0 for length in sent] == [True, False, True]


def test_the_pictures_titles_say_where_we_are(checkpoint):
    stepper = Stepper(checkpoint, TWINKLE, 0.5)
    assert sampling_panel.draw_melody(stepper).get_title(loc="left").endswith("Next: bar 1, step 10 of 16")
    before, after = sampling_panel.draw_keyboards(stepper).figure.axes
    assert after.get_title(loc="left") == "after: at temperature 0.5, what is drawn from"
    assert before.get_ylim() == after.get_ylim()  # heights can be compared


def test_without_a_primer(checkpoint):
    panel = sampling_panel.Panel(Stepper(checkpoint), np.random.default_rng(0))
    panel.listen.click()  # nothing to hear yet, and no error
    panel.bar.click()
    assert len(panel.stepper.ids) == 16


@pytest.mark.parametrize(
    ("number", "name"), [(0, "no-event"), (1, "note-off"), (2, "C3"), (14, "C4"), (37, "B5")]
)
def test_names_of_events(number, name):
    assert sampling_panel.event_name(number) == name


def test_a_network_of_all_pitches_names_its_own():
    mono = random_checkpoint(model=replace(MODELS["mono_rnn"], units=(8,)))
    panel = sampling_panel.Panel(Stepper(mono, [62, 0, 129]), np.random.default_rng(0))
    assert [label.split()[0] for label, _ in panel.menu.options[1:4]] == ["no-event", "note-off", "C-1"]
    assert sampling_panel.melody_of(panel.stepper).events.tolist() == [60, -2, 127]
