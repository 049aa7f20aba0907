"""``Melody``: one monophonic line of events on a grid of steps, and its extraction from scores."""

from dataclasses import dataclass

import numpy as np

NO_EVENT = -2  # hold: the note or the silence goes on
NOTE_OFF = -1


@dataclass(frozen=True)
class Melody:
    """A monophonic line: one event for each step.

    Attributes:
        events: −2 no-event, −1 note-off, 0 … 127 note-on of that pitch; int8, shape (steps,).
        steps_per_quarter: length of a step; 4 makes it a sixteenth note.
        steps_per_bar: steps in a bar, from the time signature; 16 in 4/4.
        qpm: tempo in quarter notes per minute.
        start_step: step of the score at which the melody starts.
        source: name of the file that it came from, "" where there is none.
    """

    events: np.ndarray
    steps_per_quarter: int = 4
    steps_per_bar: int = 16
    qpm: float = 120.0
    start_step: int = 0
    source: str = ""

    def notes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Onset step, end step (exclusive) and pitch of each note; integers, shape (notes,) each."""
        events = np.asarray(self.events, dtype=np.int64)
        (changes,) = np.nonzero(events != NO_EVENT)
        ends = np.append(changes[1:], len(events))
        is_note = events[changes] >= 0
        return changes[is_note], ends[is_note], events[changes[is_note]]
