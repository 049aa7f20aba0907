"""The top voice of music for several, and the chorales that stand in for one's own music."""

import zipfile
from dataclasses import replace

import numpy as np
import pytest

from melody_tutorial.config import ExtractionSettings
from melody_tutorial.datasets import chorales, voices
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation.statistics import melody_statistics
from melody_tutorial.melodies.extraction import extract_sources
from melody_tutorial.music.midi import read_midi, write_midi
from melody_tutorial.music.score import Score


def score_of(notes, instruments=None, drums=(False,)):
    """A score in 4/4 from (onset, end, pitch) in quarter notes of 4 ticks."""
    onset, end, pitch = np.array(notes).T
    return Score(
        ticks_per_quarter=4,
        onset=onset.astype(np.int32),
        end=end.astype(np.int32),
        pitch=pitch.astype(np.int8),
        velocity=np.full(len(notes), 90, np.int8),
        instrument=np.array(instruments or [0] * len(notes), np.int32),
        program=np.zeros(len(drums), np.int32),
        is_drum=np.array(drums),
        tempo_tick=np.zeros(1, np.int32),
        tempo_qpm=np.array([120.0]),
        signature_tick=np.zeros(1, np.int32),
        signature_numerator=np.array([4], np.int32),
        signature_denominator=np.array([4], np.int32),
    )


def notes_of(score):
    return list(zip(score.onset.tolist(), score.end.tolist(), score.pitch.tolist(), strict=True))


@pytest.mark.parametrize(
    ("notes", "kept"),
    [
        pytest.param([(0, 4, 60), (0, 4, 67), (0, 4, 64)], [(0, 4, 67)], id="a chord: its highest"),
        pytest.param([(0, 8, 72), (4, 8, 60)], [(0, 8, 72)], id="nothing from under a held note"),
        pytest.param([(0, 4, 72), (4, 8, 60)], [(0, 4, 72), (4, 8, 60)], id="low notes where it rests"),
        pytest.param([(0, 8, 60), (4, 8, 72)], [(0, 8, 60), (4, 8, 72)], id="a higher note takes over"),
        pytest.param([(0, 4, 60), (0, 8, 60)], [(0, 8, 60)], id="unison: the longer"),
        pytest.param([(0, 4, 60), (0, 4, 60)], [(0, 4, 60)], id="unison of equals: one"),
    ],
)
def test_top_voice(notes, kept):
    assert notes_of(voices.top_voice(score_of(notes))) == kept


def test_the_top_voice_is_of_all_instruments_but_drums():
    score = score_of([(0, 4, 60), (0, 4, 64), (0, 4, 90)], [0, 1, 2], (False, False, True))
    top = voices.top_voice(score)
    assert notes_of(top) == [(0, 4, 64)]
    assert top.instrument.tolist() == [0]
    assert top.is_drum.tolist() == [False]


def test_an_archive_of_top_voices_keeps_names_and_leaves_out_what_is_no_music(tmp_path):
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.writestr("a/b.mid", write_midi(score_of([(0, 4, 60), (0, 4, 64)])))
        archive.writestr("noise.mid", b"no MIDI")
    written = voices.write_top_voices([tmp_path / "mine.zip"], tmp_path / "top.zip")
    with zipfile.ZipFile(written) as archive:
        assert archive.namelist() == ["a/b.mid"]
        assert read_midi(archive.read("a/b.mid")).pitch.tolist() == [64]


def test_nothing_to_read_leaves_no_archive(tmp_path):
    (tmp_path / "noise.mid").write_bytes(b"no MIDI")
    with pytest.raises(UserError, match="nothing in it can be read"):
        voices.write_top_voices([tmp_path / "noise.mid"], tmp_path / "top.zip")
    assert not (tmp_path / "top.zip").exists()


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    """An archive of twelve chorales."""
    return chorales.write_chorales(tmp_path_factory.mktemp("music") / "chorales.zip", 12)


def test_chorales_are_polyphonic_files_in_one_time_signature(some):
    with zipfile.ZipFile(some) as archive:
        scores = [read_midi(archive.read(name)) for name in archive.namelist()]
    assert len(scores) == 12
    assert all(len(score.program) == len(score.signature_tick) == 1 for score in scores)
    melodies, funnel = extract_sources([some])
    assert not melodies and funnel.rejects == {"polyphonic": 12}


def test_an_upbeat_stands_before_the_first_bar_line(some):
    """BWV 101.7 begins with one quarter note: silence fills the three before it."""
    with zipfile.ZipFile(some) as archive:
        score = read_midi(archive.read("bwv101.7.mid"))
    assert score.onset.min() == 3 * score.ticks_per_quarter
    assert score.signature_numerator.tolist() == [4]


def test_a_key_in_the_middle_moves_with_its_notes():
    """After an upbeat of a quarter: the first bar line, and the change of key on it, stand a bar later."""
    score = replace(
        score_of([(0, 4, 60), (4, 20, 62), (20, 36, 64)]),
        signature_tick=np.array([0, 4], np.int32),
        signature_numerator=np.array([4, 4], np.int32),
        signature_denominator=np.array([4, 4], np.int32),
        key_tick=np.array([0, 4], np.int32),
        key_fifths=np.array([0, 1], np.int8),
        key_minor=np.zeros(2, bool),
    )
    moved = chorales.on_one_track(score)
    assert moved.key_tick.tolist() == [0, moved.onset[1]] and moved.key_fifths.tolist() == [0, 1]


def test_the_highest_of_each_step_leaps_between_voices_the_top_voice_does_not(some, tmp_path):
    leaps = {}
    top = voices.write_top_voices([some], tmp_path / "top.zip")
    for name, path, polyphony in (("each step", some, "highest"), ("top voice", top, "discard")):
        melodies, _ = extract_sources([path], ExtractionSettings(polyphony=polyphony))
        assert len(melodies) >= 11
        leaps[name] = melody_statistics([melody.events for melody in melodies]).leaps.value
    assert leaps["top voice"] < 0.03 < 0.2 < leaps["each step"]
