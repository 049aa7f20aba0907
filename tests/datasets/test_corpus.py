"""Corpus: tune books in, one zip of MIDI files out, the same bytes each time."""

import json
import zipfile

import pytest

from melody_tutorial.datasets import corpus
from melody_tutorial.errors import UserError
from melody_tutorial.melodies.rules import extract_melodies
from melody_tutorial.music.midi import read_midi
from melody_tutorial.music.sources import read_sources

FIRST = 40  # tunes: enough for some with pickups, graces and errors


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    return corpus.build_corpus(output=folder, max_tunes=FIRST)


def manifest(archive):
    return json.loads((archive.parent / "manifest.json").read_text())


def test_the_installed_books_hold_the_tunes_that_are_promised():
    tunes = {c.name: c.tunes for c in corpus.list_corpora()}
    assert tunes["tunebooks"] >= 4248
    assert tunes["essen"] >= 8514


def test_only_the_essen_songs_have_a_notice():
    assert "commercial" in corpus.CORPORA["essen"].notice
    assert corpus.CORPORA["tunebooks"].notice == ""


def test_each_tune_is_a_file_named_by_book_number_and_title(built):
    names = [file.name for file in read_sources([built])]
    assert len(names) == FIRST
    assert names[0] == "ryansMammoth/0001 42d Highland Regiment -- Strathspey.mid"
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("O'Neill: the 2nd/3rd?", "O'Neill the 2nd 3rd"),
        ("../../etc", "etc"),
        ("a\\b*c\x07", "a b c"),
        ("long " * 40, ("long " * 12).strip()),
        ("Düster", "Düster"),
        ("", ""),
    ],
)
def test_names_are_safe_for_every_file_system(title, name):
    tune = corpus.Tune("book", 7, f"X:1\nT:{title}\nK:C\n")
    assert corpus.member_name(tune) == f"book/0007 {name}".strip() + ".mid"


def test_the_same_inputs_give_the_same_bytes(built, tmp_path):
    again = corpus.build_corpus(output=tmp_path, max_tunes=FIRST)
    assert again.read_bytes() == built.read_bytes()
    with zipfile.ZipFile(again) as archive:
        kinds = {(member.compress_type, member.date_time) for member in archive.infolist()}
    assert kinds == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0))}


def test_the_manifest_counts_what_was_done(built):
    facts = manifest(built)
    total = facts["totals"]
    assert total == facts["books"]["ryansMammoth"]
    assert total["tunes"] == total["converted"] == FIRST
    assert 0 < total["padded"] < FIRST
    assert total["graces_removed"] >= total["tunes_with_graces"] > 0
    assert total["ornaments_removed"] >= total["tunes_with_ornaments"] > 0
    assert set(total) >= {"drifting", "with_converter_errors", "with_converter_warnings", "not_converted"}
    assert list(facts["inputs"]) == [f"{book}/{file.name}" for book, file in corpus.tune_books()]


def test_the_manifest_keeps_the_key_of_each_tune_and_the_archive_none(built):
    keys = manifest(built)["keys"]
    assert list(keys) == [file.name for file in read_sources([built])]
    assert keys["ryansMammoth/0001 42d Highland Regiment -- Strathspey.mid"] == "Am"
    assert b"\xff\x59" not in built.read_bytes()


def test_source_and_licence_lie_beside_it(built):
    text = (built.parent / "SOURCE.txt").read_text()
    assert "Ryan's Mammoth Collection" in text
    assert "distributed with the permission of the encoders" in text  # music21's own licence
    assert "Ray Davies" in text  # a transcriber


def test_most_tunes_give_a_melody_that_starts_with_a_whole_bar(built):
    files = list(read_sources([built]))
    melodies, _ = extract_melodies([read_midi(file.data) for file in files], [file.name for file in files])
    assert len({melody.source for melody in melodies}) > 0.7 * FIRST
    # Bars being whole, a note starts on nearly every bar line.
    starts = [melody.events[:: melody.steps_per_bar] for melody in melodies]
    on_the_line = sum((bars[1:] >= 0).sum() for bars in starts) / sum(len(bars) - 1 for bars in starts)
    assert on_the_line > 0.9


def test_it_is_built_anew_only_where_something_changed(tmp_path, monkeypatch):
    done = []
    build = lambda: corpus.build_corpus(output=tmp_path, max_tunes=2, progress=done.append)  # noqa: E731
    archive = build()
    whole = archive.read_bytes()
    assert done == [1, 1]
    build()
    assert len(done) == 2  # as it was
    archive.write_bytes(whole[:-1])
    assert build().read_bytes() == whole
    assert len(done) == 4  # damaged
    monkeypatch.setattr(corpus, "version", lambda package: "0.0")
    build()
    assert len(done) == 6  # other packages
    (archive.parent / "manifest.json").write_text("[]")
    build()
    assert len(done) == 8
    facts = manifest(archive)
    del facts["keys"]  # as manifests were before they kept them
    (archive.parent / "manifest.json").write_text(json.dumps(facts))
    build()
    assert len(done) == 10 and "keys" in manifest(archive)


def test_an_interrupted_build_leaves_no_archive(tmp_path):
    def interrupt(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        corpus.build_corpus(output=tmp_path, max_tunes=2, progress=interrupt)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_unknown_names_and_a_music21_without_tunes_are_refused(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="corpus is 'bach': allowed are tunebooks, essen"):
        corpus.build_corpus("bach", tmp_path)
    monkeypatch.setattr(corpus.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="install music21 with its corpus"):
        list(corpus.tune_books())
