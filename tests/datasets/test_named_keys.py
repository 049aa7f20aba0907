"""From the manifest of a corpus to the keys of melodies."""

import json
import shutil
from itertools import islice

import pytest

from melody_tutorial.datasets import corpus
from melody_tutorial.datasets.named_keys import count_omitted, named_keys, with_named_keys
from melody_tutorial.files import read_json
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies.extraction import extract_sources
from melody_tutorial.melodies.keys import key_of_field
from melody_tutorial.music.abc import count_graces, count_ornaments, tune_key

FIRST = 40


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return corpus.build_corpus(output=tmp_path_factory.mktemp("corpora"), max_tunes=FIRST)


@pytest.fixture
def copied(archive, tmp_path):
    return shutil.copytree(archive.parent, tmp_path / "corpus") / archive.name


def found_by(melodies):
    return {melody.key.found for melody in melodies}


def test_melodies_of_a_corpus_have_the_keys_that_their_tunes_name(archive):
    melodies, _ = extract_sources([archive])
    assert found_by(melodies) == {"notes"}
    named = with_named_keys(melodies, [archive])
    texts = {corpus.member_name(tune): tune.text for tune in corpus.read_tunes()}
    assert [melody.key for melody in named] == [
        key_of_field(tune_key(texts[melody.source])) for melody in melodies
    ]
    assert found_by(named) == {"field"}
    assert [melody.events.tolist() for melody in named] == [melody.events.tolist() for melody in melodies]


def test_a_tune_that_names_several_keys_or_none_keeps_the_key_of_its_notes(copied):
    melodies, _ = extract_sources([copied])
    manifest = copied.with_name("manifest.json")
    facts = read_json(manifest)
    (several, none), rest = [melody.source for melody in melodies[:2]], melodies[2:]
    facts["keys"] |= {several: "D, G", none: "Hp"}
    manifest.write_text(json.dumps(facts))
    named = with_named_keys(melodies, [copied])
    assert [melody.key for melody in named[:2]] == [melody.key for melody in melodies[:2]]
    assert found_by(named[:2]) == {"notes"} and found_by(named[2 : 2 + len(rest)]) == {"field"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": {"a": "G"}}', '{"keys": 3, "sha256": 0}'])
def test_a_manifest_of_something_else_names_nothing(copied, text):
    copied.with_name("manifest.json").write_text(text)
    assert named_keys(copied) == {}


def test_an_archive_that_was_changed_or_has_no_manifest_names_nothing(copied, tmp_path):
    assert len(named_keys(copied)) == FIRST
    copied.write_bytes(copied.read_bytes() + b" ")
    assert named_keys(copied) == {}
    assert named_keys(tmp_path / "nothing.zip") == {}


def test_the_funnel_counts_what_the_tunes_of_a_corpus_lost(archive, tmp_path):
    funnel = Funnel()
    count_omitted([archive, tmp_path / "other.zip"], funnel)
    texts = [tune.text for tune in islice(corpus.read_tunes(), FIRST)]
    graces, ornaments = map(count_graces, texts), map(count_ornaments, texts)
    assert funnel.changes["graces"]["notes"] == sum(graces) > 0
    assert funnel.changes["ornaments"]["signs"] == sum(ornaments) > 0
    assert funnel.changes["graces"]["scores"] == sum("{" in text for text in texts)
