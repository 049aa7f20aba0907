"""Files and archives of music → ``Score``: notes, tempos, signatures as NumPy columns; and back to MIDI.

In come bytes: folders, zips and tars with MIDI, ABC or MusicXML, one file at a time. Out go scores, or a
reason for each file that gives none. May import the ground floor.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
