"""What a morning's work takes through the front door, given as a newcomer would give it."""

import shutil

import pytest

import melody_tutorial as mt
from melody_tutorial.config import DEFAULT_MODEL, SamplingSettings, shipped_data

SHORT = SamplingSettings(num_outputs=2, num_steps=64)


@pytest.fixture(scope="module")
def composed():
    return mt.compose_melodies(settings=SHORT)


@pytest.fixture
def run(tmp_path):
    """The folder of a run that holds the model that composes where no other is named."""
    shutil.copytree(shipped_data() / "checkpoints" / DEFAULT_MODEL, tmp_path / "run" / "checkpoint")
    return tmp_path / "run"


def test_a_model_is_found_in_its_run_and_in_its_checkpoint(run):
    shipped = mt.load_checkpoint().sha256
    for folder in (run, str(run), run / "checkpoint"):
        assert mt.load_checkpoint(folder).sha256 == shipped


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_without_a_model_is_named_as_it_was_given(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for read in (mt.load_checkpoint, mt.compose_melodies):
        with pytest.raises(mt.UserError) as error:
            read(name)
        assert str(error.value).startswith(
            f"{name} holds no trained model: give the folder of a run, or its checkpoint, or the name of a "
        )


def test_melodies_are_composed_by_the_model_of_a_run(run, composed):
    again = mt.compose_melodies(str(run), settings=SHORT)
    assert [melody.events.tolist() for melody, *_ in again] == [m.events.tolist() for m, *_ in composed]


def test_melodies_are_saved_as_midi_files_and_read_again(composed, tmp_path):
    path = mt.save_midi(composed[0].melody, tmp_path / "melody.mid")
    (score,) = mt.read_music(path).values()
    assert score.pitch.tolist() == composed[0].melody.notes()[2].tolist()
    assert mt.save_midi(score, tmp_path / "again.mid").read_bytes() == path.read_bytes()


def test_melodies_are_saved_as_abc_and_read_again(composed, tmp_path):
    path = mt.save_abc(composed[0].melody, tmp_path / "melody.abc", "My first tune")
    (score,) = mt.read_music(path).values()
    assert score.pitch.tolist() == composed[0].melody.notes()[2].tolist()
    with pytest.raises(mt.UserError, match="save_abc writes a Melody, and this is a Composed"):
        mt.save_abc(composed[0], path)


def test_statistics_take_melodies_with_their_bars_or_their_events(composed):
    melodies = [melody for melody, *_ in composed]
    events, bars = [melody.events for melody in melodies], [melody.steps_per_bar for melody in melodies]
    assert mt.melody_statistics(melodies) == mt.melody_statistics(events, steps_per_bar=bars)
    (score,) = mt.read_music("data/primers/irish_washerwoman.mid").values()
    waltz = mt.read_primer(midi_path="data/primers/augustin.mid").melody
    assert waltz.steps_per_bar == 12 and len(score.pitch)
    assert mt.melody_statistics([waltz]) == mt.melody_statistics([waltz.events], steps_per_bar=12)


def test_what_is_no_melody_is_refused_in_one_sentence(composed, tmp_path):
    (score,) = mt.read_music("data/primers/twinkle.mid").values()
    with pytest.raises(mt.UserError, match="draws a Melody, and this is a Score: play shows a Score"):
        mt.plot_melody(score)
    with pytest.raises(mt.UserError, match="writes a Melody or a Score, and this is a Composed"):
        mt.save_midi(composed[0], tmp_path / "melody.mid")
