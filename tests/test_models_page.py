"""The page of all models: its tables say what the figures say."""

import pytest

from benchmarks import models_page


def seed(nats, curve, minutes=2.0):
    """Figures of a model: three tunes of two families and two metres, ten events each."""
    one = [10.0, 10.0, 10.0]
    return {
        "nats": nats,
        "events": one,
        "timing_bits": one,
        "pitch_bits": one,
        "notes": one,
        "hits": [5.0, 5.0, 5.0],
        "family": [0, 0, 1],
        "metre": ["6/8", "6/8", "4/4"],
        "curve": curve,
        "weights": 7,
        "train_events": 1200,
        "processor_minutes": minutes,
    }


SLOW = seed([10.0, 10.0, 10.0], [[60, 1.2], [120, 1.0]])
FAST = seed([5.0, 5.0, 8.0], [[30, 0.9], [60, 0.7]], minutes=1.0)
FIGURES = {
    "loss": [0.8, 0.7, 0.9],
    "timing_bits": [1, 1, 1],
    "pitch_bits": [2, 2, 2],
    "onset_accuracy": [0, 0, 0],
}
LADDER = {"trigram": FIGURES | {"loss": [1.5, 1, 2]}, "copy": FIGURES}
CORPUS = {"ladder": LADDER, "models": {"basic_rnn": [SLOW], "melody_rnn": [FAST]}}


def test_what_is_spared_is_a_share_of_the_loss_of_basic_rnn():
    assert models_page.gain([FAST], [SLOW]).value == pytest.approx(1 - 18 / 30)


def test_time_is_that_of_the_processor_until_the_last_loss_of_basic_rnn():
    assert models_page.sooner([FAST], [SLOW]) == "1/4"  # half a minute of two
    assert models_page.sooner([SLOW], [FAST]) == "never"


def test_gains_stand_beside_the_best_that_counts():
    lines = models_page.gains(LADDER, CORPUS["models"]).splitlines()
    assert "than copy" in lines[0]
    assert lines[2] == "| basic_rnn |  | -25.0% |  |"
    assert lines[3].endswith("| 25.0% | 1/4 |") and lines[3].startswith("| melody_rnn | 40.0% (")


def test_events_are_counted_by_second_of_the_processor():
    assert models_page.rate_of(FAST) == 2 * 1200 / 60


def test_the_page_has_a_table_for_each_corpus_and_one_of_what_parts_are_worth(tmp_path):
    ablated = seed([6.0, 6.0, 9.0], [[30, 0.9]])
    books = CORPUS | {"models": CORPUS["models"] | {"without the pointer": [ablated]}}
    facts = {
        "corpora": {"tune books": books, "Nottingham": CORPUS},
        "machine": {"cpu": "a", "system": "b", "packages": "c", "when": "d"},
    }
    page = models_page.page(facts, ["without the pointer"])
    assert page.count("## On the ") == 2 and page.count("without the pointer") == 1
    assert "| without the pointer | 0.700 " in page and "+0.100" in page
    path = models_page.picture(books["models"], ["without the pointer"], tmp_path / models_page.PICTURE)
    assert path.read_bytes().startswith(b"\x89PNG")
