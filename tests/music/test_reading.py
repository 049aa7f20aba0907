"""Music of any kind in one call: scores by name, broken files left out, a reason where nothing is left."""

import zipfile

import pytest
from midi_bytes import midi_file, off, on, track

import melody_tutorial
from melody_tutorial.errors import UserError
from melody_tutorial.music.reading import read_music

MIDI = midi_file(track((0, on(60)), (96, off(60)), (96, on(67)), (192, off(67))))
BOOK = b"X:1\nT:First\nM:4/4\nL:1/4\nK:C\nCDEF|\n\nX:2\nT:Second\nM:4/4\nL:1/4\nK:G\nGABc|\n"


@pytest.fixture
def folder(tmp_path):
    """A MIDI file, a book of two tunes, a broken file and one that is no music."""
    for name, data in {"b.mid": MIDI, "book.abc": BOOK, "a.mid": b"MThd", "cover.jpg": b"\xff"}.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def pitches(scores) -> dict[str, list[int]]:
    return {name: score.pitch.tolist() for name, score in scores.items()}


def test_a_midi_file_is_one_score(folder):
    assert pitches(melody_tutorial.read_music(folder / "b.mid")) == {"b.mid": [60, 67]}


def test_a_book_is_a_score_for_each_tune_in_its_key(folder):
    scores = read_music(str(folder / "book.abc"))
    assert pitches(scores) == {"book.abc:1": [60, 62, 64, 65], "book.abc:2": [67, 69, 71, 72]}
    assert [score.key_field for score in scores.values()] == ["C", "G"]


def test_a_folder_gives_what_can_be_read_of_it(folder):
    assert list(read_music(folder)) == ["b.mid", "book.abc:1", "book.abc:2"]


def test_an_archive_gives_the_same_as_its_folder(folder):
    with zipfile.ZipFile(folder / "music.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            if path.suffix != ".zip":
                archive.write(path, path.name)
    assert pitches(read_music(folder / "music.zip")) == pitches(
        read_music(folder / "b.mid", folder / "book.abc")
    )


def test_where_nothing_can_be_read_the_first_file_and_the_reason_are_named(tmp_path):
    (tmp_path / "a.mid").write_bytes(b"MThd")
    (tmp_path / "b.abc").write_bytes(b"no tune")
    with pytest.raises(UserError) as found:
        read_music(tmp_path)
    text = str(found.value)
    assert text.startswith(f"no music was found in {tmp_path}: a.mid: ") and "b.abc" not in text
    assert text.endswith("; give MIDI, ABC or MusicXML")


def test_a_folder_without_music_is_refused_without_a_reason(tmp_path):
    (tmp_path / "cover.jpg").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"no music was found in [^:]*; give MIDI, ABC or MusicXML"):
        read_music(tmp_path)
