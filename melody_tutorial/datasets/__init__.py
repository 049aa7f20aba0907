"""Melodies → a dataset on disk → windows of events.

In come melodies, from a corpus that is built here or from any archive. Duplicates go, relatives stay on one
side of the split, and a manifest vouches for what is written; out go records, and batches of windows. May
import melodies and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
