"""µ-law sound: the values of the standard, small errors, a valid file."""

import struct

import numpy as np
import pytest

from tools import mulaw

# ITU-T G.711: silence is 0xFF, full scale 0x80 upwards and 0x00 downwards.
KNOWN = [(0, 0xFF), (32767, 0x80), (-32767, 0x00), (1000, 0xCE), (-1000, 0x4E)]


@pytest.mark.parametrize(("pcm", "code"), KNOWN)
def test_values_of_the_standard(pcm, code):
    assert mulaw.encode(np.array([pcm / 32767])) == bytes([code])


def test_errors_are_a_small_share_of_each_sample():
    samples = np.linspace(-0.95, 0.95, 20_001)
    error = np.abs(mulaw.decode(mulaw.encode(samples)) - samples)
    assert (error <= 0.035 * np.abs(samples) + 0.0003).all()


@pytest.mark.parametrize("length", [4, 5])
def test_chunks_are_as_long_as_they_say(length):
    data = mulaw.wav_bytes(np.zeros(length), 16_000)
    assert data[:4] == b"RIFF"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    assert struct.unpack("<HHI", data[20:28]) == (7, 1, 16_000)
    assert data.count(b"\xff" * length) == 1
