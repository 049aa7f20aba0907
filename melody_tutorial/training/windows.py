"""The windows of ``datasets`` as tensors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from melody_tutorial.datasets import Reading, windows_of

if TYPE_CHECKING:
    import tensorflow as tf


def tf_windows(
    readings: Sequence[Reading], batch_size: int, window: int, rng: np.random.Generator | None = None
) -> "tf.data.Dataset":
    """``windows_of`` as a ``tf.data.Dataset`` of ``Window``s of tensors, prefetched."""
    import tensorflow as tf

    arrays = windows_of(readings, batch_size, window, rng)
    return tf.data.Dataset.from_tensor_slices(arrays).prefetch(tf.data.AUTOTUNE)
