"""From what is asked, and maybe a primer, to new melodies: in a key, with a metre and a tempo, ended well."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melody_tutorial.config import DEFAULT_MODEL, QPM, ModelSettings, SamplingSettings, TuneSettings
from melody_tutorial.errors import UserError
from melody_tutorial.melodies import (
    NO_EVENT,
    NUM_SPECIAL_EVENTS,
    Key,
    Melody,
    decode_events,
    transpose,
    usual_qpm,
)
from melody_tutorial.networks import (
    NOTHING_KNOWN,
    Checkpoint,
    Facts,
    load_checkpoint,
    reads_facts,
)
from melody_tutorial.pipeline.ranking import best_first
from melody_tutorial.sampling import (
    Asked,
    Primer,
    draw_facts,
    draw_place,
    fit_primer,
    read_asked,
    read_primer,
    sample_ids,
    sample_tunes,
    with_primer,
    with_steps,
)

SPARE_BARS = 16  # after which a tune that did not end where it was asked to is cut
CHOICES = 1  # beside the seed: draws of metres and keys, apart from those of events
DANCES = {
    (6, 8): "Jig",
    (2, 2): "Reel",
    (4, 4): "Reel",
    (2, 4): "Polka",
    (3, 4): "Waltz",
    (3, 8): "Waltz",
    (9, 8): "Slip jig",
    (12, 8): "Slide",
    (3, 2): "Hornpipe",
}


class Composed(NamedTuple):
    """One new melody.

    Attributes:
        melody: in the key, time signature and tempo of its primer, or in those that were asked or drawn;
            ``is_whole`` where it ended by itself.
        primer_steps: how many steps of the primer it begins with.
        log_likelihood: Σ log p in nats of all that the network drew, before the end was cut off.
        drawn: how many events those are, the end counted in.
        title: such as "Jig in D dorian, No. 3".
    """

    melody: Melody
    primer_steps: int
    log_likelihood: float
    drawn: int
    title: str = ""


def compose_melodies(
    checkpoint: Checkpoint | str | Path = DEFAULT_MODEL,
    primer: Primer | None = None,
    settings: SamplingSettings | None = None,
    *,
    tune: TuneSettings | None = None,
    training: Sequence[np.ndarray] = (),
    include_primer: bool = True,
    qpm: float | None = None,
) -> list[Composed]:
    """Compose melodies: as they are asked for, or in the key, time signature and tempo of a primer.

    A model that knows no end is cut at a bar line, and so is a tune that has not ended some bars after it
    should.

    Args:
        checkpoint: a trained model, or the folder of a run that has one, or the name of one that ships.
        primer: as from ``read_primer``; None: the model begins.
        settings: of ``melody_tutorial.config``, such as ``SamplingSettings(num_outputs=2, temperature=0.8)``.
        tune: likewise, such as ``TuneSettings(metre="6/8", key="D", mode="dorian", bars=32)``; what is not
            asked is drawn for each tune as the model has learned it.
        training: events of what the model has learned from, to tell copies when the best are chosen.
        include_primer, qpm: as of ``compose``; errors too.
    """
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = load_checkpoint(checkpoint)
    settings = with_steps(settings or SamplingSettings(), checkpoint.model)
    check_tempo(qpm)
    asked, primer = agree(tune or TuneSettings(), primer or read_primer(), checkpoint)
    outputs = settings.best_of or settings.num_outputs
    rngs = np.random.default_rng([settings.seed, CHOICES]).spawn(outputs)
    facts = [draw_facts(asked, checkpoint.repertoire, rng, len(primer.ids)) for rng in rngs]
    drawing = replace(
        settings, num_outputs=outputs, num_steps=max(most_steps(each, settings) for each in facts)
    )
    if checkpoint.model.has_end:
        samples, facts = sample_tunes(checkpoint, primer.ids, drawing, facts, count_pickups=True)
    else:
        samples = sample_ids(checkpoint, primer.ids, drawing, facts=facts)
    most = [most_steps(each, settings) for each in facts]
    kept = len(primer.ids) if include_primer else 0
    composed = []
    for number, rng in enumerate(rngs):
        ids = samples.ids[number, : most[number]]
        given, by = beginning(primer, asked, facts[number], ids, checkpoint, rng)
        melody = finish(replace(given, qpm=qpm or given.qpm), ids, by, include_primer, checkpoint.model)
        drawn = np.count_nonzero(samples.ids[number] < checkpoint.model.classes) + melody.is_whole
        likelihood = float(samples.log_likelihoods[number])
        composed.append(Composed(melody, kept, likelihood, int(drawn) - len(primer.ids)))
    if settings.best_of:
        usual = checkpoint.figures.get("validation_loss", 0.0)
        composed = best_first(composed, training, usual)[: settings.num_outputs]
    digits = max(2, len(str(len(composed))))
    return [
        each._replace(title=title(each.melody, f"{number:0{digits}}", reads_facts(checkpoint.model)))
        for number, each in enumerate(composed, 1)
    ]


def check_tempo(qpm: float | None) -> None:
    """Raise a UserError for a tempo that nobody can play or store."""
    slowest, fastest = QPM
    if qpm is not None and not slowest <= qpm <= fastest:
        raise UserError(f"--qpm is {qpm:g}: allowed are {slowest} to {fastest} quarter notes per minute")


def agree(tune: TuneSettings, primer: Primer, checkpoint: Checkpoint) -> tuple[Asked, Primer]:
    """What is known of new tunes, from what is asked and from a primer; and the primer as the model reads it.

    Raises:
        UserError: the model has not learned what is asked, or the primer says otherwise.
    """
    asked = read_asked(tune, checkpoint)
    if reads_facts(checkpoint.model):
        asked = with_primer(asked, primer.melody)
    return asked, fit_primer(primer, checkpoint.model, asked.tonic)


def most_steps(facts: Facts, settings: SamplingSettings) -> int:
    """After how many steps a tune that has not ended is cut."""
    if facts.bars is None:
        return settings.num_steps
    return min(settings.num_steps, (facts.bars + SPARE_BARS) * facts.steps_per_bar)


def beginning(
    primer: Primer,
    asked: Asked,
    facts: Facts,
    ids: np.ndarray,
    checkpoint: Checkpoint,
    rng: np.random.Generator,
) -> tuple[Melody, int]:
    """What a melody begins with, in its key, metre and tempo; how far its ids are to be transposed."""
    given = replace(primer.melody, start_step=0, source="")
    if facts == NOTHING_KNOWN:
        return given, -primer.semitones
    if not primer.melody.source:
        given = replace(given, qpm=usual_qpm(facts.metre))
    key, by = Key(asked.tonic or 0, facts.mode), -primer.semitones
    if checkpoint.model.transpose == "tonic" and not len(primer.ids):
        pitches = ids[(ids >= NUM_SPECIAL_EVENTS) & (ids < checkpoint.model.classes)]
        events = decode_events(pitches, checkpoint.model.classes)
        key, by = draw_place(events, asked, facts.mode, checkpoint.repertoire, rng)
    return replace(given, key=key, metre=facts.metre, steps_per_bar=facts.steps_per_bar), by


def finish(
    given: Melody, ids: np.ndarray, semitones: int, include_primer: bool, model: ModelSettings
) -> Melody:
    """The melody of sampled ids, transposed by ``semitones``: up to its end, or cut where it ends well.

    Without the primer, its last unfinished bar stays as silence, so that bar lines stay where they are.
    """
    length, is_whole = len(given.events), bool((ids == model.classes).any())
    drawn = decode_events(ids[ids < model.classes][length:], model.classes)
    events = np.concatenate([given.events, transpose(drawn, semitones)]).astype(np.int8)
    first = 0
    if not include_primer:
        first = length - length % given.steps_per_bar
        events[first:length] = NO_EVENT
    melody = replace(given, events=events[first:], is_whole=is_whole)
    if is_whole:
        return melody
    least = max(-(-len(melody.events) // 2), length - first + 1)
    return replace(melody, events=melody.events[: ending(melody, least)])


def ending(melody: Melody, least: int) -> int:
    """The step at which a melody that has not ended by itself is cut.

    That is the last bar line that a long note leads to: the bar before it ends with a note, or the rest
    after a note, of a quarter or more. No such bar line from ``least`` on: the last bar line. No bar line
    at all: the melody's own end.
    """
    onsets, ends, _ = melody.notes()
    lines = np.arange(melody.steps_per_bar, len(melody.events) + 1, melody.steps_per_bar)
    lines = lines[lines >= least]
    if not len(lines):
        return len(melody.events)
    note = np.searchsorted(onsets, lines) - 1  # the last that begins before each line; −1: none
    onsets, ends = np.append(onsets, 0), np.append(ends, 0)
    lasts = np.minimum(ends[note], lines) - onsets[note]
    in_last_bar = ends[note] > lines - melody.steps_per_bar
    good = lines[(lasts >= melody.steps_per_quarter) & in_last_bar]
    return int(good[-1] if len(good) else lines[-1])


def title(melody: Melody, number: str, is_tune: bool) -> str:
    """The title of a melody: "Melody 03" or, of a tune that was asked for, "Jig in D dorian, No. 3"."""
    if not is_tune:
        return f"Melody {number}"
    key = f" in {melody.key}" if melody.key else ""
    return f"{DANCES.get(melody.metre, 'Tune')}{key}, No. {int(number)}"
