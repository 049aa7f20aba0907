"""A melody that grows event by event, drawn or chosen by hand, with every event open to being taken back."""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from melody_tutorial.errors import UserError
from melody_tutorial.networks import NOTHING_KNOWN, Checkpoint, Facts, Network, Snapshot
from melody_tutorial.sampling.sampler import first_probabilities, tempered


class Stepper:
    """A trained network between two events: the melody so far, and what may come next.

    Attributes:
        ids: the melody so far, primer first; token ids.
        primer_steps: how many of them are the primer's, which stays.
        temperature: of ``distribution``; may be changed at any time.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        primer: Sequence[int] | np.ndarray = (),
        temperature=1.0,
        facts: Facts = NOTHING_KNOWN,
    ):
        """Read the primer; without one, the first event is drawn as ``sample_ids`` draws it."""
        self.ids: list[int] = []
        self.temperature = temperature
        self.network = Network(checkpoint, 1, facts)
        if checkpoint.model.has_end:
            with threadpool_limits(1):
                self.logits = self.network.step(None)[0]
        else:
            with np.errstate(divide="ignore"):  # no melody begins with some classes: their logit is −∞
                self.logits = np.log(first_probabilities(checkpoint))
        self.past: list[tuple[Snapshot, np.ndarray]] = []  # memory and logits before each event
        for number in primer:
            self.choose(number)
        self.primer_steps = len(self.ids)

    def distribution(self, temperature: float | None = None) -> np.ndarray:
        """Probability of each class to come next, at ``self.temperature`` if None; float64, (classes,)."""
        return tempered(self.logits.astype(np.float64), temperature or self.temperature)

    def likeliest(self, number: int) -> list[int]:
        """The ids of the likeliest next events, likeliest first."""
        return np.argsort(-self.distribution(), kind="stable")[:number].tolist()

    def draw(self, rng: np.random.Generator) -> int:
        """Draw the next event from the distribution, feed it to the network, and return its id."""
        p = self.distribution()
        return self.choose(rng.choice(len(p), p=p))

    def choose(self, number: int) -> int:
        """Take ``number`` as the next event, feed it to the network, and return it.

        Raises:
            UserError: it is no class of the network.
        """
        if not 0 <= number < len(self.logits):
            raise UserError(f"the event has the id {number}: allowed are 0 to {len(self.logits) - 1}")
        self.past.append((self.network.snapshot(), self.logits))
        with threadpool_limits(1):
            self.logits = self.network.step(np.array([number]))[0].copy()
        self.ids.append(int(number))
        return self.ids[-1]

    def undo(self) -> int:
        """Take the last event back and return its id: the network remembers what it did before it.

        Raises:
            UserError: nothing came after the primer yet.
        """
        if len(self.ids) == self.primer_steps:
            raise UserError("nothing is left to take back: the melody is at the end of its primer")
        snapshot, self.logits = self.past.pop()
        self.network.restore(snapshot)
        return self.ids.pop()
