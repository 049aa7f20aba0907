"""Labels: what a network says of the next event, and which event that is.

Most models have one label for each event. Magenta's lookback_rnn and attention_rnn (E. Waite, Generating
long-term structure in songs and stories, 2016) have two more, "as one bar ago" and "as two bars ago", of 16
steps each, so that a repetition is easy to learn. An event then has several labels, of which training asks
for one; the probability of an event is the sum over all labels that mean it.
"""

from collections.abc import Callable

import numpy as np

from melody_tutorial.config import ModelSettings
from melody_tutorial.melodies import NUM_SPECIAL_EVENTS
from melody_tutorial.networks.heard import LOOKBACKS, Heard

NO_EVENT_ID = 0
# Numbers of classes → the event that each label means, repetitions apart.
ORDERS: dict[str, Callable[[int], np.ndarray]] = {
    "lookback": np.arange,
    "key": lambda classes: np.roll(np.arange(classes), -NUM_SPECIAL_EVENTS),  # pitches, no-event, note-off
}


def num_labels(model: ModelSettings) -> int:
    """How many labels a model chooses from."""
    return model.outcomes if model.labels == "events" else model.classes + len(LOOKBACKS)


def label_events(model: ModelSettings, heard: Heard, ids: np.ndarray) -> np.ndarray:
    """The label that training asks for, of the next event of each melody.

    That is a repetition, if the event is one, the longer way back before the shorter; within the first two
    bars no-event counts as one.
    """
    if model.labels == "events":
        return ids
    label = np.argsort(ORDERS[model.labels](model.classes)).take(ids, mode="clip")
    for number, steps in enumerate(LOOKBACKS, model.classes):
        label = np.where(heard.ago(steps) == ids, number, label)
    if heard.steps < LOOKBACKS[-1]:
        label = np.where(ids == NO_EVENT_ID, model.classes + len(LOOKBACKS) - 1, label)
    return label


def event_logits(
    model: ModelSettings, heard: Heard, logits: np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """Logits of events from those of labels: softmax(logits) summed over all labels that mean the event.

    A repetition of what was not there means no-event.

    Args:
        logits: float32, (melodies, labels).
        out: where to put them, (melodies, classes).
    """
    events = np.take(logits, np.argsort(ORDERS[model.labels](model.classes)), axis=1, out=out)
    rows = np.arange(len(logits))
    for number, steps in enumerate(LOOKBACKS, model.classes):
        event = heard.ago(steps)
        event = np.where(event == model.classes, NO_EVENT_ID, event)
        events[rows, event] = np.logaddexp(events[rows, event], logits[:, number])
    return events
