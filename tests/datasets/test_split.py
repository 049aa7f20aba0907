"""The frozen split: when it holds, what it says, and that relatives are on one side."""

import json
from dataclasses import replace

import numpy as np
import pytest
from examples import TUNES

from melody_tutorial.config import DatasetSettings
from melody_tutorial.datasets.corpus import build_corpus, corpus_facts
from melody_tutorial.datasets.dataset import build_dataset, open_dataset
from melody_tutorial.datasets.families import find_families
from melody_tutorial.datasets.split import Split, find_split, inputs_sum, read_split, split_file, write_split
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import DEGREES, find_alike_bars, longest_varied_copies
from melody_tutorial.files import read_json
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies.extraction import extract_sources
from tools.split import ALIKE, PASSAGE, SHOWN

HELD_OUT = {"1.mid": "validation", "2.mid": "test", "3.mid": "test"}
SMALL = Split("tunebooks", "0" * 64, HELD_OUT)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The whole default corpus."""
    return build_corpus(output=tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="module")
def melodies(archive):
    return extract_sources([archive])[0]


def test_the_frozen_split_is_about_the_installed_corpus(archive, melodies):
    split, tunes = read_split(), {melody.source for melody in melodies}
    assert split.inputs == inputs_sum(corpus_facts(archive)["inputs"])
    assert split.held_out.keys() <= tunes
    sides = [split.side(tune) for tune in tunes]
    shares = [sides.count(side) / len(sides) for side in ("train", "validation", "test")]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.005)
    assert all(any(title in tune and split.side(tune) == "test" for tune in tunes) for title in SHOWN)


def test_the_frozen_split_keeps_families_together(melodies):
    split, side_of_family = read_split(), {}
    for melody, family in zip(melodies, find_families(melodies).family.tolist(), strict=True):
        assert side_of_family.setdefault(family, split.side(melody.source)) == split.side(melody.source)


def parts(melodies):
    """The held-out melodies of the frozen split and those for training; and, as a control, a part of the
    latter and the others, dealt with no regard to families."""
    split = read_split()
    held_out = [melody for melody in melodies if split.side(melody.source) != "train"]
    train = [melody for melody in melodies if split.side(melody.source) == "train"]
    return held_out, train, train[::8], [melody for number, melody in enumerate(train) if number % 8]


def test_no_long_passage_stands_on_two_sides_of_the_frozen_split(melodies):
    """Not even varied, but for a stock figure of reels, played twice; read backwards, 11 tunes have one."""
    held_out, train, dealt, others = parts(melodies)

    def related(left, right):
        copies = longest_varied_copies([tune.events for tune in left], [tune.events for tune in right])
        pairs = zip(left, copies, strict=True)
        return [tune.source for tune, copy in pairs if copy and copy.notes >= PASSAGE]

    assert related(held_out, train) == ["oneills1850/1480 The Mooncoin Reel.mid"]
    assert len(related(dealt[::4], others)) > 10


def test_no_eight_bars_alike_stand_on_two_sides_of_the_frozen_split(melodies):
    """Of some of the held-out tunes, as it takes time."""
    held_out, train, dealt, others = parts(melodies)
    assert not len(find_alike_bars(held_out[::8], train, ALIKE, DEGREES).ours)
    assert len(np.unique(find_alike_bars(dealt[::4], others, ALIKE, DEGREES).ours)) > 20


def test_it_holds_for_the_default_corpus_and_settings_alone(archive, tmp_path):
    told = []
    assert find_split([archive], DatasetSettings(), told.append) == read_split()
    assert find_split([archive], DatasetSettings(transpose="tonic"), told.append) == read_split()
    for other in (DatasetSettings(seed=1), DatasetSettings(eval_ratio=0.2), DatasetSettings(test_ratio=0.2)):
        assert find_split([archive], other, told.append) is None
    copy = tmp_path / "mine.zip"
    copy.write_bytes(archive.read_bytes())
    for archives in ([copy], [archive, copy], []):
        assert find_split(archives, DatasetSettings(), told.append) is None
    assert told == []


def test_another_version_of_the_corpus_is_told(tmp_path):
    archive = build_corpus(output=tmp_path, max_tunes=2)
    path = archive.with_name("manifest.json")
    facts = read_json(path)
    facts["inputs"][next(iter(facts["inputs"]))] = "0" * 64
    path.write_text(json.dumps(facts), encoding="utf-8")
    told = []
    assert find_split([archive], DatasetSettings(), told.append) is None
    assert len(told) == 1 and "another version of the tune books" in told[0]


def test_a_part_of_the_corpus_is_split_alike(tmp_path):
    archive = build_corpus(output=tmp_path, max_tunes=2)
    assert find_split([archive], DatasetSettings(), print) == read_split()


def test_a_dataset_follows_a_split(tmp_path):
    manifest = build_dataset(TUNES, Funnel(), tmp_path / "tunes", split=SMALL)
    dataset = open_dataset(tmp_path / "tunes")
    found = {record.source: side for side in dataset.sides for record in dataset.records(side)}
    assert {tune: side for tune, side in found.items() if side != "train"} == HELD_OUT
    assert manifest["split"] == {"frozen": "tunebooks", "sha256": SMALL.sha256}


def test_where_a_side_would_be_empty_another_split_is_drawn(tmp_path):
    manifest = build_dataset(TUNES[2:], Funnel(), tmp_path / "tunes", split=SMALL)
    assert manifest["split"] == {"drawn": 0} and manifest["validation"]["melodies"] == 4


def test_what_is_written_is_read(tmp_path):
    path = write_split(SMALL, tmp_path / "split.json")
    assert read_split(path) == SMALL
    path.write_text(path.read_text().replace("2.mid", "4.mid"))
    with pytest.raises(UserError, match=r"split\.json is no split .it was altered"):
        read_split(path)


def test_a_split_of_an_earlier_version_has_a_check_sum_of_its_lists_alone(tmp_path):
    path = write_split(SMALL, tmp_path / "split.json")
    facts = read_json(path)
    path.write_text(json.dumps(facts))
    assert read_split(path) == SMALL
    path.write_text(json.dumps(facts | {"test": ["4.mid"]}))
    with pytest.raises(UserError, match=r"split\.json: the lists of tunes were altered"):
        read_split(path)
    path.write_text(json.dumps(facts | {"test": 4}))
    with pytest.raises(UserError, match=r"split\.json is no split .test is 4, no list"):
        read_split(path)


def test_the_order_of_the_lists_does_not_count():
    assert replace(SMALL, held_out=dict(reversed(HELD_OUT.items()))).sha256 == SMALL.sha256
    assert json.loads(split_file().read_text(encoding="utf-8"))["sha256"] == read_split().sha256
