"""Presets: all settings of one run of the main job, for whichever model."""

import os
from dataclasses import asdict, dataclass, field, replace

from melody_tutorial.config import (
    CLIP_NORMS,
    MODELS,
    DatasetSettings,
    ExtractionSettings,
    ModelSettings,
    SamplingSettings,
    TrainingSettings,
)
from melody_tutorial.errors import UserError

WHOLE_TUNE = 1024  # steps, in which nearly every tune ends; at 512, one in six is cut


@dataclass(frozen=True)
class Preset:
    """All settings of one run of the main job."""

    extraction: ExtractionSettings = field(default_factory=ExtractionSettings)
    dataset: DatasetSettings = field(default_factory=DatasetSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    max_tunes: int | None = None  # only the first so many files of the corpus
    samples: int | None = None  # melodies that are composed to be measured; None: as evaluate has it


PRESETS = {
    "test": Preset(
        model=ModelSettings(units=(32,)),
        training=TrainingSettings(batch_size=16, window=32, epochs=2),
        sampling=SamplingSettings(num_outputs=2, num_steps=64),
        max_tunes=300,
        samples=32,
    ),
    "cpu": Preset(),
    "full": Preset(
        model=ModelSettings(units=(512, 512), dropout=0.3),
        training=TrainingSettings(batch_size=128, learning_rate=0.003, epochs=60),
    ),
}


def preset(name: str | None = None) -> Preset:
    """The preset of that name; None: the one that MELODY_TUTORIAL_PRESET names, else ``cpu``.

    Raises:
        UserError: there is no preset of that name.
    """
    name = name or os.environ.get("MELODY_TUTORIAL_PRESET") or "cpu"
    if name not in PRESETS:
        raise UserError(f"there is no preset {name!r}: choose one of {', '.join(PRESETS)}")
    return PRESETS[name]


def with_model(chosen: Preset, name: str) -> Preset:
    """A preset that trains one of ``MODELS``, on melodies as that model reads them.

    What the preset changes of basic_rnn, such as its size, it changes of this model too.

    Raises:
        UserError: there is no such model.
    """
    if name not in MODELS:
        raise UserError(f"--model is {name!r}: allowed are {', '.join(MODELS)}")
    own, plain = asdict(chosen.model), asdict(MODELS["basic_rnn"])
    model = replace(MODELS[name], **{key: own[key] for key in ("units", "dropout") if own[key] != plain[key]})
    training = replace(chosen.training, clip_norm=CLIP_NORMS.get(name, chosen.training.clip_norm))
    return fit_to(replace(chosen, training=training), model)


def fit_to(chosen: Preset, model: ModelSettings) -> Preset:
    """A preset that trains a model on melodies as it reads them: to the end where it learns how tunes end."""
    most = max(chosen.extraction.max_steps, WHOLE_TUNE) if model.has_end else chosen.extraction.max_steps
    extraction = replace(chosen.extraction, max_steps=most)
    dataset = replace(chosen.dataset, transpose=model.transpose)
    return replace(chosen, model=model, extraction=extraction, dataset=dataset)
