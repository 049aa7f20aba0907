"""What a listener would notice: pitch, decay, clicks, silence, length, loudness."""

import io
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from melody_tutorial.errors import UserError
from melody_tutorial.melodies.melody import Melody
from melody_tutorial.views import audio

RATE = audio.SAMPLE_RATE
TWINKLE = Melody(np.array([60, -2, 60, -2, 67, -2, 67, -2, 69, -2, 69, -2, 67, -2, -2, -2], dtype=np.int8))
PITCHES = st.integers(48, 83)
EVENTS = st.lists(st.one_of(st.just(-2), st.just(-1), PITCHES), max_size=48)


def spectrum(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and magnitudes; the Hann window keeps a partial's energy in its own place."""
    return np.fft.rfftfreq(len(samples), 1 / RATE), np.abs(np.fft.rfft(samples * np.hanning(len(samples))))


@pytest.mark.parametrize("pitch", range(36, 96, 5))
def test_the_strongest_partial_is_the_pitch(pitch):
    frequencies, magnitudes = spectrum(audio.pluck(pitch, RATE))
    expected = 440 * 2 ** ((pitch - 69) / 12)
    assert abs(frequencies[magnitudes.argmax()] / expected - 1) < 0.01


def test_a_note_has_at_least_four_partials_and_the_higher_ones_die_first():
    note = audio.pluck(60, RATE)
    frequencies, early = spectrum(note[2000:8000])
    _, late = spectrum(note[12000:18000])
    remains = []
    for n in range(1, 5):
        near = abs(frequencies - n * audio.frequency(60)) < 20
        assert early[near].max() > 0.02 * early.max()
        remains.append(late[near].max() / early[near].max())
    assert remains == sorted(remains, reverse=True)
    assert remains[3] < remains[0] / 2


def test_low_strings_ring_for_longer_than_high_ones():
    def remaining(pitch):
        note = audio.pluck(pitch, RATE)
        return abs(note[20000:22000]).max() / abs(note[:2000]).max()

    assert remaining(84) < remaining(66) < remaining(48)


@pytest.mark.parametrize("pitch", [20, 60, 100, 127])
def test_no_partial_reaches_half_the_sample_rate(pitch):
    frequencies, amplitudes, decay_rates = audio.string_partials(pitch, 8000)
    assert (frequencies < 4000).all()
    assert len(frequencies) == len(amplitudes) == len(decay_rates)


def test_a_pitch_above_half_the_sample_rate_is_silent_and_does_no_harm():
    melody = Melody(np.array([127, -2, -2, -2], dtype=np.int8))
    assert not audio.synthesize(melody, sample_rate=8000).any()


@given(EVENTS, st.sampled_from([33.3, 60.0, 120.0, 217.0]), st.sampled_from([8000, 22_050, 44_100]))
def test_loud_enough_never_too_loud_and_still_at_both_ends(events, qpm, rate):
    sound = audio.synthesize(Melody(np.array(events, dtype=np.int8), qpm=qpm), rate)
    assert sound.dtype == np.float32
    assert abs(sound).max() <= 0.9
    assert abs(sound[[0, -1]]).max() < 1e-3
    assert (abs(sound).max() > 0.88) == any(event >= 0 for event in events)


@given(EVENTS, st.floats(20, 400))
def test_a_melody_lasts_for_its_steps_and_the_release(events, qpm):
    sound = audio.synthesize(Melody(np.array(events, dtype=np.int8), qpm=qpm))
    seconds = len(events) * 60 / qpm / 4 + audio.RELEASE_SECONDS
    assert len(sound) / RATE == pytest.approx(seconds, abs=0.001)


def test_rests_are_silent():
    melody = Melody(np.array([-2, -2, 60, -2, -1, -2, -2, -2, 64, -2], dtype=np.int8), qpm=60)
    step = RATE // 4
    sound = audio.synthesize(melody)
    released = 4 * step + round(audio.RELEASE_SECONDS * RATE) + 2
    assert not sound[: 2 * step].any()
    assert sound[2 * step : 4 * step].any()
    assert not sound[released : 8 * step].any()


def energy_above(samples: np.ndarray, hertz: float) -> float:
    """Share of the energy above a frequency: a click is a jump, and a jump has all frequencies."""
    energy = np.abs(np.fft.rfft(np.pad(samples, 1000))) ** 2
    above = np.fft.rfftfreq(len(samples) + 2000, 1 / RATE) > hertz
    return energy[above].sum() / energy.sum()


def test_no_click_where_notes_begin_meet_or_end():
    # Its highest partial lies at 8 · 440 Hz.
    sound = audio.synthesize(TWINKLE)
    assert energy_above(sound, 5000) < 1e-9
    cut = sound[: len(sound) // 2 + 50]  # the same music, cut off while it sounds
    assert energy_above(cut, 5000) > 1e-7


@given(st.lists(PITCHES, min_size=1, max_size=12), st.integers(1, 4))
def test_neighbouring_samples_differ_by_no_more_than_the_partials_can(pitches, hold):
    events = np.concatenate([[pitch] + [-2] * (hold - 1) for pitch in pitches]).astype(np.int8)
    step = abs(np.diff(audio.synthesize(Melody(events)))).max()
    # A sine of frequency f and amplitude a moves by at most 2π f a / rate; two notes can overlap.
    frequencies, amplitudes, _ = audio.string_partials(max(pitches), RATE)
    loudest = max(abs(audio.pluck(pitch, 1000)).max() for pitch in pitches)
    assert step <= 2 * 2 * np.pi * (frequencies * abs(amplitudes)).sum() / RATE * 0.9 / loudest


def test_the_same_melody_gives_the_same_bytes():
    first = audio.wav_bytes(audio.synthesize(TWINKLE))
    audio.pluck.cache_clear()
    assert audio.wav_bytes(audio.synthesize(TWINKLE)) == first


def test_wav_files_are_sixteen_bit_mono_and_read_back(tmp_path):
    sound = audio.synthesize(TWINKLE, 16_000)
    path = audio.write_wav(tmp_path / "twinkle.wav", sound, 16_000)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
    samples, rate = audio.read_wav(path)
    assert rate == 16_000
    np.testing.assert_allclose(samples, sound, atol=1 / 32767)
    assert list(tmp_path.iterdir()) == [path]


def test_samples_out_of_range_are_clipped_not_wrapped(tmp_path):
    samples, _ = audio.read_wav(audio.write_wav(tmp_path / "loud.wav", np.array([-3.0, 0.0, 3.0])))
    assert samples.tolist() == [-1, 0, 1]


def test_what_is_no_wav_file_of_ours_is_refused_by_name(tmp_path):
    whole = audio.wav_bytes(np.zeros(4))
    stereo = whole[:22] + b"\x02" + whole[23:]  # the byte that counts the channels
    for data in (b"", b"RIFF", whole[:30], stereo, b"MThd" + bytes(60)):
        (tmp_path / "odd.wav").write_bytes(data)
        with pytest.raises(UserError, match=r"odd\.wav"):
            audio.read_wav(tmp_path / "odd.wav")


class TestMP3:
    @pytest.mark.parametrize("rate", audio.MP3_RATES)
    def test_pitch_length_and_loudness_stay(self, rate):
        note = 0.3 * audio.pluck(60, rate, rate)
        heard, found = soundfile.read(io.BytesIO(audio.mp3_bytes(note, rate)))
        assert found == rate
        assert len(heard) / rate == pytest.approx(len(note) / rate, abs=0.2)
        frequencies = np.fft.rfftfreq(len(heard), 1 / rate)
        strongest = frequencies[np.abs(np.fft.rfft(heard)).argmax()]
        assert strongest == pytest.approx(audio.frequency(60), rel=0.01)
        assert np.sqrt((heard**2).sum()) == pytest.approx(np.sqrt((note**2).sum()), rel=0.05)

    def test_is_a_fraction_of_the_wav_file(self):
        sound = audio.synthesize(TWINKLE, 16_000)
        assert len(audio.mp3_bytes(sound, 16_000)) < 0.2 * len(audio.wav_bytes(sound, 16_000))

    def test_what_is_too_loud_is_clipped(self):
        loud, full = (audio.mp3_bytes(level * np.sin(np.arange(8000)), 8000) for level in (9, 1))
        heard, _ = soundfile.read(io.BytesIO(loud))
        assert abs(heard).max() < 1.5
        assert loud != full

    def test_other_sample_rates_are_refused(self):
        with pytest.raises(UserError, match=r"takes no 10000 samples per second: give one of \[8000, 11025"):
            audio.mp3_bytes(np.zeros(100), 10_000)
