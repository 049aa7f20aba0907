"""Settings are checked where they are made: no number is taken that only fails later, or fills the memory."""

import json
from dataclasses import asdict

import pytest

from melody_tutorial.config import (
    DatasetSettings,
    ExtractionSettings,
    ModelSettings,
    SamplingSettings,
    SourceCaps,
    TrainingSettings,
    settings_of,
)
from melody_tutorial.errors import UserError

WRONG = [
    (SourceCaps, "max_total_bytes", -1, "from 0 up"),
    (SourceCaps, "max_member_bytes", 10**16, "from 0 to 1,000,000,000,000,000"),
    (SourceCaps, "max_ratio", float("nan"), "numbers above 0"),
    (ExtractionSettings, "steps_per_quarter", 10**11, "from 1 to 1,000,000,000"),
    (ExtractionSettings, "max_steps", 10**20, "from 1 to 1,000,000,000"),
    (DatasetSettings, "seed", -1, "from 0 up"),
    (DatasetSettings, "seed", 2**32, "from 0 to 4,294,967,295"),
    (TrainingSettings, "seed", -1, "from 0 up"),
    (TrainingSettings, "batch_size", 10**8, "from 1 to 10,000"),
    (TrainingSettings, "window", 10**8, "from 1 to 10,000"),
    (TrainingSettings, "epochs", 10**20, "from 1 to 1,000,000,000"),
    (SamplingSettings, "seed", -1, "from 0 up"),
    (SamplingSettings, "num_outputs", 10**17, "from 1 to 10,000"),
    (SamplingSettings, "num_steps", 10**13, "from 1 to 10,000"),
    (SamplingSettings, "beam_size", 10**12, "from 1 to 10,000"),
    (SamplingSettings, "branch_factor", 10**13, "from 1 to 10,000"),
]


@pytest.mark.parametrize(("settings", "name", "value", "allowed"), WRONG)
def test_a_number_that_cannot_be_is_refused_with_what_can(settings, name, value, allowed):
    with pytest.raises(UserError) as error:
        settings(**{name: value})
    assert str(error.value).startswith(f"{name} is {value}: allowed are ")
    assert str(error.value).endswith(allowed)


@pytest.mark.parametrize("settings", [DatasetSettings, TrainingSettings, SamplingSettings])
def test_every_seed_of_32_bits_is_allowed(settings):
    assert settings(seed=2**32 - 1).seed == 2**32 - 1


@pytest.mark.parametrize("kind", [ModelSettings, TrainingSettings, SamplingSettings, ExtractionSettings])
def test_settings_come_back_from_json(kind):
    settings = kind()
    assert settings_of(kind, json.loads(json.dumps(asdict(settings)))) == settings


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (ModelSettings, "units", ["eight"]),
        (ModelSettings, "units", [8.0]),
        (ModelSettings, "units", [True]),
        (ModelSettings, "units", 8),
        (ModelSettings, "has_end", "yes"),
        (ModelSettings, "has_end", 1),
        (ModelSettings, "dropout", "0.2"),
        (ModelSettings, "cell", ["lstm"]),
        (ModelSettings, "features", [["event"]]),
        (ModelSettings, "heads", 8),
        (TrainingSettings, "epochs", 2.5),
        (TrainingSettings, "epochs", None),
        (SamplingSettings, "top_k", "all"),
    ],
    ids=str,
)
def test_settings_of_another_type_are_told_from_those_of_theirs(kind, name, value):
    """JSON has no types: "no" was a model with an end once."""
    with pytest.raises(TypeError, match=name):
        settings_of(kind, {name: value})
