"""Melody → sound: a plucked string made of sine waves, in NumPy alone; WAV files, and MP3 for players."""

import io
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np

from melody_tutorial import files
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import Melody

SAMPLE_RATE = 22_050  # samples per second; enough for partials up to 11 kHz
MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
PEAK = 0.89  # largest sample of a melody, give or take rounding; 1 is the largest that a WAV file holds
PARTIALS = 8
ATTACK_SECONDS = 0.004  # fade in, so that a note starts without a click
RELEASE_SECONDS = 0.12  # fade out after a note's end, as a string is damped by a finger
PLUCK_POSITION = 0.22  # share of the string's length at which it is plucked
STIFFNESS = 1e-4  # makes the partials of a real string slightly sharp
DECAY_SECONDS = 1.1  # time in which middle C falls to 1/e


def frequency(pitch: float) -> float:
    """Frequency in Hz of a MIDI pitch in equal temperament; pitch 69 is 440 Hz."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


def string_partials(pitch: int, sample_rate: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequency in Hz, amplitude and decay rate in 1/s of a string's partials below half the sample rate.

    The stiff string f_n = n f_1 √(1 + B n²) and the spectrum sin(nπβ) / n of a string plucked at β follow
    Fletcher and Rossing, The Physics of Musical Instruments, chapters 2 and 12. Low strings ring for
    longer than high ones, low partials for longer than high ones.

    Returns:
        three arrays of one length, at most ``PARTIALS``; empty where even f_1 is too high.
    """
    n = np.arange(1, PARTIALS + 1)
    frequencies = frequency(pitch) * n * np.sqrt((1 + STIFFNESS * n**2) / (1 + STIFFNESS))
    loudness = 2.0 ** ((60 - pitch) / 36)  # the ear hears low notes as softer
    amplitudes = loudness * np.sin(n * np.pi * PLUCK_POSITION) / n
    decay_rates = 2.0 ** ((pitch - 60) / 24) / DECAY_SECONDS * n**0.9
    heard = frequencies < sample_rate / 2
    return frequencies[heard], amplitudes[heard], decay_rates[heard]


def fade(samples: int) -> np.ndarray:
    """Half a cosine that rises from 0 to 1; float32, shape (samples,)."""
    return (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, samples))).astype(np.float32)


@lru_cache(maxsize=256)
def pluck(pitch: int, held: int, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """One note, held for ``held`` samples and then damped; float32, shape (held + release samples,)."""
    release = round(RELEASE_SECONDS * sample_rate)
    frequencies, amplitudes, decay_rates = string_partials(pitch, sample_rate)
    seconds = np.arange(held + release) / sample_rate
    note = np.zeros(len(seconds), dtype=np.float32)
    for f, amplitude, decay_rate in zip(frequencies, amplitudes, decay_rates, strict=True):
        turns = f * seconds
        turns -= np.rint(turns)  # small enough for float32, whose sine is several times faster
        partial = np.sin((2 * np.pi * turns).astype(np.float32))
        partial *= np.exp((-decay_rate * seconds).astype(np.float32))
        note += np.float32(amplitude) * partial
    attack = min(len(note), max(2, round(ATTACK_SECONDS * sample_rate)))
    note[:attack] *= fade(attack)
    note[held:] *= fade(release)[::-1]
    note.flags.writeable = False  # shared by everyone who asks for this note
    return note


def synthesize(melody: Melody, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """The sound of a melody at its own tempo; its loudest sample is ``PEAK``.

    Returns:
        float32 in [−0.9, 0.9], mono, shape (samples,): the melody's steps and the release of the last note.
        Silence where the melody has no note.
    """
    samples_per_step = sample_rate * 60.0 / (melody.qpm * melody.steps_per_quarter)
    # The release and two samples more: rounding a note's start and length can each add half a sample.
    tail = round(RELEASE_SECONDS * sample_rate) + 2
    sound = np.zeros(round(len(melody.events) * samples_per_step) + tail, dtype=np.float32)
    for onset, end, pitch in zip(*(column.tolist() for column in melody.notes()), strict=True):
        note = pluck(pitch, round((end - onset) * samples_per_step), sample_rate)
        start = round(onset * samples_per_step)
        sound[start : start + len(note)] += note
    if loudest := np.abs(sound).max():
        sound *= PEAK / loudest
    return sound


def wav_bytes(samples: np.ndarray, sample_rate: int = SAMPLE_RATE) -> bytes:
    """A WAV file, 16 bits and mono; samples outside [−1, 1] are clipped."""
    pcm = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(pcm.tobytes())
    return buffer.getvalue()


def mp3_bytes(samples: np.ndarray, sample_rate: int = SAMPLE_RATE) -> bytes:
    """An MP3 file, mono, about an eighth of the WAV file; samples outside [−1, 1] are clipped.

    Raises:
        UserError: an MP3 file cannot have this sample rate.
    """
    import soundfile

    if sample_rate not in MP3_RATES:
        raise UserError(f"a player takes no {sample_rate} samples per second: give one of {list(MP3_RATES)}")
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1).astype(np.float32), sample_rate, format="MP3")
    return buffer.getvalue()


def write_wav(path: str | Path, samples: np.ndarray, sample_rate: int = SAMPLE_RATE) -> Path:
    """Write samples as a WAV file, atomically, and return its path."""
    return files.write_bytes(path, wav_bytes(samples, sample_rate))


def read_wav(path: str | Path) -> tuple[np.ndarray, int]:
    """Samples in [−1, 1], float32, and the sample rate of a WAV file as ``write_wav`` makes it.

    Raises:
        UserError: the file is no WAV file of 16 bits, mono.
    """
    try:
        with wave.open(str(path), "rb") as file:
            found = (8 * file.getsampwidth(), file.getnchannels())
            pcm, sample_rate = file.readframes(file.getnframes()), file.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise UserError(f"{path} cannot be read as sound ({error}): give a WAV file") from None
    if found != (16, 1) or len(pcm) % 2:
        raise UserError(f"{path} has {found[0]} bits and {found[1]} channels: give 16 bits, mono")
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32767, sample_rate
