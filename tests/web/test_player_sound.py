"""The player's sound, rendered by the browser: the string of ``views.audio``, when and as the notes say."""

import numpy as np
import pytest
from browser import in_page, open_page, samples_of, write_page

from melody_tutorial.melodies.keys import Key
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.views import audio
from melody_tutorial.web.player import tune_data

RATE = audio.SAMPLE_RATE
EVENTS = [60, -2, 64, -2, 67, -2, -1, -2, 72, -2, -2, -2, 60, -2, -1, -1]  # two seconds at 120
MELODY = Melody(np.array(EVENTS, np.int8), key=Key(0, "major"), metre=(4, 4))
LEAD = 0.06  # seconds before the first note
BYTES = """
  const encode = (samples) => {
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
"""
RENDER = (
    BYTES
    + """
  const context = new OfflineAudioContext(1, argument.rate * argument.seconds, argument.rate);
  const transport = new Transport(context, context.destination);
  Object.assign(transport, argument.settings);
  transport.start(readTune(argument.tune), argument.from ?? 0);
  transport.schedule(argument.seconds);
  return encode((await context.startRendering()).getChannelData(0));
"""
)


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    file = write_page(tmp_path_factory.mktemp("page"))
    with open_page(browser, file) as opened:
        yield opened


def render(page, seconds: float, *, start: int = 0, melody: Melody = MELODY, **settings) -> np.ndarray:
    """What is heard of a melody in its first seconds, from a step on."""
    asked = {"tune": tune_data(melody), "seconds": seconds, "rate": RATE, "from": start, "settings": settings}
    return samples_of(in_page(page, ["transport.js", "tune.js"], RENDER, asked))


def part(samples: np.ndarray, start: float, end: float) -> np.ndarray:
    """Samples between two times in seconds after the start of the tune."""
    return samples[round((LEAD + start) * RATE) : round((LEAD + end) * RATE)]


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def strength(samples: np.ndarray, pitch: int) -> float:
    """Share of the energy that lies within a quarter tone of the pitch."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * RATE)) ** 2
    hertz = np.fft.rfftfreq(8 * RATE, 1 / RATE)
    low, high = audio.frequency(pitch - 1), audio.frequency(pitch + 1)
    return power[(hertz > low) & (hertz < high)].sum() / power.sum()


@pytest.mark.parametrize("pitch", [48, 60, 69, 83])
def test_the_string_is_that_of_the_package(page, pitch):
    code = BYTES + "return encode(pluckedString(argument.pitch, argument.rate));"
    ours = samples_of(in_page(page, ["synth.js"], code, {"pitch": pitch, "rate": RATE}))
    theirs = audio.pluck(pitch, RATE)[:RATE]  # the first second, before it is damped
    np.testing.assert_allclose(ours[:RATE], theirs, atol=1e-3)
    assert np.abs(ours[-100:]).max() < 0.01


def test_every_note_sounds_at_its_pitch_and_rests_are_silent(page):
    heard = render(page, 2.4)
    for onset, end, pitch in zip(*MELODY.notes(), strict=True):
        note = part(heard, onset / 8, end / 8)
        assert level(note) > 0.02
        others = {60, 64, 67, 72} - {pitch}
        assert strength(note, pitch) > 0.3 > max(strength(note, other) for other in others)
    rest = part(heard, 6 / 8 + audio.RELEASE_SECONDS, 1.0)
    assert level(rest) < 1e-4
    assert level(heard[: round(LEAD * RATE)]) < 1e-6


def test_all_of_it_is_as_the_package_has_it(page):
    ours = part(render(page, 2.4), 0, 2)
    theirs = audio.synthesize(MELODY)[: len(ours)]
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99


def test_a_faster_tempo_is_over_sooner(page):
    assert level(part(render(page, 2.4, speed=2), 1.0 + audio.RELEASE_SECONDS, 2.3)) < 1e-4
    assert level(part(render(page, 2.4), 1.0, 1.5)) > 0.02


def test_from_a_step_on_the_note_that_lies_there_sounds_at_once(page):
    heard = render(page, 1.0, start=9)  # the second step of the C5
    assert strength(part(heard, 0, 3 / 8), 72) > 0.3


def test_once_is_once_and_a_loop_goes_on(page):
    once, loop = (part(render(page, 4.2, loop=looped), 2.2, 4.0) for looped in (False, True))
    assert level(once) < 1e-4
    assert strength(loop[round(0.05 * RATE) : round(0.25 * RATE)], 64) > 0.3  # 2.25 s: the second note again


def test_a_metronome_clicks_on_every_beat(page):
    silent = Melody(np.full(16, -2, np.int8), metre=(4, 4))
    assert level(render(page, 2.1, melody=silent)) == 0
    clicks = render(page, 2.1, melody=silent, metronome=True)
    assert all(level(part(clicks, beat, beat + 0.05)) > 0.02 for beat in (0, 0.5, 1.0, 1.5))
    assert level(part(clicks, 0.1, 0.48)) < 1e-4
    jig = Melody(np.full(12, -2, np.int8), steps_per_bar=12, metre=(6, 8))
    clicks = render(page, 1.6, melody=jig, metronome=True)
    assert level(part(clicks, 0.75, 0.8)) > 0.02 > level(part(clicks, 0.5, 0.55))  # dotted quarters


def test_a_drone_holds_the_tonic(page):
    silent = Melody(np.full(16, -2, np.int8), key=Key(2, "dorian"))
    held = part(render(page, 1.5, melody=silent, drone=True), 0.5, 1.4)
    assert level(held) > 0.01
    assert strength(held, 50) + strength(held, 38) > 0.4 > strength(held, 48)
