"""Datasets: what they hold, how they are split, and what is refused."""

import contextlib
import json
import math
import re

import numpy as np
import pytest
from damage import damaged
from examples import TUNES, random_melody

from melody_tutorial.config import DatasetSettings
from melody_tutorial.datasets.dataset import build_dataset, open_dataset
from melody_tutorial.datasets.split import SIDES, Split
from melody_tutorial.errors import UserError
from melody_tutorial.files import read_json
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies.encoding import encode_events, squash
from melody_tutorial.melodies.melody import Melody


def transposed(melody: Melody, semitones: int, source: str) -> Melody:
    events = np.where(melody.events >= 0, melody.events + semitones, melody.events).astype(np.int8)
    return Melody(events, source=source)


def shard_of(folder, side):
    """The one shard of a side of a small dataset."""
    (path,) = folder.glob(f"{side}-*.tfrecord")
    return path


@pytest.fixture
def folder(tmp_path):
    """A dataset of 40 unrelated tunes."""
    build_dataset(TUNES, Funnel(), tmp_path / "tunes")
    return tmp_path / "tunes"


def test_what_is_written_is_read(tmp_path):
    melodies = [*TUNES, random_melody(99, "waltz.mid", steps_per_bar=12, qpm=90.0)]
    manifest = build_dataset(melodies, Funnel(), tmp_path / "tunes")
    dataset = open_dataset(tmp_path / "tunes")
    assert dataset.manifest == json.loads(json.dumps(manifest))
    records = [record for side in dataset.sides for record in dataset.records(side)]
    by_source = {record.source: record for record in records}
    assert len(by_source) == len(records) == len(melodies)
    for melody in melodies:
        events, semitones = squash(melody.events)
        record = by_source[melody.source]
        assert record.ids.tolist() == encode_events(events).tolist()
        assert record.semitones == semitones
        assert (record.steps_per_bar, record.qpm) == (melody.steps_per_bar, melody.qpm)


@pytest.mark.parametrize(("side", "melodies"), [("train", 32), ("validation", 4), ("test", 4)])
def test_a_tenth_is_for_validation_and_a_tenth_for_the_test(folder, side, melodies):
    dataset = open_dataset(folder)
    assert len(dataset.melodies(side)) == dataset.manifest[side]["melodies"] == melodies
    assert dataset.manifest[side]["events"] == sum(map(len, dataset.melodies(side)))


def test_who_asks_for_two_sides_cannot_read_the_third(folder):
    """Not even its files are looked at."""
    shard_of(folder, "test").write_bytes(b"broken")
    dataset = open_dataset(folder, ("train", "validation"))
    assert len(dataset.melodies("validation")) == 4
    with pytest.raises(UserError, match="side is 'test': allowed are train, validation"):
        dataset.melodies("test")
    with pytest.raises(UserError, match="test-00000"):
        open_dataset(folder)


def test_records_know_their_families(tmp_path):
    copy = transposed(TUNES[3], 2, "variant.mid")
    copy.events[-20:] = 60
    build_dataset([*TUNES, copy], Funnel(), tmp_path / "tunes")
    dataset = open_dataset(tmp_path / "tunes")
    family = {record.source: record.family for side in dataset.sides for record in dataset.records(side)}
    assert family["variant.mid"] == family["3.mid"]
    assert len(set(family.values())) == 40


def test_the_order_of_the_melodies_changes_nothing(tmp_path, folder):
    shuffled = [TUNES[index] for index in np.random.default_rng(1).permutation(len(TUNES))]
    build_dataset(shuffled, Funnel(), tmp_path / "shuffled")
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "shuffled" / path.name).read_bytes()


def test_another_seed_holds_out_other_tunes(tmp_path, folder):
    build_dataset(TUNES, Funnel(), tmp_path / "other", DatasetSettings(seed=1))
    sources = [
        {record.source for record in open_dataset(f).records("test")} for f in (folder, tmp_path / "other")
    ]
    assert sources[0] != sources[1]


def test_a_transposed_copy_is_left_out_and_counted(tmp_path):
    funnel = Funnel()
    copy = transposed(TUNES[3], 5, "copy.mid")
    manifest = build_dataset([*TUNES, copy], funnel, tmp_path / "tunes")
    assert funnel.rejects["duplicate"] == 1
    assert funnel.stages["distinct_melodies"] == 40
    assert (funnel.examples["duplicate"][0].file, funnel.examples["duplicate"][0].found) == (
        "copy.mid",
        "as in 3.mid",
    )
    assert manifest["funnel"]["rejects"] == {"duplicate": 1}


def test_a_family_stays_together(tmp_path):
    """Most of each tune comes back in a variant: never on the other side."""
    variants = []
    for seed, tune in enumerate(TUNES):
        other = random_melody(seed + 1000)
        change = len(tune.events) * 3 // 4
        events = np.concatenate([tune.events[:change], other.events[change:]])
        variants.append(transposed(Melody(events), seed % 5 - 2, f"{seed}-variant.mid"))
    manifest = build_dataset([*TUNES, *variants], Funnel(), tmp_path / "tunes")
    assert manifest["families"] == {
        "tunes": 80,
        "families": 40,
        "largest": 2,
        "tunes_with_relatives": 80,
        "families_by_size": {"2": 40},
    }
    assert manifest["overlap"]["intervals"] == {"melodies": 0, "share": 0.0, "backwards": 0.0}
    sides = [
        {record.source.replace("-variant", "") for record in open_dataset(tmp_path / "tunes").records(side)}
        for side in SIDES
    ]
    assert [len(side) for side in sides] == [32, 4, 4]
    assert len(set.union(*sides)) == 40


def test_a_tune_that_the_frozen_split_does_not_know_is_not_learned_if_a_relative_is_held_out(tmp_path):
    """Its second half is new; the control: related to a tune that is trained on, it stays."""
    rng = np.random.default_rng(5)
    held_out = {TUNES[0].source: "validation", TUNES[1].source: "test"}
    split = Split("tunebooks", "", held_out)
    varied = [
        Melody(np.concatenate([tune.events[:80], rng.permutation(tune.events[80:])]), source=f"varied {n}")
        for n, tune in enumerate(TUNES[:3])
    ]
    funnel = Funnel()
    build_dataset([*TUNES, *varied], funnel, tmp_path / "tunes", split=split)
    sources = {record.source for record in open_dataset(tmp_path / "tunes").records("train")}
    assert sources == {melody.source for melody in [*TUNES[2:], varied[2]]}
    assert funnel.rejects["relative"] == 2


def test_all_melodies_of_a_file_stay_together(tmp_path):
    melodies = [random_melody(seed, f"{seed // 4}.mid") for seed in range(40)]
    build_dataset(melodies, Funnel(), tmp_path / "tunes")
    assert len({record.source for record in open_dataset(tmp_path / "tunes").records("test")}) == 1


def test_all_keys_are_for_training_only(tmp_path):
    manifest = build_dataset(TUNES, Funnel(), tmp_path / "tunes", DatasetSettings(transpose="all"))
    assert (manifest["train"]["melodies"], manifest["train"]["records"]) == (32, 32 * 12)
    for side in ("validation", "test"):
        assert (manifest[side]["melodies"], manifest[side]["records"]) == (4, 4)
    dataset = open_dataset(tmp_path / "tunes")
    shifts = [record.semitones for record in dataset.records("train") if record.source == "6.mid"]
    assert len(shifts) == 12
    assert {shift % 12 for shift in shifts} == set(range(12))


def test_many_melodies_fill_several_shards(tmp_path, monkeypatch):
    monkeypatch.setattr("melody_tutorial.datasets.dataset.RECORDS_PER_SHARD", 10)
    build_dataset(TUNES, Funnel(), tmp_path / "tunes")
    names = sorted(path.name for path in (tmp_path / "tunes").iterdir())
    assert [re.sub("-[0-9a-f]{12}", "", name) for name in names] == [
        "manifest.json",
        "test-00000-of-00001.tfrecord",
        "train-00000-of-00004.tfrecord",
        "train-00001-of-00004.tfrecord",
        "train-00002-of-00004.tfrecord",
        "train-00003-of-00004.tfrecord",
        "validation-00000-of-00001.tfrecord",
    ]
    assert len(open_dataset(tmp_path / "tunes").melodies("train")) == 32


def test_a_melody_costs_little_on_disk(folder):
    manifest = open_dataset(folder).manifest
    for side in SIDES:
        size = sum(shard["bytes"] for shard in manifest[side]["shards"])
        assert size <= 1.1 * manifest[side]["events"] + 200 * manifest[side]["records"]


@pytest.mark.parametrize("side", SIDES)
def test_a_missing_shard_is_named(folder, side):
    shard_of(folder, side).unlink()
    with pytest.raises(UserError, match=rf"{side}-00000-of-00001-.*\.tfrecord: .* missing"):
        open_dataset(folder)


def first_record_of(content: bytes) -> bytes:
    return content[: 16 + int.from_bytes(content[:8], "little")]


@pytest.mark.parametrize("cut", [lambda content: b"", first_record_of, lambda content: content[:-1]])
def test_a_truncated_shard_is_named(folder, cut):
    path = shard_of(folder, "train")
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(UserError, match=r"train-00000-of-00001-.*\.tfrecord: .* bytes, not the"):
        open_dataset(folder)


def test_an_altered_shard_is_named(folder):
    path = shard_of(folder, "train")
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"train-00000-of-00001-.*\.tfrecord: .* altered"):
        open_dataset(folder)


@pytest.mark.parametrize("name", ["../../etc/passwd", "manifest.json", ""])
def test_a_manifest_that_names_other_files_is_refused(folder, name):
    manifest = read_json(folder / "manifest.json")
    manifest["test"]["shards"][0]["name"] = name
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError, match=rf"manifest\.json names {name!r}, no shard"):
        open_dataset(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 99}'])
def test_another_manifest_is_refused(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(UserError, match=r"manifest\.json.*melody-tutorial extract"):
        open_dataset(folder)


NONSENSE = {  # what a manifest says, and what is wrong with it
    "a shard without a name": ({"test": {"melodies": 1, "events": 9, "shards": [{}]}}, "lacks 'name'"),
    "a number of shards": ({"train": {"melodies": 1, "events": 9, "shards": 7}}, "shards is 7, no list"),
    "a side that is a list": ({"validation": []}, r"validation is \[\], no dict"),
    "no settings": ({"dataset": None}, "dataset is None, no dict"),
    "classes in words": ({"classes": "38"}, "classes is '38', no int"),
    "a count that is infinite": ({"funnel": {"stages": {"files": math.inf}}}, "Infinity is no finite number"),
    "half a file": ({"funnel": {"stages": {"files": 0.5}, "rejects": {}}}, "files is 0.5, no int"),
}


@pytest.mark.parametrize(("change", "found"), NONSENSE.values(), ids=NONSENSE.keys())
def test_a_manifest_that_says_nonsense_is_refused(folder, change, found):
    """Each of these was a raw KeyError or TypeError once, now or later."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(read_json(path) | change))
    with pytest.raises(UserError, match=rf"manifest\.json: .*{found}.*melody-tutorial extract"):
        open_dataset(folder)


def test_no_byte_of_a_manifest_can_be_altered_or_cut_off_unnoticed(folder):
    """Of 500 altered ones 161 were opened once with other values than were written."""
    path, whole = folder / "manifest.json", open_dataset(folder).manifest
    for altered in damaged(path.read_bytes()):
        path.write_bytes(altered)
        with contextlib.suppress(UserError):
            assert open_dataset(folder).manifest.items() >= whole.items()
            assert b"check_sum" not in altered  # its name was hit, and nothing of what it vouches for


def test_a_damaged_dataset_is_replaced(folder):
    """Whoever follows the advice to extract once more is not refused."""
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"true", b"false").replace(b"squash", b"squish"))
    with pytest.raises(UserError, match="altered after it was written"):
        open_dataset(folder)
    build_dataset(TUNES[:10], Funnel(), folder)
    assert open_dataset(folder).manifest["train"]["melodies"] == 8


def test_a_folder_without_dataset_says_how_to_make_one(tmp_path):
    with pytest.raises(UserError, match=r"nowhere.*melody-tutorial extract ARCHIVE"):
        open_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize("melodies", [[], TUNES[:2], [*TUNES[:2], transposed(TUNES[0], 2, "copy.mid")]])
def test_too_few_tunes_to_split_are_refused(tmp_path, melodies):
    with pytest.raises(UserError, match=r"--eval-ratio 0\.1 and --test-ratio 0\.1, .* three different tunes"):
        build_dataset(melodies, Funnel(), tmp_path / "tunes")
    assert not (tmp_path / "tunes").exists()


@pytest.mark.parametrize("ratios", [(0.0, 0.1), (0.1, 0.0), (1.0, 0.1), (0.5, 0.5)])
def test_an_empty_side_is_refused(tmp_path, ratios):
    with pytest.raises(UserError, match="--eval-ratio {:g} and --test-ratio {:g} would".format(*ratios)):
        build_dataset(TUNES, Funnel(), tmp_path / "tunes", DatasetSettings(*ratios))


def test_a_dataset_replaces_another(folder):
    build_dataset(TUNES[:10], Funnel(), folder)
    assert open_dataset(folder).manifest["train"]["melodies"] == 8
    assert len(list(folder.iterdir())) == 4


def test_a_dataset_of_two_sides_is_replaced(folder):
    """That of an earlier version: train and eval; it is not read any more."""
    manifest = read_json(folder / "manifest.json")
    (shard,) = manifest.pop("validation")["shards"]
    old = shard["name"].replace("validation", "eval")
    (folder / shard["name"]).rename(folder / old)
    manifest |= {"format": 1, "eval": {"shards": [shard | {"name": old}]}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError, match=r"its format is 1, 3 is read here.*melody-tutorial extract"):
        open_dataset(folder)
    build_dataset(TUNES[:10], Funnel(), folder)
    assert len(list(folder.iterdir())) == 4 and not (folder / old).exists()


def test_a_folder_with_other_files_is_left_alone(folder):
    (folder / "thesis.txt").write_text("years of work")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UserError, match=r"thesis\.txt"):
        build_dataset(TUNES[:10], Funnel(), folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["manifest.json", "train-00000-of-00002.tfrecord"])
def test_files_of_another_program_are_left_alone(tmp_path, name):
    """TensorFlow's own shards have such names, and many programs write a manifest.json."""
    (tmp_path / name).write_text('{"name": "mine"}')
    with pytest.raises(UserError, match=rf"holds '{name}', which is no part of a dataset"):
        build_dataset(TUNES, Funnel(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_a_file_manager_leaves_is_in_nobodys_way(folder):
    (folder / ".DS_Store").write_bytes(b"icons")
    build_dataset(TUNES[:10], Funnel(), folder)
    assert (folder / ".DS_Store").exists() and open_dataset(folder)


def test_shards_of_an_earlier_version_are_replaced(folder):
    """Their names held no check sum."""
    manifest = read_json(folder / "manifest.json")
    for side in SIDES:
        (shard,) = manifest[side]["shards"]
        plain = re.sub("-[0-9a-f]{12}", "", shard["name"])
        (folder / shard["name"]).rename(folder / plain)
        shard["name"] = plain
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert len(open_dataset(folder).melodies("train")) == 32
    build_dataset(TUNES[:10], Funnel(), folder)
    assert len(list(folder.iterdir())) == 4 and not (folder / plain).exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "tunes").write_text("")
    with pytest.raises(UserError, match="is a file"):
        build_dataset(TUNES, Funnel(), tmp_path / "tunes")
    with pytest.raises(UserError, match="no dataset here"):
        open_dataset(tmp_path / "tunes")


def test_an_interrupted_write_leaves_the_old_dataset(folder, monkeypatch):
    def interrupt(path, text):
        raise KeyboardInterrupt

    before = {path: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr("melody_tutorial.datasets.dataset.write_json", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build_dataset(TUNES[:10], Funnel(), folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
