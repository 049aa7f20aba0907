"""The page ``MODELS.md``: tables of what was measured of each model, and a picture of how they learned."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from melody_tutorial.evaluation import Interval, bootstrap
from melody_tutorial.views import new_axes, save_png

HEAD = """# The models, one beside the other

Made by `make bench-models`; do not edit. All learn from the same training side of a corpus, its tunes whole
(`--max-steps 1024`), for at most twelve epochs, up to three seeds each; all are measured on one test side.
A figure is the mean over the seeds, with its 95 % interval by bootstrap over the families of tunes; *seeds*
are the losses of each. How many bars a tune has is not told. [measures.md](../docs/measures.md) defines the
figures. Those that read tunes with their tonic on C have melodies in other keys than the others, and as many
events. *Events/s* are those of training, by processor time: the machine was also at other work. Processor
minutes are of both cores together.

"""
PICTURE = "models.png"
SHOWN = f"""
![Validation loss of each model by processor minutes of training]({PICTURE})

"""
BESIDE = """
Below: by how much the loss is lower than another, event by event, with the interval over families.

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
    "events/s",
    "processor minutes",
)


def page(facts: dict, ablations: Sequence[str]) -> str:
    """The page in Markdown."""
    text = HEAD
    for corpus, measured in facts["corpora"].items():
        models = {name: each for name, each in measured["models"].items() if name not in ablations}
        text += f"## On the {corpus}\n\n" + table(measured["ladder"], models)
        text += BESIDE + gains(measured["ladder"], models)
        text += "\nBy metre, nats per event:\n\n" + by_metre(models) + "\n"
    books = facts["corpora"]["tune books"]["models"]
    text += SHOWN
    if MODEL in books:
        rows = {name: books[name] for name in ablations if name in books}
        text += ABLATED + differences(books[MODEL], rows)
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
        lines.append(f"| {name} | {loss:.3f} | | {timing:.2f} | {pitch:.2f} | {hits:.1%} | | | |")
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
        minutes = np.median([seed["processor_minutes"] for seed in seeds])
        rate = np.median([rate_of(seed) for seed in seeds])
        lines.append(
            f"| **{name}** | {loss:.3f} | {losses(seeds)} | {timing:.2f} | {pitch:.2f} | {hits:.1%} | "
            f"{seeds[0]['weights']:,} | {rate:,.0f} | {minutes:.1f} |"
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


def rate_of(seed: dict) -> float:
    """Events of training for each second of one core, of all that training does."""
    return seed["train_events"] * len(seed["curve"]) / (60 * seed["processor_minutes"])


def gains(ladder: dict, models: dict) -> str:
    """By how much each model is better than basic_rnn, and than the best that only counts; and how soon."""
    best = min(ladder, key=lambda name: ladder[name]["loss"][0])
    lines = [f"| model | than basic_rnn | than {best} | basic_rnn's last loss after |", "|---" * 4 + "|"]
    for name, seeds in models.items():
        loss = mean(seeds, "nats", "events")
        counted = 1 - loss.value / ladder[best]["loss"][0]
        base = models.get("basic_rnn")
        cells = (
            (f"{gain(seeds, base):.1%}", sooner(seeds, base)) if base and name != "basic_rnn" else ("", "")
        )
        lines.append(f"| {name} | {cells[0]} | {counted:.1%} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def gain(seeds: list[dict], base: list[dict]) -> Interval:
    """Share of the base's loss that a model spares, on the same events."""
    spared = np.mean([seed["nats"] for seed in base], axis=0) - np.mean(
        [seed["nats"] for seed in seeds], axis=0
    )
    return bootstrap(spared, np.mean([seed["nats"] for seed in base], axis=0), np.array(base[0]["family"]))


def sooner(seeds: list[dict], base: list[dict]) -> str:
    """Share of the base's time after which a model's validation loss is the base's best, seed by seed."""
    shares = []
    for one, other in zip(seeds, base, strict=False):
        minutes, losses = curve(one)
        base_minutes, base_losses = curve(other)
        reached = losses <= base_losses.min()
        shares.append(minutes[reached.argmax()] / base_minutes[-1] if reached.any() else np.inf)
    return ", ".join("never" if share == np.inf else f"1/{1 / share:.0f}" for share in shares)


def curve(seed: dict) -> tuple[np.ndarray, np.ndarray]:
    """Processor minutes at the end of each epoch, and the validation losses."""
    seconds, losses = np.array(seed["curve"]).T
    return seconds / seconds[-1] * seed["processor_minutes"], losses


def picture(models: dict, ablations: Sequence[str], path: Path) -> Path:
    """Draw the validation loss of each model by minutes, its first seed."""
    axes = new_axes(7.2, 4.0)[0, 0]
    for name, seeds in models.items():
        if name not in ablations:
            axes.plot(*curve(seeds[0]), marker=".", label=name)
    axes.set(xlabel="processor minutes", ylabel="validation loss, nats per event", xscale="log")
    axes.legend()
    return save_png(axes, path)
