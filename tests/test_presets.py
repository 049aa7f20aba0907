"""Presets: a model finds its melodies made as it reads them, and keeps what the preset is about."""

from dataclasses import replace

import pytest

from melody_tutorial.config import DEFAULT_MODEL, MODELS
from melody_tutorial.errors import UserError
from melody_tutorial.presets import PRESETS, fit_to, preset, with_model


@pytest.mark.parametrize("name", MODELS)
def test_a_model_gets_melodies_as_it_reads_them(name):
    chosen = with_model(preset("cpu"), name)
    assert chosen.model == MODELS[name]
    assert chosen.dataset.transpose == MODELS[name].transpose
    assert chosen.extraction.max_steps == (1024 if MODELS[name].has_end else 512)


def test_a_small_preset_stays_small():
    small = with_model(preset("test"), "melody_rnn")
    assert small.model == replace(MODELS["melody_rnn"], units=(32,))
    assert (small.training, small.max_tunes) == (preset("test").training, preset("test").max_tunes)


def test_basic_rnn_is_the_preset_itself():
    for chosen in PRESETS.values():
        assert with_model(chosen, "basic_rnn") == chosen


def test_what_was_asked_for_is_not_cut_shorter():
    long = replace(preset("cpu"), extraction=replace(preset("cpu").extraction, max_steps=4096))
    assert fit_to(long, MODELS[DEFAULT_MODEL]).extraction.max_steps == 4096


def test_a_model_that_there_is_not_is_told_in_a_sentence():
    with pytest.raises(UserError, match="--model is 'transformer': allowed are basic_rnn, mono_rnn"):
        with_model(preset("cpu"), "transformer")
