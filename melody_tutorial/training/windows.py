"""The windows of ``datasets`` as tensors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.datasets import all_windows

if TYPE_CHECKING:
    import tensorflow as tf


def tf_windows(
    melodies: Sequence[np.ndarray], batch_size: int, window: int, rng: np.random.Generator | None = None
) -> "tf.data.Dataset":
    """``stream_windows`` as a ``tf.data.Dataset`` of ``Window``s of tensors, prefetched."""
    import tensorflow as tf

    arrays = all_windows(melodies, batch_size, window, rng)
    return tf.data.Dataset.from_tensor_slices(arrays).prefetch(tf.data.AUTOTUNE)
