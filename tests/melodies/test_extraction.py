"""Whole archives: the same melodies however the work is divided, a funnel for whatever is broken."""

import gc
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from midi_bytes import midi_file, off, on, track

from melody_tutorial.config import ExtractionSettings, SourceCaps
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import REASONS
from melody_tutorial.melodies import chunks
from melody_tutorial.melodies.extraction import extract_files, extract_sources
from melody_tutorial.melodies.processes import ended_early, start_child
from melody_tutorial.music import reading
from melody_tutorial.music.midi import read_midi, write_midi
from melody_tutorial.music.score import Score

SHARED = Path(os.environ.get("MELODY_TUTORIAL_SHARED") or Path(__file__).parents[3] / "shared") / "data"


def tune(first_pitch: int = 60, bars: int = 8) -> bytes:
    """A scale in quarter notes."""
    events = []
    for beat in range(4 * bars):
        pitch = first_pitch + (0, 2, 4, 5, 7, 9, 11, 12)[beat % 8]
        events += [(96 * beat, on(pitch)), (96 * beat + 96, off(pitch))]
    return midi_file(track(*events))


def triplets(bars: int = 8) -> bytes:
    """A scale in triplets of eighths, the first of each on a step, in bars of four quarter notes."""
    events = []
    for third in range(12 * bars):
        pitch = 60 + (0, 2, 4, 5, 7, 9, 11, 12)[third % 8]
        events += [(32 * third, on(pitch)), (32 * third + 32, off(pitch))]
    return midi_file(track(*events))


@pytest.fixture
def archive(tmp_path):
    """A zip of 300 tunes, some of them too short, some broken, some no music."""
    path = tmp_path / "tunes.zip"
    with zipfile.ZipFile(path, "w") as members:
        for number in range(300):
            bars = 5 if number % 10 == 3 else 8
            data = b"broken" if number % 10 == 7 else tune(40 + number % 40, bars)
            members.writestr(f"{number:03}.mid", data)
        members.writestr("readme.txt", "no music")
    return path


def plain(melodies) -> list[tuple]:
    return [(melody.source, melody.events.tolist(), melody.start_step) for melody in melodies]


def test_an_archive_gives_its_melodies_and_its_funnel(archive):
    advanced = []
    melodies, funnel = extract_sources([archive], progress=advanced.append)
    assert [melody.source for melody in melodies] == [
        f"{n:03}.mid" for n in range(300) if n % 10 not in (3, 7)
    ]
    assert list(funnel.stages.items()) == [
        ("files", 300),
        ("scores", 270),
        ("pieces", 270),
        ("tracks", 270),
        ("melodies", 240),
    ]
    assert dict(funnel.rejects) == {"unreadable": 30, "too_short": 30}
    assert [reject.file for reject in funnel.examples["too_short"]] == [f"0{n}3.mid" for n in range(5)]
    assert sum(advanced) == 300


@pytest.mark.parametrize(
    ("limit", "most", "files"),
    [("MOST_SCORES", 128, [128, 128, 44]), ("MOST_BYTES", 4000, None), ("MOST_BYTES", 1, [1] * 300)],
)
def test_the_size_of_chunks_changes_nothing(archive, monkeypatch, limit, most, files):
    rules = ExtractionSettings(max_steps=120)  # of 128
    whole = extract_sources([archive], rules)
    assert whole[1].changes == {"cut": {"melodies": 240, "steps": 240 * 8}}
    monkeypatch.setattr(chunks, limit, most)
    advanced = []
    melodies, funnel = extract_sources([archive], rules, progress=advanced.append)
    assert (plain(melodies), funnel.as_dict()) == (plain(whole[0]), whole[1].as_dict())
    assert sum(advanced) == 300
    assert advanced == files if files else 3 < len(advanced) < 30


def test_any_number_of_processes_gives_the_same(archive, tmp_path):
    (tmp_path / "one.mid").write_bytes(triplets())
    paths, advanced = [archive, tmp_path / "one.mid", archive], []
    alone, alone_funnel = extract_sources(paths, processes=1)
    shared, funnel = extract_sources(paths, processes=3, progress=advanced.append)
    assert plain(shared) == plain(alone)
    assert funnel.as_dict() == alone_funnel.as_dict()
    assert funnel.changes["bent"] == {"melodies": 1, "notes": 64}
    assert sum(advanced) == 601


def test_an_error_of_another_process_reaches_the_user(archive):
    with pytest.raises(UserError, match="--max-members"):
        extract_sources([archive], caps=SourceCaps(max_members=10), processes=2)


def test_files_in_memory_give_the_same(archive):
    with zipfile.ZipFile(archive) as members:
        files = [(name, members.read(name)) for name in members.namelist() if name.endswith(".mid")]
    expected, expected_funnel = extract_sources([archive])
    melodies, funnel = extract_files(files)
    assert plain(melodies) == plain(expected)
    assert funnel.as_dict() == expected_funnel.as_dict()


def test_the_first_files_only(archive):
    melodies, funnel = extract_sources([archive], max_files=20)
    assert funnel.stages["files"] == 20
    assert melodies[-1].source == "019.mid"


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(UserError, match=r"absent\.zip"):
        extract_sources([tmp_path / "absent.zip"])


def test_scores_that_are_read_already_keep_their_place(archive, monkeypatch):
    """A chunk may hold MIDI bytes, scores and rejects in any order."""
    source_scores = reading.source_scores

    def every_other_one_read(sources):
        for number, music in enumerate(source_scores(sources)):
            is_read = number % 2 and music.content != b"broken"
            yield music._replace(content=read_midi(music.content)) if is_read else music

    expected, expected_funnel = extract_sources([archive])
    monkeypatch.setattr(chunks, "source_scores", every_other_one_read)
    melodies, funnel = extract_sources([archive])
    assert plain(melodies) == plain(expected)
    assert funnel.as_dict() == expected_funnel.as_dict()


def test_a_score_survives_writing_and_extraction(tmp_path):
    score = read_midi(tune())
    assert isinstance(score, Score)
    (tmp_path / "again.mid").write_bytes(write_midi(score))
    (tmp_path / "tune.mid").write_bytes(tune())
    melodies, _ = extract_sources([tmp_path])
    assert [m.source for m in melodies] == ["again.mid", "tune.mid"]
    assert melodies[0].events.tolist() == melodies[1].events.tolist()


def test_abc_books_give_their_tunes(tmp_path):
    (tmp_path / "book.abc").write_text(
        "X:1\nT:Up\nM:4/4\nL:1/4\nK:C\n" + "C D E F | G A B c |" * 4 + "\n\n"
        "X:2\nT:Short\nM:4/4\nL:1/4\nK:C\nC D E F |\n"
    )
    melodies, funnel = extract_sources([tmp_path / "book.abc"])
    assert [melody.source for melody in melodies] == ["book.abc:1"]
    assert dict(funnel.stages) == {"files": 1, "scores": 2, "pieces": 2, "tracks": 2, "melodies": 1}
    assert funnel.examples["too_short"][0].file == "book.abc:2"
    assert funnel.changes == {}


def test_what_is_left_out_of_abc_tunes_is_counted(tmp_path):
    head = "X:1\nT:Up\nM:4/4\nL:1/4\nK:C\n"
    tunes = ["{a}C D {ga}E F | ~G A B c |" * 4, "{a}C D E F | G A B c |" * 4, "C E D F | G A B c |" * 4]
    (tmp_path / "book.abc").write_text("\n\n".join(head + tune for tune in tunes))
    _, funnel = extract_sources([tmp_path / "book.abc"])
    assert funnel.as_dict()["changes"] == {
        "graces": {"scores": 2, "notes": 16},
        "ornaments": {"scores": 1, "signs": 4},
    }
    assert ("2 of 3 scores", "16 notes") in [row[:2] for row in funnel.change_rows()]


def test_the_settings_are_used(archive):
    melodies, _ = extract_sources([archive], ExtractionSettings(min_bars=5))
    assert len(melodies) == 270


def test_garbage_collection_is_left_as_it_was(archive):
    assert gc.isenabled()
    extract_sources([archive])
    with pytest.raises(UserError):
        extract_sources([archive / "absent"])
    assert gc.isenabled()


def test_broken_files_end_in_a_funnel():
    folder = SHARED / "broken-midi"
    if not folder.is_dir():
        pytest.skip("the broken files are not here")
    melodies, funnel = extract_sources([folder], ExtractionSettings(min_bars=1, polyphony="highest"))
    assert funnel.stages["files"] == 72
    assert funnel.stages["scores"] == 72 - funnel.rejects["unreadable"]
    assert funnel.rejects["unreadable"] == 8
    assert set(funnel.rejects) <= set(REASONS)
    assert melodies


def test_extraction_loads_no_heavy_library(archive):
    code = (
        "import sys; from melody_tutorial.melodies import extract_sources; "
        f"melodies, _ = extract_sources([{str(archive)!r}]); assert len(melodies) == 240; "
        "assert not {'tensorflow', 'note_seq', 'music21', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "wrong",
    [{"processes": 0}, {"processes": 1_000_000}, {"max_files": 0}, {"max_files": -1}, {"max_files": 10**10}],
)
def test_as_many_processes_and_files_as_make_sense(wrong):
    """A thousand processes were started; −1 files were a fault of the program."""
    ((name, value),) = wrong.items()
    with pytest.raises(UserError, match=f"{name} is {value}: allowed are whole numbers from 1"):
        extract_sources([], **wrong)


def test_a_process_that_the_system_kills_is_no_fault_of_the_program():
    with pytest.raises(UserError, match=r"was killed.*lower --processes"):
        raise ended_early(-9)
    assert isinstance(ended_early(1), RuntimeError)


@pytest.mark.skipif(sys.platform == "win32", reason="there, no process is killed by a signal")
def test_a_killed_process_ends_the_extraction_in_a_sentence(archive, monkeypatch):
    def start_and_kill(job):
        child = start_child(job)
        child.kill()
        return child

    monkeypatch.setattr("melody_tutorial.melodies.processes.start_child", start_and_kill)
    with pytest.raises(UserError, match="an extraction process was killed"):
        extract_sources([archive], processes=2)
