"""Windows of events → trained weights and the history of their epochs, in the folder of a run.

In comes a dataset; out go a checkpoint, ``history.csv`` and a state from which training goes on as if it
had never been interrupted. Loads TensorFlow. May import sampling and the rooms above it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
