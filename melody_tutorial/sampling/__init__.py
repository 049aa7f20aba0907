"""Logits → the next event, one after the other.

In come trained weights and a primer; temperature, top-k, top-p and beam search choose; out go token ids.
Randomness is passed in as a seed. May import networks and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
