"""Anything → pictures and sound.

Piano rolls, curves, bars, diagrams of networks, all as matplotlib ``Axes``; plucked strings as samples;
both as bytes for files and pages. matplotlib is loaded when a picture is drawn. May import evaluation and
the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
