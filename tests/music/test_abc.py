"""ABC: books into tunes, tunes into written notes, notes into MIDI."""

import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from melody_tutorial.errors import UserError
from melody_tutorial.funnel import Reject
from melody_tutorial.music import abc, abc2midi
from melody_tutorial.music.midi import MidiError, read_midi
from melody_tutorial.music.score import Score

HEAD = "X:1\nT:A tune\nM:4/4\nL:1/8\nK:C\n"
BOOK = """\
% A book
M:3/4
L:1/4
%%abc-include /etc/passwd

X:1
T: First, and best
K:C
CDE|

Some words about it.

X: 22
M:4/4
K:G
GABc|
"""


def notes(score: Score) -> list[tuple[int, int]]:
    """Pitch and length of each note, in sixteenths."""
    sixteenth = score.ticks_per_quarter // 4
    lengths = np.round((score.end - score.onset) / sixteenth).astype(int)
    return list(zip(score.pitch.tolist(), lengths.tolist(), strict=True))


def notes_of(tune: str) -> list[tuple[int, int]]:
    """The notes of an ABC file of one tune."""
    (score,) = abc.read_abc(tune.encode())
    return notes(score)


def test_a_book_is_split_at_its_numbers_and_its_own_fields_hold_for_all():
    first, second = abc.split_tunes(BOOK)
    assert first.splitlines()[:4] == ["X:1", "M:3/4", "L:1/4", "T: First, and best"]
    assert second.splitlines() == [
        "X: 22",
        "M:3/4",
        "L:1/4",
        "M:4/4",
        "K:G",
        "GABc|",
    ]  # its own metre is last
    assert [abc.tune_title(tune) for tune in (first, second)] == ["First, and best", ""]


@pytest.mark.parametrize(
    ("tune", "keys"),
    [
        ("X:1\nK:G\nGABc|\n", ["G"]),
        ("X:1\nK: E  Minor % one sharp\nEFGA|\n", ["E Minor"]),
        ("X:1\nK:D\nDEFG|\nK:D\nDEFG|\n", ["D"]),
        ("X:1\nK:D\nDEFG|\nK:G\nGABc|\nK:D\nDEFG|\n", ["D", "G"]),
        ("X:1\nK:D\nDEFG|[K:Dmix]DEFG|\n", ["D", "Dmix"]),
        ("X:1\nT:OK: a title\n%K:G\nK:\nGABc|\n", [""]),
        ("X:1\nT:no key\n", []),
    ],
)
def test_the_keys_of_a_tune_are_those_of_its_fields(tune, keys):
    assert abc.tune_keys(tune) == keys
    assert abc.tune_key(tune) == (keys[0] if len(keys) == 1 else "")


def test_a_score_of_abc_has_the_key_in_the_words_of_its_field():
    book = f"{HEAD.replace('K:C', 'K:Ador')}ABcd|e8|\n\n{HEAD}CDEF|[K:G]GABc|\n"
    named, changing = abc.read_abc(book.encode())
    assert named.key_field == "Ador"
    assert (named.key_tick.tolist(), named.key_fifths.tolist()) == ([0], [1])
    assert changing.key_field == ""
    assert changing.key_fifths.tolist() == [0, 1]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems_give_the_same_tunes(newline):
    assert abc.split_tunes(BOOK.replace("\n", newline)) == abc.split_tunes(BOOK)


def test_text_without_a_number_holds_no_tune():
    assert abc.split_tunes("T:words only\n") == []


def test_text_is_utf8_or_else_latin_1():
    assert abc.decode_text("\ufeffT:Düster".encode()) == "T:Düster"
    assert abc.decode_text("T:Düster".encode("latin-1")) == "T:Düster"


@pytest.mark.parametrize(
    ("music", "plain"),
    [
        ('"Am"A2 "^slowly"B2|', "A2 B2|"),  # chord symbols and remarks
        ("{c}A2 {/gf}B2|", "A2 B2|"),  # grace notes
        ("~A2 TB2 .c2 Hd2|", "A2 B2 c2 d2|"),  # roll, trill, staccato, fermata
        ("uA vB uvc|", "A B c|"),  # bows
        ("!trill!A !f!B|", "A B|"),
        ("A B!\nc d|", "A B\nc d|"),  # a line break of old
        ("A`B [M:3/4] c|", "AB [M:3/4] c|"),  # fields inside a line stay …
        ("A [R:hornpipe]B|", "A B|"),  # … but not those that are dropped
        ("(3ABc A>B z2 [CE]|1 A:|2 B|]", "(3ABc A>B z2 [CE]|1 A:|2 B|]"),  # what is written stays
        ("A2 B2 % a comment", "A2 B2 "),
        ("AB|\n% a comment\nw:words\ncd|", "AB|\ncd|"),
        ('AB|\n"only a remark"\ncd|', "AB|\ncd|"),  # no blank line, which would end the tune
        ("AB|\nA:|\ncd|", "AB|\nA:|\ncd|"),  # a note before a repeat, no field
    ],
)
def test_only_written_notes_stay(music, plain):
    assert abc.plain_tune(HEAD + music) == HEAD + plain


def test_unclosed_signs_are_not_sought_to_the_end_each():
    # Takes 0.1 seconds; it would take an hour.
    assert abc.plain_tune(HEAD + "{" * 100_000 + "[I:" * 100_000).startswith(HEAD + "{{{")


def test_the_head_keeps_its_fields_only():
    tune = "X:1\nT:TRUMPET ~ Tune\nR:hornpipe\nI:MIDI ptstress x\nN\n%%abc-include y\nK:C\nC|"
    assert abc.plain_tune(tune) == "X:1\nT:TRUMPET ~ Tune\nK:C\nC|"


def test_grace_notes_are_counted_in_the_music_only():
    assert abc.count_graces("X:1\nT:{no}\nK:C\n{a}C{b}D|\n{/g^f'}E|") == 4


def test_ornaments_are_counted_and_other_signs_are_not():
    music = '~A TB {~g}Mc Pd !trill!A !lowermordent!B !turn!c .A uB Hd !fermata!c "T"d [M:3/4] e % T ~'
    assert abc.count_ornaments(f"X:1\nT:The ~ Trill\nK:C\n{music}|") == 7


def test_a_score_tells_what_was_left_out_of_its_tune():
    (score,) = abc.read_abc(f"{HEAD}{{ga}}A2 ~B2 c4|".encode())
    assert score.omitted == {"graces": 2, "ornaments": 1}
    assert notes(score) == [(69, 4), (71, 4), (72, 8)]


def test_a_tune_becomes_its_notes():
    tune = HEAD + "C2 D>E ^F z G2|(3ABc d4 c-c|"
    expected = [(60, 4), (62, 3), (64, 1), (66, 2), (67, 4), (69, 1), (71, 1), (72, 1), (74, 8), (72, 4)]
    assert notes_of(tune) == expected


def test_ornaments_leave_the_notes_as_written():
    plain, ornamented = "C2 D2 E2 F2|G4 C4|", '"C"{d}C2 .D2 ~E2 TF2|HG4 !trill!C4|'
    assert notes_of(HEAD + ornamented) == notes_of(HEAD + plain)


def test_hornpipes_are_not_swung():
    assert notes_of(HEAD.replace("K:", "R:hornpipe\nK:") + "CDEF GABc|") == [
        (pitch, 2) for pitch in (60, 62, 64, 65, 67, 69, 71, 72)
    ]


def test_no_file_is_included(tmp_path):
    (tmp_path / "secret").write_text("c'8|")
    tune = f"X:1\nL:1/8\nM:4/4\nK:C\n%%abc-include {tmp_path}/secret\nC8|"
    assert notes_of(tune) == [(60, 16)]


def test_tunes_come_in_their_order_however_many():
    tunes = [f"X:1\nL:1/4\nM:4/4\nK:C\n{'C' * (1 + number % 7)}|" for number in range(40)]
    lengths = [len(notes(read_midi(conversion.midi))) for conversion in abc.convert_tunes(tunes)]
    assert lengths == [1 + number % 7 for number in range(40)]


def test_the_converter_s_messages_are_kept_and_nothing_is_printed(capfd):
    (conversion,) = abc.convert_tunes([HEAD + "C8|C12|D8|"])
    (message,) = conversion.messages
    assert message.endswith("Track 0 Bar 1 has 6 time units while the time signature has 4")
    assert capfd.readouterr() == ("", "")


def test_what_is_no_tune_is_refused():
    (found,) = abc.read_abc(b"X:1\nT:no key and no notes\n", "book.abc")
    assert (found.file, found.reason) == ("book.abc:1", "unreadable")
    assert found.found.startswith("abc2midi made nothing of it")


def test_a_broken_tune_of_a_book_takes_no_other_with_it():
    book = f"{HEAD}CDEF|\n\nX:2\nT:no key\n\n{HEAD}GABc|\n"
    first, broken, last = abc.read_abc(book.encode(), "book.abc")
    assert (first.pitch[0], last.pitch[0]) == (60, 67)
    assert isinstance(broken, Reject)
    assert (broken.file, broken.reason) == ("book.abc:2", "unreadable")


needs_prlimit = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a child that runs")
SLOW = HEAD + "C99999999:|\n"  # abc2midi counts every tick of it


@needs_prlimit
def test_work_has_a_budget_a_tune_and_an_archive(monkeypatch):
    monkeypatch.setattr(abc2midi, "SECONDS_AT_ONCE", 0.1)
    monkeypatch.setattr(abc2midi, "SECONDS_PER_TUNE", 60.0)  # on a busy machine a second of work takes many
    book = "\n\n".join([SLOW] * 50 + [HEAD + "C8|"])
    found = abc.read_abc(book.encode(), "book.abc")
    assert {reject.reason for reject in found} == {"costly"}
    assert "stopped after 1 second of work" in found[0].found
    assert "not tried, as the tunes before it took over 0.1 second" in found[-1].found
    assert [reject.file for reject in found] == [f"book.abc:{n}" for n in range(1, 52)]


@needs_prlimit
@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("sh -c 'while :; do :; done'", "stopped after 1 second of work"),
        ("head -c 2000000 /dev/zero > 0.mid", "stopped after 500,000 bytes of output"),
        ("head -c 2000000 /dev/zero", "stopped after 500,000 bytes of output"),
    ],
)
def test_a_child_has_limits(tmp_path, monkeypatch, script, found):
    monkeypatch.setattr(abc2midi, "SECONDS_PER_TUNE", 60.0)
    stand_in(tmp_path, monkeypatch, f"sleep 0.1\nexec {script}")
    (conversion,) = abc2midi.convert_tunes([HEAD])
    assert conversion == abc2midi.Conversion(None, (f"Error : {found}",), stopped=True)


def test_a_tune_without_a_key_costs_no_process(monkeypatch):
    monkeypatch.setattr(abc2midi, "_run", None)
    (found,) = abc.read_abc(b"X:1\nM:4/4\nCDEF|\n", "book.abc")
    assert (found.reason, "no line K:" in found.found) == ("unreadable", True)


def test_a_book_has_a_budget_of_tunes_and_of_notes(monkeypatch):
    *_, last = found = abc.read_abc(b"X:\n" * 7_000, "book.abc")  # no key: nothing to convert
    assert len(found) == 5_001
    assert (last.file, last.reason) == ("book.abc:5001", "costly")
    assert last.found.startswith("2,000 tunes, from here on, beyond the 5,000 tunes or 1,000,000 notes")
    monkeypatch.setattr(abc, "MOST_NOTES", 7)
    *scores, last = abc.read_abc((f"{HEAD}CDEF|\n\n" * 4).encode(), "book.abc")
    assert [len(score.pitch) for score in scores] == [4, 4]
    assert (last.file, last.reason) == ("book.abc:3", "costly")


def test_fields_before_the_first_tune_have_a_budget():
    """Each tune gets them all: 3,000 tunes made of 200 kB 500 MB."""
    with pytest.raises(MidiError, match="2,005 characters of fields before the first tune; 2,000 may be"):
        abc.read_abc(b"M:4/4\n" * 401 + b"X:1\nK:C\nC\n" * 3_000)


def test_a_title_may_hold_many_spaces():
    """To look for the end of the title anew at each of them took minutes."""
    assert abc.tune_title("X:1\nT: A" + " " * 100_000 + "tune \nK:C\n").startswith("A  ")


def test_whatever_goes_wrong_with_a_tune_costs_that_tune(monkeypatch):
    def break_down(midi):
        scores.append(read_midi(midi))
        if len(scores) == 2:
            raise ZeroDivisionError("division by zero")
        return scores[-1]

    scores = []
    monkeypatch.setattr(abc, "read_midi", break_down)
    first, odd, last = abc.read_abc((f"{HEAD}CDEF|\n\n" * 3).encode(), "book.abc")
    assert odd == Reject("book.abc:2", "fault", "ZeroDivisionError: division by zero")
    assert len(first.pitch) == len(last.pitch) == 4


def stand_in(tmp_path: Path, monkeypatch, script: str) -> None:
    """Let a shell script stand where symusic has its abc2midi."""
    program = tmp_path / "bin" / "abc2midi"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    class Found:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(abc2midi.importlib.util, "find_spec", lambda name: Found)


@pytest.mark.skipif(sys.platform == "win32", reason="stands in by a shell script")
class TestBadConverter:
    def test_one_that_hangs_is_stopped(self, tmp_path, monkeypatch):
        stand_in(tmp_path, monkeypatch, "exec sleep 60")
        monkeypatch.setattr(abc2midi, "SECONDS_PER_TUNE", 0.1)
        (conversion,) = abc.convert_tunes([HEAD])
        assert conversion == abc2midi.Conversion(None, ("Error : stopped after 0.1 seconds",), stopped=True)

    def test_one_that_crashes_gives_a_reject(self, tmp_path, monkeypatch):
        stand_in(tmp_path, monkeypatch, "kill -SEGV $$")
        (found,) = abc.read_abc(HEAD.encode())
        assert isinstance(found, Reject)

    def test_one_that_writes_without_end_is_not_read(self, tmp_path, monkeypatch):
        stand_in(
            tmp_path, monkeypatch, "head -c 2000000 /dev/zero > 0.mid; yes Warning : again | head -n 99999"
        )
        (conversion,) = abc.convert_tunes([HEAD])
        assert conversion.midi is None
        assert len(conversion.messages) < 10_000

    def test_one_that_may_not_be_run_is_copied(self, tmp_path, monkeypatch):
        stand_in(tmp_path, monkeypatch, "cp 0.abc 0.mid")
        program = tmp_path / "bin" / "abc2midi"
        program.chmod(stat.S_IRUSR)
        monkeypatch.setattr(
            abc2midi.os, "access", lambda path, mode: bool(os.stat(path).st_mode & stat.S_IXUSR)
        )
        (conversion,) = abc.convert_tunes([HEAD])
        assert conversion.midi == HEAD.encode()

    def test_one_that_is_missing_is_named(self, tmp_path, monkeypatch):
        stand_in(tmp_path, monkeypatch, "")
        (tmp_path / "bin" / "abc2midi").unlink()
        with pytest.raises(UserError, match="abc2midi is missing: install symusic again"):
            abc.read_abc(HEAD.encode())
