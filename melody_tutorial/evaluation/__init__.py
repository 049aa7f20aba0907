"""Melodies and predictions → figures.

How well melodies are predicted, beside models that only count; what melodies are like; what they share with
the training melodies. May import training and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
