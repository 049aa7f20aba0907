"""The benchmarks measure what they say, and their table is that of their results."""

import json
import sys

import numpy as np
import pytest

from benchmarks import __main__, keys, ladder, table
from benchmarks.measure import Row, Worker, WrongResultError, check, in_turn, peak_megabytes, python, run
from benchmarks.scaling import repeat_members
from benchmarks.time_to_quality import loss_of, padded
from melody_tutorial.evaluation import Interval


def test_functions_take_turns():
    calls = []
    figures = in_turn({"a": lambda: calls.append("a") or 1.0, "b": lambda: calls.append("b") or 2.0}, 3)
    assert calls == ["a", "b"] * 3
    assert figures == {"a": [1.0] * 3, "b": [2.0] * 3}


def test_more_is_better_in_a_rate_and_of_what_is_right_and_less_in_a_time():
    assert Row("", "files/s", [10.0, 20.0, 90.0]).times_better([2.0]) == 10
    assert Row("", "s", [1.0, 2.0, 9.0]).times_better([20.0]) == 10
    assert Row("", "% right", [80.0, 90.0, 95.0]).times_better([45.0]) == 2


def test_a_row_shows_median_spread_ratio_and_share_of_the_limit():
    row = Row("m", "events/s", [90_123.0, 100_456.0, 200_000.0], "≥ 2×", True, {"peer": [1000.0]})
    row.limit, row.limit_name = [200_912.0], "bound"
    cells = table.cells(row, "sampling")
    assert cells[1] == "100,000 events/s (90,100–200,000)"
    assert cells[2] == "peer 1,000 events/s: **100×**"
    assert cells[3] == "bound 201,000 events/s: **50%**"
    assert cells[5] == "yes"


def test_the_table_is_that_of_the_results(tmp_path, monkeypatch):
    written = (table.FOLDER / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr(table, "FOLDER", tmp_path)
    assert table.write_table(__main__.SUBJECTS).read_text(encoding="utf-8") == written


def test_results_name_their_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    table.save("imports", [Row("m", "s", [1.0])])
    facts = json.loads((tmp_path / "imports.json").read_text())
    assert Row(**facts["rows"][0]) == Row("m", "s", [1.0])
    assert "cores" in facts["machine"]["cpu"]


def test_a_wrong_result_fails_and_a_missed_target_does_not(monkeypatch, capsys):
    def slow(options):
        return [Row("m", "s", [100.0], "≤ 1 s", met=False)]

    def wrong(options):
        check(False, "other melodies")

    options = __main__.Options(quick=True)
    monkeypatch.setattr("benchmarks.imports.measure", slow)
    assert __main__.measure_here("imports", options) == 0
    monkeypatch.setattr("benchmarks.imports.measure", wrong)
    assert __main__.measure_here("imports", options) == 1
    assert "other melodies" in capsys.readouterr().err


@pytest.mark.parametrize(("statuses", "status"), [([0, 0, 0], 0), ([0, 1, 0], 1), ([0, -11, 0], 1)])
def test_a_subject_that_fails_or_crashes_fails_all_and_keeps_none_from_running(statuses, status, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", "imports", "corpus", "sampling"])
    monkeypatch.setattr(__main__, "measure_apart", lambda subject, arguments: statuses.pop(0))
    assert __main__.main() == status and not statuses


def test_a_command_that_fails_is_a_wrong_result():
    with pytest.raises(WrongResultError, match="no luck"):
        run(python("raise SystemExit('no luck')"))


def test_a_worker_answers_each_time_it_is_asked():
    worker = Worker(python("import sys\nfor n, _ in enumerate(sys.stdin): print(n, flush=True)"))
    assert [worker(), worker()] == [0.0, 1.0]
    worker.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_peak_memory_counts_children():
    child = "import time; held = b'x' * 60_000_000; time.sleep(0.3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert 60 < peak_megabytes(python(parent)) < 120


def test_copies_of_an_archive_hold_every_member_again(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        archive.writestr("a.mid", b"tune")
    with zipfile.ZipFile(repeat_members(tmp_path / "one.zip", 3, tmp_path / "three.zip")) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [b"tune"] * 3


def test_padded_melodies_weigh_each_event_once():
    inputs, labels, weights = padded([np.array([14, 0, 16], np.uint8), np.array([2, 3], np.uint8)])
    assert inputs.shape == (2, 2, 38)
    assert labels.tolist() == [[0, 16], [3, 0]]
    assert weights.tolist() == [[1, 1], [1, 0]]
    assert loss_of(np.zeros((2, 2, 38)), labels, weights) == pytest.approx(np.log(38))


def test_the_ladder_shows_every_figure_with_its_interval():
    figure = ladder.Figures(*(Interval(number, number - 0.5, number + 0.5) for number in range(1, 7)))
    head, _, row = ladder.table({"trigram": figure}).splitlines()
    assert head.count("|") == row.count("|") == 8
    assert row.startswith("| trigram | 1.000 (0.500–1.500) | 2.000 ")
    assert "| 6.000 (5.500–6.500) |" in row


def test_a_share_stands_between_the_ends_of_its_interval():
    right = np.arange(400) % 4 > 0
    low, share, high = keys.with_interval(right, np.arange(400))
    assert 70 < low < share == 75 < high < 80
    # Four melodies to a family, right or wrong together: a quarter of the evidence, twice the width.
    family = np.arange(400) // 4
    wide_low, wide_share, wide_high = keys.with_interval(np.repeat(right[:100], 4), family)
    assert wide_share == 75 and 1.6 < (wide_high - wide_low) / (high - low) < 2.4


def test_melodies_of_a_corpus_and_of_its_tunes_are_put_in_one_order():
    from melody_tutorial.melodies import Melody

    of_files = [Melody([], source="a/0002 One & two.mid"), Melody([], source="a/0010.mid")]
    of_tunes = [Melody([], source="a/0010"), Melody([], source="a/0002")]
    assert [m.source for m in keys.in_order(of_files)] == [m.source for m in keys.in_order(of_tunes)]


def test_the_truth_of_the_keys_is_read_by_music21():
    assert keys.read_field("Ador") == (9, "dorian")
    assert keys.read_field("Bb") == (10, "major")
    assert keys.read_field("Hp") is None


def test_a_signature_without_its_flag_favours_no_mode_and_keeps_out_other_keys():
    score = keys.SCORE_OF_SIGNATURES
    two_sharps = 2 * (7 + 2)
    d_major, b_minor, c_major = 4 * 2, 4 * 11 + 1, 0
    assert score[two_sharps, d_major] > score[two_sharps, b_minor]
    assert score[two_sharps, d_major] > score[two_sharps + 1, d_major]
    for row in keys.without_flag(score)[two_sharps : two_sharps + 2]:
        assert row[d_major] == row[b_minor] == 0 and row[c_major] == -np.inf
    assert (keys.without_flag(score)[-1] == score[-1]).all()


def test_what_is_right_of_keys_becomes_rows_that_can_be_kept():
    from melody_tutorial.melodies import Key, Melody

    found = [
        Melody([], source=f"a/{n}", key=Key(n, mode)) for n, mode in enumerate(["major", "minor", "dorian"])
    ]
    truth, peer = [(0, "major"), (1, "dorian"), (7, "dorian")], [(0, "minor"), (7, "minor")]
    tonic, mode = keys.accuracy_rows("notes", found, truth, np.arange(3), np.array([0, 2]), peer)
    assert (tonic.ours[1], mode.ours[1]) == pytest.approx((200 / 3, 200 / 3))
    assert [row.peers["music21, 2 of the melodies"][1] for row in (tonic, mode)] == [100, 0]
    assert (tonic.met, mode.met) == (False, False)
    assert "dorian 1 of 2" in mode.note
    assert json.loads(json.dumps([tonic.ours, tonic.met, tonic.peers]))
