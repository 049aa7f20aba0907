"""What make fuzz and make robustness measure can be found, and their page is that of their results."""

import pytest

from benchmarks import robustness, robustness_page
from melody_tutorial.errors import UserError
from melody_tutorial.files import UNFINISHED, read_json, write_json


def test_the_page_is_that_of_the_results(tmp_path):
    written = (robustness_page.FOLDER / "ROBUSTNESS.md").read_text(encoding="utf-8")
    assert robustness_page.write_page(tmp_path).read_text(encoding="utf-8") == written


def test_a_half_written_file_is_found_and_one_that_is_being_written_is_none(tmp_path):
    whole = write_json(tmp_path / "run.json", {"a": 1})
    (tmp_path / f"{UNFINISHED}1").mkdir()
    (tmp_path / f"{UNFINISHED}1" / "half.json").write_bytes(b"{")
    assert robustness.half_written(tmp_path) == []
    whole.write_bytes(whole.read_bytes()[:-9])
    assert robustness.half_written(tmp_path) == [whole]


def test_damage_is_counted_by_what_becomes_of_it(tmp_path):
    path = write_json(tmp_path / "run.json", {"a": 1})
    data = path.read_bytes()
    count, noticed, harmless, wrong = robustness.damage(path, range(len(data)), lambda: read_json(path))
    assert (count, noticed + harmless, wrong) == (2 * len(data), 2 * len(data), 0)
    assert noticed > 20 * harmless and path.read_bytes() == data


@pytest.mark.parametrize(("raised", "place"), [(UserError("in words"), 0), (KeyError("raw"), 2)])
def test_a_reader_without_checks_is_found_out(tmp_path, raised, place):
    """The control: it reads other values, and raises what says nothing."""
    path = tmp_path / "data"
    path.write_bytes(b"ab")

    def read():
        if len(data := path.read_bytes()) < 2:
            raise raised
        return {"data": data}

    found = robustness.damage(path, range(2), read)
    assert found == [4, *((2, 0, 2) if place == 0 else (0, 0, 4))]


def test_a_killed_command_goes_on_as_its_folder_allows(tmp_path):
    words = ["train", "data"]
    assert robustness.words_to_go_on(words, tmp_path)[-1] == str(tmp_path)
    (tmp_path / "training_state.npz").touch()
    assert robustness.words_to_go_on(words, tmp_path)[-1] == "--resume"
    (tmp_path / "main_job.json").touch()
    assert robustness.words_to_go_on(["run"], tmp_path) == ["run", "--output", str(tmp_path), "--resume"]
