"""Figures of whole tunes, counted by hand, and the way in which controls move them."""

from dataclasses import replace

import numpy as np
import pytest
from tunes_by_hand import JIG, REEL, eighths, random_tune

from melody_tutorial.evaluation.intervals import NOTHING, bootstrap
from melody_tutorial.evaluation.tunes.controls import bars_shuffled, pitches_drawn, read_backwards
from melody_tutorial.evaluation.tunes.judgement import judge_tunes
from melody_tutorial.evaluation.tunes.metre_heard import MetreEar, learn_metres
from melody_tutorial.networks import Facts
from melody_tutorial.reporter import TUNE_FIGURES

DEAF = MetreEar((), np.zeros((0, 0)))
SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def judge(*tunes, ear=DEAF, family=None):
    return judge_tunes(tunes, ear, family)


def value(name, *tunes):
    return judge(*tunes)[name].value


def test_each_figure_has_words():
    assert set(judge(eighths(SCALE))) == set(TUNE_FIGURES)


def test_bars_are_complete_where_the_last_one_lacks_what_the_pickup_has():
    assert value("bars_complete", eighths(SCALE * 2)) == 1
    assert value("bars_complete", eighths(SCALE * 2 + [60])) == 0
    with_pickup = eighths([67, *SCALE, *SCALE[:7]], rest=14)
    assert value("bars_complete", with_pickup) == 1
    assert value("bars_complete", replace(with_pickup, ids=with_pickup.ids[:-2])) == 0
    assert value("bars_complete", eighths([67, *SCALE, *SCALE], rest=14)) == 0, "the pickup is too much"


def test_bars_are_counted_from_bar_line_to_bar_line():
    three, four = (Facts((4, 4), "major", bars, 16) for bars in (3, 4))
    with_pickup = [67, *SCALE, *SCALE[:7]]
    assert value("bars_asked", eighths(with_pickup, three, rest=14)) == 1
    assert value("bars_asked", eighths(with_pickup, four, rest=14)) == 0
    assert judge(eighths(SCALE, Facts(None, None, None, 16)))["bars_asked"] == NOTHING


def test_the_mode_is_the_one_that_was_asked_for():
    # C D E flat F G A B C: the raised sixth and seventh of minor; dorian lacks the B.
    rising = [60, 62, 63, 65, 67, 69, 71, 72]
    shares = {"minor": 8, "dorian": 7, "major": 7, "mixolydian": 6}
    for mode, notes in shares.items():
        assert value("in_mode", eighths(rising, Facts((4, 4), mode, 1, 16))) == notes / 8
    assert judge(eighths(rising, Facts((4, 4), "lydian", 1, 16)))["in_mode"] == NOTHING


def test_a_tune_ends_on_the_tonic_and_on_a_beat():
    home, away = eighths([*SCALE[:6], 60, 0]), eighths([*SCALE[:6], 67, 0])
    assert value("ends_on_tonic", home, away) == 0.5
    assert value("ends_on_beat", home) == 1  # step 12: the fourth quarter
    assert value("ends_on_beat", eighths(SCALE)) == 0  # step 14
    half = Facts((2, 2), "major", 1, 16)
    assert value("ends_on_beat", replace(home, facts=half)) == 0, "beats are half notes"
    jigs = [eighths([60, 62, 64, *end], JIG) for end in ([65, 0, 0], [65, 67, 0])]
    assert value("ends_on_beat", *jigs) == 0.5  # steps 6 and 8
    assert judge(replace(home, facts=Facts(None, None, 1, 16)))["ends_on_beat"] == NOTHING


def test_what_was_cut_off_has_no_end():
    cut = eighths(SCALE, is_whole=False)
    assert value("never_ended", cut, eighths(SCALE)) == 0.5
    for name in ("bars_complete", "bars_asked", "ends_on_tonic", "ends_on_beat"):
        assert judge(cut)[name] == NOTHING
    assert value("in_mode", cut) == 1


def test_the_range_is_a_mean_over_tunes():
    assert value("range", eighths([60, 72]), eighths([60, 64, 55])) == pytest.approx((12 + 9) / 2)


def test_form_is_a_share_of_the_bars_and_of_the_tunes():
    other = SCALE[::-1]
    figures = judge(eighths(SCALE * 2 + other))
    assert figures["bars_1"].value == figures["pitches_1"].value == 0.5
    assert figures["bars_2"].value == 0 and figures["bars_8"] == figures["aabb"] == NOTHING
    aabb, abab, short = random_tune(0), random_tune(0, sections="ABAB"), random_tune(0, sections="AB")
    assert value("aabb", aabb, abab, short) == 0.5


def test_the_metre_counts_where_the_ear_knows_it():
    ear = learn_metres([random_tune(seed, facts) for facts in (REEL, JIG) for seed in range(20)])
    reels, jigs = [random_tune(50)], [random_tune(51, JIG)]
    mistaken = [replace(reels[0], facts=JIG)]
    unknown = [random_tune(52, Facts((3, 2), None, 32, 24))]
    assert judge(*reels, *jigs, *mistaken, *unknown, ear=ear)["metre"].value == pytest.approx(2 / 3)
    assert judge(*unknown, ear=ear)["metre"] == judge(*reels)["metre"] == NOTHING


def test_intervals_are_by_families():
    tunes = [eighths([60, 60 + step]) for step in range(12)]
    family = np.arange(12) // 3
    expected = bootstrap(np.arange(12.0), np.ones(12), family)
    assert judge(*tunes, family=family)["range"] == expected
    assert expected.high - expected.low > judge(*tunes)["range"].high - judge(*tunes)["range"].low


def test_controls_move_the_figures_that_look_for_what_they_undo():
    tunes = [random_tune(seed) for seed in range(12)]
    controls = {"shuffled": bars_shuffled, "random": pitches_drawn, "backwards": read_backwards}
    real, found = judge(*tunes), {name: judge(*undo(tunes)) for name, undo in controls.items()}
    for name in ("bars_8", "pitches_8", "aabb"):
        assert found["shuffled"][name].high < real[name].low
        assert found["random"][name].high < real[name].low
    assert found["random"]["in_mode"].high < real["in_mode"].low == 1
    assert found["shuffled"]["in_mode"] == found["backwards"]["in_mode"] == real["in_mode"]
    for name in ("random", "backwards"):
        assert found[name]["ends_on_tonic"].high < real["ends_on_tonic"].low
    assert {each["bars_complete"].value for each in found.values()} == {1}


def test_a_tune_without_notes_is_no_tune_but_does_no_harm():
    figures = judge(eighths([0] * 16))
    assert figures["never_ended"].value == 0
    assert figures["in_mode"] == figures["range"] == figures["bars_complete"] == NOTHING
    assert judge_tunes([], DEAF) == {}
