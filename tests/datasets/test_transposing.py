"""Melodies of all keys → records, and the counts of their keys."""

from dataclasses import replace

import numpy as np
import pytest
from examples import TUNES

from melody_tutorial.config import MODELS, DatasetSettings
from melody_tutorial.datasets.dataset import build_dataset, open_dataset
from melody_tutorial.datasets.split import SIDES
from melody_tutorial.datasets.transposing import check_transposed, count_keys, to_records, with_keys
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies.encoding import decode_events
from melody_tutorial.melodies.key_finding import find_keys
from melody_tutorial.melodies.keys import MODES, NOT_CLEAR, Key
from melody_tutorial.melodies.melody import Melody

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}


def tune(mode: str, tonic: int) -> Melody:
    """The scale of a mode up and down to a long tonic."""
    up = [60 + tonic + degree for degree in SCALES[mode]]
    events = [*up, up[0] + 12, *up[::-1], -2, -2, -2, -2]
    return Melody(np.array(events, np.int8), source=f"{mode} {tonic}.mid", key=Key(tonic, mode, "field"))


KEYED = [tune(mode, tonic) for mode in MODES for tonic in range(12)]


def first_pitch_classes(records) -> set[int]:
    return {int(decode_events(record.ids)[0]) % 12 for record in records}


def test_a_common_tonic_is_c_in_every_mode():
    records = to_records(KEYED, "tonic")
    assert first_pitch_classes(records) == {0}
    assert [record.key for record in records] == [Key(0, melody.key.mode) for melody in KEYED]


def test_squash_leaves_each_mode_at_another_tonic():
    """On white keys minor begins on A, dorian on D, mixolydian on G."""
    records = to_records(KEYED, "squash")
    for number, tonic in enumerate([0, 9, 2, 7]):
        assert first_pitch_classes(records[12 * number : 12 * number + 12]) == {tonic}
    assert all(record.key.tonic == int(decode_events(record.ids)[0]) % 12 for record in records)


def test_all_keys_know_their_keys():
    records = to_records(KEYED[:2], "all")
    assert sorted(record.key.tonic for record in records) == sorted([*range(12), *range(12)])
    assert all(record.key.tonic == int(decode_events(record.ids)[0]) % 12 for record in records)


def test_a_melody_without_a_key_gets_that_of_its_notes_and_one_with_a_key_keeps_it():
    plain = replace(KEYED[5], key=None)
    odd = replace(KEYED[5], key=Key(3, "lydian", "field"))
    silent = Melody(np.full(8, -2, np.int8))
    found = with_keys([plain, odd, silent])
    assert found[0].key == find_keys([plain])[0] == Key(5, "major") and found[0].key.found == "notes"
    assert found[1] is odd
    assert found[2].key is None and found[2].events is silent.events
    (record,) = to_records([silent], "tonic")
    assert record.key is None and record.semitones == 0


def test_keys_are_counted_by_name_by_mode_and_by_what_told_them():
    melodies = [*KEYED[:2], replace(KEYED[0], key=Key(0, NOT_CLEAR, "notes")), KEYED[0], Melody(np.zeros(1))]
    assert count_keys(melodies) == {
        "keys": {"C major": 2, "D flat major": 1, "C, mode not clear": 1},
        "modes": {"major": 3, NOT_CLEAR: 1},
        "found": {"field": 3, "notes": 1},
        "not_clear": 0.25,
    }


@pytest.mark.parametrize("transpose", ["squash", "tonic", "all", "none"])
def test_a_dataset_tells_its_keys_and_its_records_theirs(tmp_path, transpose):
    manifest = build_dataset(TUNES, Funnel(), tmp_path / "tunes", DatasetSettings(transpose=transpose))
    dataset = open_dataset(tmp_path / "tunes")
    assert manifest["keys"] == dataset.manifest["keys"] == count_keys(with_keys(TUNES))
    keys = {melody.source: melody.key for melody in with_keys(TUNES)}
    for side in ("train", "validation", "test"):
        for record in dataset.records(side):
            assert record.key == keys[record.source].moved(record.semitones)
            assert transpose != "tonic" or record.key.tonic == 0
            assert transpose != "none" or record.semitones == 0


def test_without_transposing_every_pitch_stays(tmp_path):
    """From a cello's lowest note to above what the 38 classes hold."""
    low, *others = TUNES
    low = replace(low, events=np.where(low.events < 0, low.events, low.events - 36).astype(np.int8))
    manifest = build_dataset([low, *others], Funnel(), tmp_path / "tunes", DatasetSettings(transpose="none"))
    assert (manifest["classes"], manifest["min_pitch"]) == (130, 0)
    dataset = open_dataset(tmp_path / "tunes")
    kept = {record.source: record for side in SIDES for record in dataset.records(side)}
    for melody in (low, others[0]):
        np.testing.assert_array_equal(decode_events(kept[melody.source].ids, 130), melody.events)
    squashed = build_dataset(TUNES, Funnel(), tmp_path / "squashed")
    assert (squashed["classes"], squashed["min_pitch"]) == (38, 48)


@pytest.mark.parametrize(("transpose", "name"), [("none", "mono_rnn"), ("tonic", "melody_rnn")])
def test_a_model_is_not_given_melodies_that_it_cannot_read(transpose, name):
    sentence = rf"^tunes has .* {transpose}, but .* squash: .* --model: (\w+ or )*{name}\b"
    with pytest.raises(UserError, match=sentence):
        check_transposed(transpose, MODELS["basic_rnn"], "tunes")
    check_transposed(transpose, MODELS[name], "tunes")
    check_transposed("all", MODELS["basic_rnn"], "tunes")


def test_transposing_does_not_change_the_split(tmp_path):
    sources = []
    for transpose in ("squash", "tonic"):
        build_dataset(TUNES, Funnel(), tmp_path / transpose, DatasetSettings(transpose=transpose))
        sources.append([record.source for record in open_dataset(tmp_path / transpose).records("test")])
    assert sources[0] == sources[1]


def test_another_way_of_transposing_is_refused():
    with pytest.raises(UserError, match="transpose is 'C': allowed are squash, tonic, all, none"):
        DatasetSettings(transpose="C")
