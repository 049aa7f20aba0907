"""Form, in tunes whose bars are known."""

from dataclasses import replace

import numpy as np
import pytest
from tunes_by_hand import JIG, REEL, eighths, random_tune

from melody_tutorial.evaluation.tunes.controls import bars_shuffled, pitches_drawn
from melody_tutorial.evaluation.tunes.form import LAGS, find_repeats, is_aabb

UP, DOWN = [60, 62, 64, 65, 67, 69, 71, 72], [72, 71, 69, 67, 65, 64, 62, 60]


def test_bars_that_came_before_are_counted():
    tune = eighths([*UP, *DOWN, *UP, *UP])
    assert find_repeats(tune, 1) == (1, 1, 3)  # the last bar is as the one before
    assert find_repeats(tune, 2) == (1, 1, 2)  # the third is as the first, the fourth not as the second
    assert find_repeats(tune, 4) == (0, 0, 0)


def test_other_rhythms_have_the_same_pitches():
    dotted = [60, 0, 0, 62, 64, 0, 0, 65]
    even = [60, 62, 64, 65, 0, 0, 0, 0]
    assert find_repeats(eighths([*dotted, *even]), 1) == (0, 1, 1)


def test_a_bar_in_which_nothing_starts_repeats_nothing():
    assert find_repeats(eighths([*UP, *[0] * 8, *[0] * 8]), 1) == (0, 0, 0)
    assert find_repeats(eighths([0] * 32), 1) == (0, 0, 0)


def test_a_pickup_and_what_lacks_at_the_end_are_no_bars():
    """A rest of six eighths, two of pickup, two bars alike, and six eighths of a bar."""
    tune = eighths([55, 59, *UP, *UP, *UP[:6]], rest=12)
    assert find_repeats(tune, 1) == (1, 1, 1)


def test_aabb_is_found_with_and_without_pickup():
    a, b = UP * 4 + DOWN * 4, DOWN * 4 + UP * 4
    assert is_aabb(eighths(a + a + b + b)) is True
    assert is_aabb(eighths(a + b + a + b)) is False
    assert is_aabb(eighths(a + a + a + a)) is False, "the third section has to be another one"
    assert is_aabb(eighths(a + a + b)) is None, "there are not four sections"
    with_pickup = [67, *a[:-1], 67, *a[:-1], 67, *b[:-1], 67, *b[:-1]]
    assert is_aabb(eighths(with_pickup, rest=14)) is True


@pytest.mark.parametrize(("changed", "found"), [(25, True), (26, False)])
def test_a_fifth_of_a_section_may_differ(changed, found):
    """Of 128 steps, 25 are 19.5 % and 26 are 20.3 %."""
    tune = random_tune(0)
    ids = tune.ids.copy()
    ids[128 : 128 + changed] = (ids[:changed] + 1) % 38
    assert is_aabb(replace(tune, ids=ids)) is found


def test_a_last_bar_may_be_short():
    tune = random_tune(1, JIG)
    assert is_aabb(replace(tune, ids=tune.ids[:-4])) is True
    assert is_aabb(replace(tune, ids=tune.ids[:-7])) is None, "31 bars, by rounding"
    after_a_rest = np.concatenate([np.zeros(10, np.uint8), tune.ids[:-7]])
    assert is_aabb(replace(tune, ids=after_a_rest)) is None, "a rest before the first note is no part of it"


def test_shuffled_bars_lose_their_form():
    tunes = [random_tune(seed) for seed in range(10)]
    shuffled, drawn = bars_shuffled(tunes), pitches_drawn(tunes)
    assert all(is_aabb(tune) for tune in tunes)
    assert not any(is_aabb(tune) for tune in [*shuffled, *drawn])
    eight = [sum(find_repeats(tune, 8).exact for tune in set_) for set_ in (tunes, shuffled, drawn)]
    assert eight[0] > 5 * eight[1] and eight[2] == 0


def test_every_lag_is_found_where_it_was_made():
    for lag in LAGS:
        bars = np.tile(random_tune(2, REEL, "AB").ids.reshape(-1, 16)[:lag], (2, 1))
        repeats = find_repeats(replace(random_tune(2), ids=bars.ravel()), lag)
        assert repeats.exact == repeats.pitches == repeats.bars > 0
