"""From an archive of MIDI files to new melodies: the front door, with the names of a whole morning's work.

``import melody_tutorial as mt`` loads nothing large; each name is loaded when it is first used. Behind the
door lie rooms, along the flow of the data: music, melodies, datasets, networks, sampling, training,
evaluation, views, pipeline, course, cli. Each says what comes in and what goes out.
"""

from importlib import import_module

# By hand, unlike the rooms' doors: on Colab the package is first imported when nothing else is installed.
_ROOMS = {
    "Melody": "melodies",
    "Score": "music",
    "UserError": "errors",
    "compose_melodies": "pipeline",
    "evaluate_run": "pipeline",
    "extract_dataset": "pipeline",
    "load_checkpoint": "networks",
    "melody_statistics": "evaluation",
    "open_dataset": "datasets",
    "play": "course",
    "plot_melody": "views",
    "read_music": "music",
    "read_primer": "sampling",
    "save_abc": "melodies",
    "save_midi": "melodies",
    "save_png": "views",
    "train_run": "pipeline",
}
__all__ = list(_ROOMS)  # __init__.pyi says the same to editors


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
