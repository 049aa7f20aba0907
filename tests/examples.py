"""Melodies that several tests use."""

import numpy as np

from melody_tutorial.melodies.melody import Melody


def random_melody(seed: int, source: str | None = None, notes: int = 40, **details) -> Melody:
    """A melody of that many notes, each a few steps long."""
    rng = np.random.default_rng(seed)
    events = np.full(notes * 4, -2, dtype=np.int8)
    events[np.sort(rng.choice(notes * 4, notes, replace=False))] = rng.integers(60, 80, notes)
    return Melody(events, source=f"{seed}.mid" if source is None else source, **details)


TUNES = [random_melody(seed) for seed in range(40)]
TWINKLE = [60, -2, 60, -2, 67, -2, 67, -2, 69, -2, 69, -2, 67, -2, -2, -2]
