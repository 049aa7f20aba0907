"""From an archive of MIDI files to new melodies, in readable pieces.

Importing the package imports none of its modules: ``from melody_tutorial import melody, sampling``.
"""
