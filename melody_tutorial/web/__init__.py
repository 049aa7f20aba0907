"""Music and models → instruments in a page: their JavaScript, without a build step, and its one Python door.

Each module of JavaScript has one subject and knows nothing outside this room; a page or a notebook gets it
with all that it imports, as one text. May import views and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
