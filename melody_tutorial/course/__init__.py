"""What only a notebook needs: players, sliders, source, networks that the chapters build, exercises.

Everything that is shown works without a network. May import pipeline and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
