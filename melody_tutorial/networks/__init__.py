"""Token ids → logits, in three ways, and trained weights on disk.

By hand, formula by formula, with the gradients (NumPy); in TensorFlow, for training; and fast, for sampling
(NumPy). May import datasets and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
