"""Numbers, melodies and scores as one kind of music."""

from dataclasses import replace

import numpy as np
import pytest

from melody_tutorial.errors import UserError
from melody_tutorial.melodies.keys import Key
from melody_tutorial.melodies.melody import Melody, melody_to_score
from melody_tutorial.views import playback

EVENTS = [60, -2, 62, -2, 64, -2, -1, -2]


class TestAsMusic:
    def test_events_as_list_or_array(self):
        for events in (EVENTS, np.array(EVENTS), np.array(EVENTS, np.int8)):
            assert playback.as_music(events).events.tolist() == EVENTS

    def test_token_ids_as_list_or_array(self):
        ids = [14, 0, 16, 0, 18, 0, 1, 0]
        for numbers in (ids, np.array(ids), np.array(ids, np.uint8)):
            assert playback.as_music(numbers).events.tolist() == EVENTS

    def test_low_pitches_of_type_int8_are_events(self):
        assert playback.as_music(np.array([30, 31], np.int8)).events.tolist() == [30, 31]

    def test_nothing_is_an_empty_melody(self):
        assert len(playback.as_music([]).events) == 0

    @pytest.mark.parametrize("wrong", ["C D E", [0.5, 0.7], [[60, 62]], [60, 200], None, [-5]])
    def test_says_what_it_takes(self, wrong):
        with pytest.raises(UserError, match=r"give a melody, a score|events go from"):
            playback.as_music(wrong)


class TestScores:
    def test_time_follows_the_tempos(self):
        """Two quarters at 60 and two at 120: the third note starts after two seconds and lasts half a one."""
        score = melody_to_score(Melody(np.array([60, -2, -2, -2] * 4), qpm=60.0))
        score = replace(score, tempo_tick=np.array([0, 960]), tempo_qpm=np.array([60.0, 120.0]))
        starts, ends = playback.score_seconds(score)
        assert starts.tolist() == [0, 1, 2, 2.5]
        assert ends.tolist() == [1, 2, 2.5, 3]

    def test_without_a_tempo_it_is_120(self):
        score = melody_to_score(Melody(np.array([60, -2, -2, -2])))
        score = replace(score, tempo_tick=np.zeros(0, np.int32), tempo_qpm=np.zeros(0))
        assert playback.score_seconds(score)[1].tolist() == [0.5]

    def test_drums_are_left_out(self):
        score = melody_to_score(Melody(np.array(EVENTS)))
        score = replace(score, is_drum=np.array([True]))
        assert not playback.synthesize_score(score).any()
        assert playback.describe(score) == "0 notes, 0 seconds"

    def test_a_score_sounds_as_its_melody(self):
        """One voice of one velocity: both ways of synthesis agree but for rounding to samples."""
        melody = Melody(np.array(EVENTS, np.int8))
        alone, in_score = playback.sound(melody), playback.sound(melody_to_score(melody))
        length = min(len(alone), len(in_score))
        assert np.corrcoef(alone[:length], in_score[:length])[0, 1] > 0.99

    def test_endless_scores_are_cut(self):
        score = melody_to_score(Melody(np.array(EVENTS)))
        score = replace(score, end=score.end + 10_000_000)
        assert len(playback.sound(score)) <= (playback.MOST_SECONDS + 1) * playback.PLAYER_RATE


@pytest.mark.parametrize(
    "music",
    [
        Melody(np.array(EVENTS, np.int8), qpm=90.5, source="a.mid"),
        Melody(np.array(EVENTS, np.int8), steps_per_bar=12, key=Key(7, "dorian"), metre=(6, 8)),
        melody_to_score(Melody(np.array(EVENTS))),
    ],
)
def test_json_and_back(music):
    again = playback.from_json(playback.to_json(music))
    assert "\n" not in playback.to_json(music)
    for name, value in vars(music).items():
        np.testing.assert_array_equal(getattr(again, name), value)
        assert type(getattr(again, name)) is type(value)
        assert getattr(value, "dtype", None) == getattr(getattr(again, name), "dtype", None)


def test_json_says_nothing_of_the_keys_of_scores():
    score = melody_to_score(Melody(np.array(EVENTS, np.int8)))
    keyed = replace(score, key_tick=np.array([0]), key_fifths=np.array([1]), key_minor=np.array([False]))
    assert playback.to_json(replace(keyed, key_field="G")) == playback.to_json(score)


@pytest.mark.parametrize("steps", [8, 80, 160, 161, 800, 960])
def test_the_seconds_below_a_score_are_within_the_picture(steps):
    events = np.resize([60, -2, 64, -2], steps)
    axes = playback.plot_score(melody_to_score(Melody(events.astype(np.int8))))
    axes.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(boxes) > 2
    assert max(box.x1 for box in boxes) <= axes.figure.bbox.x1


def test_rows_of_several_lengths_are_no_music():
    with pytest.raises(UserError, match="one row of whole numbers"):
        playback.as_music([[1], [2, 3]])
