"""The page ``MODELS.md``: tables of what was measured of each model."""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.evaluation import Interval, bootstrap

HEAD = """# The models, one beside the other

Made by `make bench-models`; do not edit. All learn from the same training side of the default corpus, its
tunes whole (`--max-steps 1024`), for twelve epochs, three seeds each; all are measured on the same test side.
A figure is the mean over the seeds, with its 95 % interval by bootstrap over the families of tunes; *seeds*
are the losses of each. How many bars a tune has is not told. [measures.md](../docs/measures.md) defines the
figures. Those that read tunes with their tonic on C have melodies in other keys than the others, and as many
events.

"""
ABLATED = """## What the parts of melody_rnn are worth

Each row is melody_rnn with one part left out or changed. *Difference* is the loss of the row less that of
melody_rnn, tune by tune, with the interval of that difference.

"""
MODEL = "melody_rnn"
COLUMNS = (
    "model",
    "nats per event",
    "seeds",
    "timing, bits per note",
    "pitch, bits per note",
    "right at onsets",
    "weights",
    "minutes",
)


def page(facts: dict, ablations: Sequence[str]) -> str:
    """The page in Markdown."""
    models = facts["models"]
    own = [name for name in models if name not in ablations]
    text = HEAD + table(facts["ladder"], {name: models[name] for name in own})
    text += "\n## By metre\n\nNats per event.\n\n" + by_metre({name: models[name] for name in own})
    if MODEL in models:
        rows = {name: models[name] for name in ablations if name in models}
        text += "\n" + ABLATED + differences(models[MODEL], rows)
    machine = facts["machine"]
    return (
        text + f"\n## Machine\n\n{machine['cpu']}; {machine['system']}; {machine['packages']}; "
        f"{machine['when']}.\n"
    )


def table(ladder: dict, models: dict) -> str:
    """What counting reaches, and the models."""
    lines = [
        "| " + " | ".join(COLUMNS) + " |",
        "|---" * len(COLUMNS) + "|",
    ]
    for name, figures in ladder.items():
        cells = [Interval(*figures[key]) for key in ("loss", "timing_bits", "pitch_bits", "onset_accuracy")]
        loss, timing, pitch, hits = cells
        lines.append(f"| {name} | {loss:.3f} | | {timing:.2f} | {pitch:.2f} | {hits:.1%} | | |")
    for name, seeds in models.items():
        loss, timing, pitch, hits = (
            mean(seeds, *pair)
            for pair in (
                ("nats", "events"),
                ("timing_bits", "notes"),
                ("pitch_bits", "notes"),
                ("hits", "notes"),
            )
        )
        minutes = np.median([seed["minutes"] for seed in seeds])
        lines.append(
            f"| **{name}** | {loss:.3f} | {losses(seeds)} | {timing:.2f} | {pitch:.2f} | {hits:.1%} | "
            f"{seeds[0]['weights']:,} | {minutes:.1f} |"
        )
    return "\n".join(lines) + "\n"


def by_metre(models: dict) -> str:
    """Losses of the tunes of each metre."""
    first = next(iter(models.values()))[0]
    metres, count = np.unique(first["metre"], return_counts=True)
    metres = [
        str(metre) for metre in metres[np.argsort(-count)] if (np.array(first["metre"]) == metre).sum() > 3
    ]
    lines = ["| model | " + " | ".join(metres) + " |", "|---" * (len(metres) + 1) + "|"]
    for name, seeds in models.items():
        cells = [f"{mean(seeds, 'nats', 'events', metre):.3f}" for metre in metres]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def differences(ours: list[dict], rows: dict) -> str:
    """Losses of the rows beside ours, tune by tune."""
    lines = ["| | nats per event | seeds | difference |", "|---" * 4 + "|"]
    lines.append(f"| melody_rnn | {mean(ours, 'nats', 'events'):.3f} | {losses(ours)} | |")
    events, family = np.array(ours[0]["events"]), np.array(ours[0]["family"])
    for name, seeds in rows.items():
        more = np.mean([seed["nats"] for seed in seeds], axis=0) - np.mean(
            [seed["nats"] for seed in ours], axis=0
        )
        found = bootstrap(more, events, family)
        lines.append(f"| {name} | {mean(seeds, 'nats', 'events'):.3f} | {losses(seeds)} | {found:+.3f} |")
    return "\n".join(lines) + "\n"


def mean(seeds: list[dict], amount: str, per: str, metre: str | None = None) -> Interval:
    """Mean over seeds and events or notes, of one metre or of all."""
    family, metres = np.array(seeds[0]["family"]), np.array(seeds[0]["metre"])
    some = np.ones(len(family), bool) if metre is None else metres == metre
    sums = np.mean([seed[amount] for seed in seeds], axis=0)
    return bootstrap(sums[some], np.array(seeds[0][per])[some], family[some])


def losses(seeds: list[dict]) -> str:
    """Loss of each seed."""
    return ", ".join(f"{sum(seed['nats']) / sum(seed['events']):.3f}" for seed in seeds)
