"""Drawing new melodies from a trained network, as token ids: temperature, top-k, top-p, beam search.

Each drawn event is fed back in, so that the network dreams on. NumPy alone; TensorFlow is not imported.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from melody_tutorial.config import ModelSettings, SamplingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.funnel import counted
from melody_tutorial.networks import NOTHING_KNOWN, Checkpoint, Facts, Network, log_softmax, softmax

MOST_ROWS = 128  # sequences that run side by side; more cost memory and gain no speed
STEPS = 256  # of a melody of a model that knows no end
MOST_STEPS = 1024  # after which a tune is left without its end


class Samples(NamedTuple):
    """Melodies as token ids and how likely the network finds them.

    Attributes:
        ids: the primer and what was drawn after it; uint8, shape (num_outputs, num_steps). Of a model that
            has an end, ``classes`` stands there and at all steps behind it.
        log_likelihoods: Σ log p of the drawn events in nats, p being the network's own probability (at
            temperature 1, nothing cut off), whatever the settings; shape (num_outputs,).
    """

    ids: np.ndarray
    log_likelihoods: np.ndarray

    def melodies(self, classes: int) -> list[np.ndarray]:
        """The ids of each output up to its end, if it has one."""
        return [ids[ids < classes] for ids in self.ids]


def sample_ids(
    checkpoint: Checkpoint,
    primer: Sequence[int] | np.ndarray,
    settings: SamplingSettings,
    rng: np.random.Generator | int | None = None,
    facts: Facts | Sequence[Facts] = NOTHING_KNOWN,
) -> Samples:
    """Continue a primer ``settings.num_outputs`` times.

    Every output draws from a random generator of its own, spawned from ``rng``: output 3 of 8 is output 3
    of 64, and a longer melody begins as the shorter one (but for events that tie within rounding).

    Args:
        primer: ids that every output begins with; where it is empty, each output's first event is drawn by
            a model that has an end, or else from the first events of the training melodies.
        rng: generator or seed; None takes ``settings.seed``. A generator gives new melodies at each call.
        facts: metre, mode and bars of each output, or of all, for a model that reads them.

    Raises:
        UserError: the primer leaves no step to be drawn, or has an id that is no class of the model.
    """
    rngs = np.random.default_rng(settings.seed if rng is None else rng).spawn(settings.num_outputs)
    facts = [facts] * len(rngs) if isinstance(facts, Facts) else facts
    return draw(checkpoint, primer, settings, rngs, facts)


def draw(
    checkpoint: Checkpoint,
    primer: Sequence[int] | np.ndarray,
    settings: SamplingSettings,
    rngs: Sequence[np.random.Generator],
    facts: Sequence[Facts],
) -> Samples:
    """Continue a primer once for each generator; arguments and errors else as of ``sample_ids``."""
    settings = with_steps(settings, checkpoint.model)
    primer = check_primer(primer, settings, checkpoint.model.classes)
    size = max(1, MOST_ROWS // (settings.beam_size * settings.branch_factor))
    with threadpool_limits(1):
        groups = [
            sample_group(
                checkpoint, primer, settings, rngs[start : start + size], facts[start : start + size]
            )
            for start in range(0, len(rngs), size)
        ]
    ids, log_likelihoods = zip(*groups, strict=True)
    return Samples(np.concatenate(ids, axis=1).T.astype(np.uint8), np.concatenate(log_likelihoods))


def with_steps(settings: SamplingSettings, model: ModelSettings) -> SamplingSettings:
    """The settings, with a number of steps: where none is asked for, more where a tune may end before."""
    return replace(settings, num_steps=settings.num_steps or (MOST_STEPS if model.has_end else STEPS))


def check_primer(primer: Sequence[int] | np.ndarray, settings: SamplingSettings, classes: int) -> np.ndarray:
    """The primer as int64 ids; a UserError where it does not fit."""
    primer = np.asarray(primer, np.int64)
    if len(primer) >= settings.num_steps:
        raise UserError(
            f"the primer has {counted(len(primer), 'steps')} and num_steps is {settings.num_steps}, primer "
            f"included: shorten the primer or raise --num-steps above {len(primer)}"
        )
    if len(primer) and not 0 <= primer.min() <= primer.max() < classes:
        raise UserError(
            f"the primer has ids {primer.min()} to {primer.max()}: allowed are 0 to {classes - 1}"
        )
    return primer


def sample_group(
    checkpoint: Checkpoint,
    primer: np.ndarray,
    settings: SamplingSettings,
    rngs: Sequence[np.random.Generator],
    facts: Sequence[Facts],
) -> tuple[np.ndarray, np.ndarray]:
    """One output for each generator, side by side: ids (steps, outputs), log-likelihoods (outputs,)."""
    model, width = checkpoint.model, settings.beam_size * settings.branch_factor
    known = len(primer) or model.has_end
    primers = [primer if known else draw_first(checkpoint, rng) for rng in rngs]
    ids = np.repeat(np.stack(primers, axis=1), width, axis=1)  # (primer steps, outputs · width)
    network = Network(checkpoint, ids.shape[1], [each for each in facts for _ in range(width)])
    if model.has_end and len(ids):
        network.step(None)
    for row in ids[:-1]:  # the last one is fed when the first event is drawn
        network.step(row)
    shape = (settings.num_steps - len(ids), width, model.outcomes)
    noise = np.concatenate([gumbel(rng, shape) for rng in rngs], axis=1)
    noise *= np.float32(settings.temperature)
    return beam_search(network, ids, noise, settings)


def draw_first(checkpoint: Checkpoint, rng: np.random.Generator) -> np.ndarray:
    """A primer of one id, drawn as often as training melodies begin with it."""
    return rng.choice(checkpoint.model.classes, size=1, p=first_probabilities(checkpoint))


def first_probabilities(checkpoint: Checkpoint) -> np.ndarray:
    """How often training melodies begin with each class, as shares; shape (classes,)."""
    return checkpoint.first_event_counts / checkpoint.first_event_counts.sum()


def gumbel(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard Gumbel noise G = −log E with E exponential; float32."""
    return -np.log(np.maximum(rng.standard_exponential(shape, np.float32), 1e-30))


def beam_search(
    network: Network, ids: np.ndarray, noise: np.ndarray, settings: SamplingSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Sample on from ``ids``; of many attempts, go on with the likeliest, as Magenta's beam search does.

    In each iteration every one of an output's ``beam_size`` sequences is continued ``branch_factor`` times
    by ``steps_per_iteration`` drawn events; the ``beam_size`` likeliest of all go on. The likeliest of the
    last iteration is the output. With both at 1 this is plain sampling, in one iteration.

    Args:
        ids: (primer steps, outputs · width) with width = beam_size · branch_factor rows for each output.
        noise: Gumbel noise times temperature, (steps to draw, outputs · width, classes).
    """
    width = settings.beam_size * settings.branch_factor
    stride = settings.steps_per_iteration if width > 1 else max(1, len(noise))
    likelihoods = np.zeros(ids.shape[1])
    for start in range(0, len(noise), stride):
        last = ids[-1] if len(ids) else None
        drawn, gained = extend(network, last, noise[start : start + stride], settings)
        likelihoods += gained
        rows = likeliest(likelihoods.reshape(-1, width), settings)
        network.select(rows)
        ids, likelihoods = np.concatenate([ids, drawn])[:, rows], likelihoods[rows]
    return ids[:, ::width], likelihoods[::width]  # the first row of each output is its likeliest


def likeliest(likelihoods: np.ndarray, settings: SamplingSettings) -> np.ndarray:
    """Rows to go on with: each output's best ``beam_size``, likeliest first, ``branch_factor`` times each."""
    outputs, width = likelihoods.shape
    best = np.argsort(-likelihoods, axis=1, kind="stable")[:, : settings.beam_size]
    rows = best + width * np.arange(outputs)[:, None]
    return np.repeat(rows, settings.branch_factor, axis=1).ravel()


def extend(
    network: Network, last: np.ndarray | None, noise: np.ndarray, settings: SamplingSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Draw as many events as ``noise`` has steps: ids (steps, batch) and their log-likelihood (batch,).

    Behind the end of a melody the end stands again and again, and counts for nothing.

    The Gumbel-max trick (Gumbel 1954; Maddison et al. 2014): argmax(logits + T · G) is a draw from
    softmax(logits / T), and as T goes to 0 it becomes the arg-max.
    """
    end = network.model.classes
    logits, ids = np.empty_like(noise), np.full(noise.shape[:2], end, np.int64)
    over = np.ones(ids.shape, bool)
    for step, disturbance in enumerate(noise):
        over[step] = False if last is None else last == end
        if over[step].all():
            break
        scores = restrict(network.step(last, out=logits[step]), settings)
        last = ids[step] = np.where(over[step], end, (scores + disturbance).argmax(axis=1))
    steps = np.count_nonzero(~over.all(axis=1))  # at which something was drawn
    drawn = np.take_along_axis(log_softmax(logits[:steps]), ids[:steps, :, None], axis=-1)[..., 0]
    return ids, drawn.sum(axis=0, where=~over[:steps], dtype=np.float64)


def restrict(logits: np.ndarray, settings: SamplingSettings) -> np.ndarray:
    """Logits with the classes that may not be drawn at −∞; (…, classes).

    The order is temperature, top-k, top-p: top-p counts what the temperature and top-k left. Top-k (Fan et
    al. 2018) keeps the k likeliest classes and what ties with the last of them; top-p (nucleus sampling,
    Holtzman et al. 2020) the fewest, likeliest first, that hold together at least the probability p.
    """
    if settings.top_k is not None and settings.top_k < logits.shape[-1]:
        least = np.partition(logits, -settings.top_k, axis=-1)[..., -settings.top_k, None]
        logits = np.where(logits < least, -np.inf, logits)
    if settings.top_p is not None and settings.top_p < 1:
        falling = -np.sort(-logits, axis=-1)
        probabilities = tempered(falling, settings.temperature)
        before = probabilities.cumsum(axis=-1) - probabilities  # held by the likelier classes
        least = np.where(before < settings.top_p, falling, np.inf).min(axis=-1, keepdims=True)
        logits = np.where(logits < least, -np.inf, logits)
    return logits


def tempered(logits: np.ndarray, temperature: float) -> np.ndarray:
    """softmax(logits / temperature); the largest is subtracted first, so that small temperatures serve."""
    return softmax((logits - logits.max(axis=-1, keepdims=True)) / temperature)


def event_probabilities(logits: np.ndarray, settings: SamplingSettings) -> np.ndarray:
    """Probability with which each class is drawn under the settings; (…, classes)."""
    return tempered(restrict(logits, settings), settings.temperature)


def next_event_probabilities(
    checkpoint: Checkpoint,
    ids: Sequence[int] | np.ndarray,
    settings: SamplingSettings | None = None,
    facts: Facts = NOTHING_KNOWN,
) -> np.ndarray:
    """Probabilities of what comes after ``ids``, shape (outcomes,), as ``sample_ids`` would draw it.

    No ids, and a model without an end: the first events of the training melodies. No settings: the network's
    own probabilities.
    """
    if not len(ids) and not checkpoint.model.has_end:
        return first_probabilities(checkpoint)
    network = Network(checkpoint, 1, facts)
    with threadpool_limits(1):
        logits = network.step(None) if checkpoint.model.has_end else None
        for row in np.asarray(ids, np.int64)[:, None]:
            logits = network.step(row)
    return event_probabilities(logits[0], settings or SamplingSettings())
