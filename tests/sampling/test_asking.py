"""What is asked of new tunes: read, completed by a primer, and drawn where nobody says."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, TuneSettings
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import Key, Melody
from melody_tutorial.networks import NOTHING_KNOWN, Facts, Repertoire
from melody_tutorial.sampling.asking import Asked, draw_facts, draw_place, read_asked, read_tonic, with_primer

JIG, JIG_32, REEL = (
    Facts((6, 8), "major", 33, 12),
    Facts((6, 8), "dorian", 32, 12),
    Facts((2, 2), "major", 17, 16),
)
KNOWN = Repertoire(
    {JIG: 6, JIG_32: 1, REEL: 3}, {Key(2, "major"): 1, Key(7, "major"): 1, Key(9, "dorian"): 1}
)


@pytest.fixture(scope="module")
def checkpoint():
    model = replace(MODELS["melody_rnn"], units=(8, 6), embedding=5)
    return replace(random_checkpoint(model=model), repertoire=KNOWN)


def rng():
    return np.random.default_rng(0)


def test_what_is_asked_is_read(checkpoint):
    tune = TuneSettings(metre=" 6/8", key="f# ", mode="Dorian", bars=32)
    assert read_asked(tune, checkpoint) == Asked((6, 8), "dorian", 32, 6)
    assert read_asked(TuneSettings(), checkpoint) == Asked()


TONICS = {
    **{"C": 0, "d": 2, "F#": 6, "f sharp": 6, "Fsharp": 6, "Bb": 10, "bb": 10, "B": 11, "b": 11},
    **{"B flat": 10, "E♭": 3, "C♯": 1, "Cb": 11, "B#": 0},
}


@pytest.mark.parametrize(("text", "tonic"), TONICS.items())
def test_a_tonic_may_be_written_in_many_ways(text, tonic):
    assert read_tonic(text) == tonic


@pytest.mark.parametrize("text", ["", "H", "D dorian", "Am", "F##", "7", "#"])
def test_what_is_no_tonic_is_refused(text):
    with pytest.raises(UserError, match=r"--key is .*: allowed are the letters A to G, .* by --mode"):
        read_tonic(text)


def test_what_the_model_has_not_learned_is_refused_with_a_list(checkpoint):
    with pytest.raises(UserError, match=r"--metre is '5/4': allowed are 6/8, 2/2, which the model"):
        read_asked(TuneSettings(metre="5/4"), checkpoint)
    with pytest.raises(UserError, match="--mode is 'minor': allowed are major, dorian, which the model"):
        read_asked(TuneSettings(mode="minor"), checkpoint)
    for bars in (0, 65):
        with pytest.raises(UserError, match=f"bars is {bars}: allowed are numbers from 1 to 64"):
            TuneSettings(bars=bars)


@pytest.mark.parametrize("asked", [{"metre": "6/8"}, {"mode": "minor"}, {"bars": 8}, {"key": "D"}])
def test_a_model_of_events_alone_can_be_asked_for_nothing(asked):
    with pytest.raises(UserError, match=f"--{next(iter(asked))} cannot be asked of this model"):
        read_asked(TuneSettings(**asked), random_checkpoint())


class TestPrimer:
    TUNE = Melody(np.array([62, -2, 66, -2, 69, -2, 67, -2, 66, -2, 64, -2], np.int8), 4, 12, 174.0)
    JIG = replace(TUNE, metre=(6, 8), source="jig.mid", key=Key(2, "mixolydian"))

    def test_brings_its_metre_and_its_key(self):
        assert with_primer(Asked(bars=8), self.JIG) == Asked((6, 8), "mixolydian", 8, 2)
        assert with_primer(Asked(mode="major", tonic=7), self.JIG) == Asked((6, 8), "major", None, 7)
        assert with_primer(Asked(), replace(self.JIG, events=self.JIG.events[:0])) == Asked()

    def test_that_is_typed_has_the_key_of_its_notes_and_the_metre_that_is_asked_or_four_four(self):
        typed = replace(self.TUNE, steps_per_bar=16)
        assert with_primer(Asked(metre=(6, 8)), typed) == Asked((6, 8), "major", None, 2)
        assert with_primer(Asked(), typed).metre == (4, 4)

    def test_in_another_metre_or_as_long_as_the_tune_is_refused(self):
        with pytest.raises(UserError, match=r"--metre is 2/2 and the primer is in 6/8: leave --metre out"):
            with_primer(Asked(metre=(2, 2)), self.JIG)
        with pytest.raises(UserError, match=r"--bars is 1 and the primer has 1 bar: ask for more"):
            with_primer(Asked(bars=1), self.JIG)
        assert with_primer(Asked(bars=2), self.JIG).bars == 2


class TestFacts:
    def test_that_are_not_asked_are_drawn_as_tunes_had_them(self):
        drawn = Counter(draw_facts(Asked(), KNOWN, np.random.default_rng(n)) for n in range(1000))
        assert drawn.keys() == {JIG, JIG_32, REEL}
        assert abs(drawn[JIG] - 600) < 60 and abs(drawn[REEL] - 300) < 60

    def test_that_are_asked_are_kept(self):
        assert draw_facts(Asked(mode="dorian"), KNOWN, rng()) == JIG_32
        assert draw_facts(Asked((2, 2), "dorian"), KNOWN, rng()) == replace(REEL, mode="dorian")
        assert draw_facts(Asked((6, 8), bars=20), KNOWN, rng()).bars == 20
        assert draw_facts(Asked(bars=32), KNOWN, rng()) == JIG_32

    def test_of_a_primer_that_is_longer_than_some_tunes(self):
        assert {draw_facts(Asked(), KNOWN, np.random.default_rng(n), 384) for n in range(50)} == {JIG}
        assert draw_facts(Asked((7, 8), "major"), KNOWN, rng(), 2000) == Facts((7, 8), "major", None, 14)

    def test_of_a_model_that_has_learned_none(self):
        assert draw_facts(Asked(), Repertoire(), rng()) == NOTHING_KNOWN


class TestPlace:
    """Real tunes have their middle at pitch 72."""

    def test_the_asked_key_in_the_octave_of_real_tunes(self):
        for low, by in ((60, 2), (72, -10), (48, 14)):  # an octave and a fifth above C
            key, semitones = draw_place(
                np.array([low, low + 19], np.int8), Asked(tonic=2), "dorian", KNOWN, rng()
            )
            assert (key, semitones) == (Key(2, "dorian"), by)

    def test_a_key_in_which_tunes_lie_as_this_one(self):
        """From the fifth below the tonic to the tonic above it: in G, not in D, would it lie as others do."""
        places = [
            draw_place(np.array([55, 74]), Asked(), "major", KNOWN, np.random.default_rng(n))
            for n in range(99)
        ]
        assert Counter(places).most_common(1)[0][0] == (Key(7, "major"), 7)
        assert Counter(places)[(Key(7, "major"), 7)] > 90
        low = [
            draw_place(np.array([62, 78]), Asked(), "major", KNOWN, np.random.default_rng(n))
            for n in range(99)
        ]
        assert Counter(key for key, _ in low)[Key(2, "major")] > 90

    def test_of_what_nothing_is_known(self):
        assert draw_place(np.zeros(0, int), Asked(), None, Repertoire(), rng()) == (None, 0)
