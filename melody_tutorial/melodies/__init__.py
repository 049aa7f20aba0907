"""``Score`` → ``Melody`` → token ids, and back.

In come scores. They are put on a grid, split into voices and phrases, and judged by the rules of
extraction; out go melodies, and a reason for each reject. The encoding turns melodies into the 38 classes
that a network reads. May import music and the ground floor.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
