"""How well trained weights predict melodies that they have not learned from, in NumPy."""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from melody_tutorial.errors import UserError
from melody_tutorial.melodies import NUM_SPECIAL_EVENTS
from melody_tutorial.networks import Checkpoint, Network, log_softmax

GROUP = 128  # melodies side by side; of like length, so that little is padded
PADDING = 255  # no class


def predict_figures(checkpoint: Checkpoint, melodies: Sequence[np.ndarray]) -> dict[str, float]:
    """Figures of a model on melodies, over all events but each melody's first, as in ``history.csv``.

    Args:
        melodies: token ids, each uint8 of shape (steps,).

    Returns:
        ``loss`` in nats per event; ``accuracy``, the share of the events that are the likeliest class;
        ``onset_accuracy``, the same over those that are note-ons.

    Raises:
        UserError: no melody has two events, or one has a class that the model does not know.
    """
    ordered = sorted((ids for ids in melodies if len(ids) > 1), key=len)
    if not ordered:
        raise UserError("no melody with two events to measure on: give another dataset")
    if (most := max(int(ids.max()) for ids in ordered)) >= checkpoint.model.classes:
        raise UserError(f"a melody holds class {most}: the model knows {checkpoint.model.classes}")
    with threadpool_limits(1):
        groups = [ordered[start : start + GROUP] for start in range(0, len(ordered), GROUP)]
        log_p, hit, onset = map(np.concatenate, zip(*(_predict(checkpoint, g) for g in groups), strict=True))
    return {
        "loss": float(-log_p.mean()),
        "accuracy": float(hit.mean()),
        "onset_accuracy": float(hit[onset].mean()) if onset.any() else 0.0,
    }


def _predict(checkpoint: Checkpoint, melodies: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """For each event but the first: log p, whether it is the likeliest class, whether it is a note-on."""
    padded = np.full((max(map(len, melodies)), len(melodies)), PADDING, np.uint8)  # (steps, batch)
    for column, ids in enumerate(melodies):
        padded[: len(ids), column] = ids
    network, rows = Network(checkpoint, len(melodies)), np.arange(len(melodies))
    log_p, hit = np.zeros(padded[1:].shape), np.zeros(padded[1:].shape, bool)
    real = padded != PADDING
    ids = np.where(real, padded, 0)
    for step, labels in enumerate(ids[1:]):
        logits = network.step(ids[step])
        log_p[step] = log_softmax(logits)[rows, labels]
        hit[step] = logits.argmax(axis=1) == labels
    return log_p[real[1:]], hit[real[1:]], ids[1:][real[1:]] >= NUM_SPECIAL_EVENTS
