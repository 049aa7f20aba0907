"""The main job, step by step: archives → dataset → run → figures → melodies → report.

The command line and the notebooks call the same functions; what happens meanwhile goes to a ``Reporter``.
May import web and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
