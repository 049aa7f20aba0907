"""``melody-tutorial``: parses, calls, prints, and ends each command well; no logic of its own.

One module of ``commands/`` for each command. May import every other room.
"""

from melody_tutorial.cli.needed import needed

with needed():
    import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
