"""Settings are checked where they are made: no number is taken that only fails later, or fills the memory."""

import pytest

from melody_tutorial.config import (
    DatasetSettings,
    ExtractionSettings,
    SamplingSettings,
    SourceCaps,
    TrainingSettings,
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
