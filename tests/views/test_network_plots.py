"""Pictures of units: each shows what it is given."""

import numpy as np

from melody_tutorial.melodies.melody import Melody
from melody_tutorial.views import network_plots
from melody_tutorial.views.images import png_bytes

MELODY = Melody(np.array([60, -2, 64, -2, 67, -2, 72, -2] * 4, np.int8))


def test_traces_share_the_axis_of_the_piano_roll():
    values = np.linspace(-0.5, 0.9, 32)
    axes = network_plots.plot_traces(MELODY, {"forget gate": np.abs(values), "memory": values})
    assert len(axes) == 3
    assert axes[1].get_xlim() == axes[0].get_xlim()
    assert axes[1].get_ylim() == (0, 1)
    assert axes[2].get_ylim() == (-1, 1)
    assert png_bytes(axes[0], 50).startswith(b"\x89PNG")


def test_gradients_begin_at_one_and_stay_on_the_axis():
    axes = network_plots.plot_lag_gradients(
        {"RNN": np.array([2.0, 1.0, 0.0]), "LSTM": np.array([3.0, 3.0, 3.0])}
    )
    assert axes.lines[0].get_ydata().tolist() == [1, 0.5, network_plots.SMALLEST]


def test_recall_has_a_bar_for_each_network_and_lag():
    axes = network_plots.plot_recall([5, 10], {"RNN": np.array([1, 0.4]), "LSTM": np.array([1, 1])})
    assert [bar.get_height() for bar in axes.patches] == [1, 0.4, 1, 1]


def test_ranking_goes_from_best_to_worst_and_ablations_begin_with_the_best_unit():
    ranking = network_plots.plot_ranking(np.array([0.1, 0.7, 0.3]), 2.8)
    assert [bar.get_height() for bar in ranking.patches] == [0.7, 0.3, 0.1]
    ablations = network_plots.plot_ablations(0.05, [0.01, 0.2])
    assert [bar.get_height() for bar in ablations.patches] == [0.05, 0.2, 0.01]


def test_an_update_that_leaves_the_cliffs_picture_ends_at_its_edge_and_says_where_it_leads():
    values = np.linspace(0, 1, 11)
    updates = {"as it is": (0.5, -70.0), "clipped": (0.5, 0.25)}
    axes = network_plots.plot_cliff(values, values**2, updates)
    arrows = [text.xy[0] for text in axes.texts if not text.get_text()]
    assert arrows == [0, 0.25]
    assert "to -70" in axes.texts[1].get_text()


def test_first_updates_show_the_loss_beside_baselines_and_both_accuracies():
    rows = [{"update": n, "loss": 3 - n, "accuracy": 0.5, "onset_accuracy": 0.1 * n} for n in range(3)]
    left, right = network_plots.plot_first_updates(rows, {"bigram": {"loss": 1.7}})
    assert left.lines[1].get_ydata().tolist() == [3, 2, 1]
    assert [line.get_ydata()[-1] for line in right.lines] == [0.5, 0.2]
    assert {"bigram", "validation 1.00"} <= {text.get_text() for text in left.texts}
