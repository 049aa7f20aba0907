"""Relatives: what is related is found whatever was changed, and strangers are not."""

from itertools import combinations
from unittest import mock

import numpy as np
import pytest
from examples import TUNES
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.variants import VARIANTS, backwards, changed, ornamented, vary
from melody_tutorial.datasets import relatives
from melody_tutorial.datasets.corpus import build_corpus
from melody_tutorial.datasets.families import connected_components
from melody_tutorial.datasets.grams import line_of_pulses, line_without_repeats
from melody_tutorial.datasets.passages import notes_of
from melody_tutorial.datasets.relatives import find_candidates, find_relatives
from melody_tutorial.melodies import Melody, extract_sources

REEL = (  # two strains in eighths, as a book with cut time has them
    "69 66 62 66 69 66 62 66 71 67 64 67 71 67 64 67 69 66 62 66 69 71 73 74 76 73 69 73 74 73 71 69 "
    "74 78 81 78 74 78 81 78 73 76 79 76 73 76 79 76 74 78 81 78 79 76 73 76 74 73 71 69 67 66 64 62"
)


def in_notes(text: str, steps: int, steps_per_bar: int = 16) -> Melody:
    """Pitches as notes of so many steps."""
    pitches = [int(pitch) for pitch in text.split()]
    events = np.full(len(pitches) * steps, -2, dtype=np.int8)
    events[::steps] = pitches
    return Melody(events, steps_per_bar=steps_per_bar)


def pairs_of(melodies) -> set[tuple[int, int]]:
    """The numbers of related melodies."""
    return set(map(tuple, find_relatives([melody.events for melody in melodies]).melodies.tolist()))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Melodies of the first 300 tunes of a book."""
    archive = build_corpus(output=tmp_path_factory.mktemp("corpora"), max_tunes=300)
    return extract_sources([archive])[0]


def test_a_reel_in_sixteenths_of_two_four_meets_itself_in_eighths_of_cut_time():
    ours, theirs = in_notes(REEL, 1, steps_per_bar=8), in_notes(REEL, 2)
    assert pairs_of([ours, *TUNES, theirs]) == {(0, 1 + len(TUNES))}


def test_one_passing_note_after_the_other_does_not_hide_a_tune():
    plain = in_notes(REEL, 4)
    events = plain.events.copy()
    events[6::16] = events[4::16] + 1  # after every fourth note the next semitone
    assert pairs_of([plain, Melody(events)]) == {(0, 1)}


def test_the_transposition_is_found():
    rng = np.random.default_rng(0)
    for semitones in (-5, 3, 12):
        moved = np.where(TUNES[0].events >= 0, TUNES[0].events + semitones, -2).astype(np.int8)
        found = find_relatives([TUNES[0].events, vary(Melody(moved), [ornamented], rng).events])
        assert found.transposition.tolist() == [-semitones]


@pytest.mark.parametrize("name", VARIANTS)
def test_planted_variants_are_found(book, name):
    rng = np.random.default_rng(7)
    variants = [vary(melody, VARIANTS[name], rng) for melody in book[::2]]
    pairs = pairs_of([*book, *variants])
    found = [(2 * place, len(book) + place) in pairs for place in range(len(variants))]
    assert len(found) > 100 and np.mean(found) >= 0.97


def test_melodies_read_backwards_are_strangers(book):
    pairs = pairs_of([*book, *map(backwards, book)])
    strangers = {(a, b) for a, b in pairs if a < len(book) <= b and b - len(book) != a}
    assert len(strangers) <= 0.005 * len(book)


def test_an_alignment_finds_tunes_with_few_grams_left(book):
    """Changes in nearly every bar leave less than a quarter of the grams."""
    rng = np.random.default_rng(8)
    variants = [vary(melody, [changed, changed, changed], rng).events for melody in book[::2]]
    found = find_relatives([*(melody.events for melody in book), *variants])
    left, right = found.melodies.T
    own = 2 * (right - len(book)) == left
    assert own.sum() >= 0.97 * len(variants)
    assert np.median(found.overlap[own]) < relatives.ENOUGH_OVERLAP


def test_few_grams_in_common_say_less():
    """20 notes have 13 runs of seven intervals, and 6 of every second note; ten are added to them."""
    song = in_notes(" ".join(map(str, np.random.default_rng(0).permutation(np.arange(60, 80)))), 2)
    found = find_candidates(notes_of([song.events, song.events]), 2)
    assert found.overlap.tolist() == [pytest.approx(19 / 29)]


def test_random_tunes_are_strangers():
    assert not pairs_of(TUNES)


def plain_candidates(melodies, least_shared, least_overlap):
    """Pairs of melodies with overlap and transposition, by sets of grams."""
    notes = notes_of(melodies)
    pulses = line_of_pulses(notes, len(melodies))
    lowest = []
    for index in range(len(melodies)):
        grams = {}
        for line, stride in ((line_without_repeats(notes), 1), (pulses, 1), (pulses, 2)):
            pitch = line.pitch[line.melody == index].tolist()
            span = relatives.INTERVALS * stride
            for start in range(len(pitch) - span):
                run = pitch[start : start + span + 1 : stride]
                gram = tuple(np.diff(run).tolist())
                grams[gram] = min(grams.get(gram, 127), run[0])
        lowest.append(grams)
    found = {}
    for left, right in combinations(range(len(melodies)), 2):
        moves = [
            lowest[left][gram] - lowest[right][gram] for gram in lowest[left].keys() & lowest[right].keys()
        ]
        shared = max((moves.count(move) for move in moves), default=0)
        share = shared / (min(len(lowest[left]), len(lowest[right])) + relatives.FEW)
        if shared >= least_shared and share >= least_overlap:
            found[left, right] = (share, {move for move in moves if moves.count(move) == shared})
    return found


tune = st.lists(st.sampled_from([-2, 60, 62, 64, 72]), min_size=12, max_size=40)


@given(st.lists(tune, min_size=2, max_size=6), st.sampled_from([1, 10, 1 << 20]))
def test_candidates_are_those_of_a_plain_loop(tunes, events):
    melodies = [np.array([*tune, *tunes[0]]) for tune in tunes]
    with mock.patch.object(relatives, "EVENTS", events):
        found = find_candidates(notes_of(melodies), len(melodies))
    expected = plain_candidates(melodies, relatives.LEAST_SHARED, relatives.LEAST_OVERLAP)
    assert dict(zip(map(tuple, found.melodies.tolist()), found.overlap.tolist(), strict=True)) == {
        pair: pytest.approx(share) for pair, (share, _) in expected.items()
    }
    for pair, transposition in zip(found.melodies.tolist(), found.transposition.tolist(), strict=True):
        assert transposition in expected[tuple(pair)][1]


def test_very_many_copies_are_found_by_way_of_each_other(monkeypatch):
    monkeypatch.setattr(relatives, "NEIGHBOURS", 3)
    rng = np.random.default_rng(9)
    copies = [vary(TUNES[0], [ornamented], rng).events for _ in range(30)]
    found = find_relatives(copies).melodies
    assert set(connected_components(30, found).tolist()) == {0}
    assert len(found) < 30 * 29 / 2


@pytest.mark.parametrize("melodies", [[], [[-2]], [[60, 62]], [[60, 62], [60, 62]]])
def test_what_is_too_short_has_no_relatives(melodies):
    assert len(find_relatives([np.array(events) for events in melodies])) == 0
