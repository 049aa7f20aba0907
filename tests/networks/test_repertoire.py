"""What a model has learned from, in numbers: counted from tunes, kept in its checkpoint."""

import json
from dataclasses import replace

import numpy as np
import pytest
from untrained import random_checkpoint

from melody_tutorial.config import MODELS, ModelSettings
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import Key
from melody_tutorial.networks import Facts, Repertoire, Tune, load_checkpoint, repertoire_of, save_checkpoint

OURS = replace(MODELS["melody_rnn"], units=(8, 6), embedding=5)
JIG, REEL = Facts((6, 8), "dorian", 33, 12), Facts((2, 2), "major", 32, 16)
C_TO_E = np.array([14, 0, 18, 1], np.uint8)  # the pitches 60 and 64
TUNES = [
    *[Tune(C_TO_E, JIG, True, -2)] * 3,  # they were in D
    Tune(C_TO_E, REEL, True, -7),
    Tune(np.array([0, 0, 14, 18], np.uint8), replace(REEL, bars=33), True, -7),  # with a pickup
    Tune(C_TO_E, REEL, False),  # cut
    Tune(C_TO_E, replace(REEL, mode="not clear"), True),
    Tune(C_TO_E, replace(REEL, metre=(7, 8)), True),
    Tune(np.zeros(4, np.uint8), REEL, True),  # without a note
]


def test_whole_tunes_are_counted_in_the_keys_that_they_were_in():
    found = repertoire_of(OURS, TUNES)
    assert found.tunes == {JIG: 3, REEL: 2}
    assert found.keys == {Key(2, "dorian"): 3, Key(7, "major"): 2}
    assert found.middle == pytest.approx((3 * 64 + 2 * 69) / 5)
    assert found.spread == pytest.approx(np.std([64, 64, 64, 69, 69]))


def test_a_model_of_events_alone_has_none_and_one_that_knows_no_tonic_has_no_keys():
    assert repertoire_of(ModelSettings(), TUNES) == repertoire_of(OURS, []) == Repertoire()
    squashed = repertoire_of(replace(OURS, transpose="squash"), TUNES)
    assert squashed.tunes == {JIG: 3, REEL: 2} and not squashed.keys


def test_a_checkpoint_keeps_it(tmp_path):
    checkpoint = replace(random_checkpoint(model=OURS), repertoire=repertoire_of(OURS, TUNES))
    save_checkpoint(tmp_path, checkpoint)
    assert load_checkpoint(tmp_path).repertoire == checkpoint.repertoire
    assert '"6/8 dorian 33 12": 3' in (tmp_path / "config.json").read_text()
    assert load_checkpoint("basic_rnn").repertoire == Repertoire()  # that ships, of the first version


@pytest.mark.parametrize("tunes", [{"6/8 dorian 33": 3}, {"6/8 dorian x 12": 3}, ["6/8"], 5])
def test_one_that_is_damaged_is_refused_in_a_sentence(tmp_path, tunes):
    save_checkpoint(tmp_path, random_checkpoint(model=OURS))
    config = json.loads((tmp_path / "config.json").read_text())
    config["repertoire"]["tunes"] = tunes
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"config\.json is no melody_tutorial checkpoint"):
        load_checkpoint(tmp_path)
