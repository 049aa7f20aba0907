"""``make bench-pearce``: pitch prediction on the sets of Pearce (2005, chapter 6), in bits per note.

Ten folds by melody, chromatic pitch alone, the first note of each melody included, the alphabet of the whole
set; no melody is transposed where it is predicted. Counting models beside published figures, then networks.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measure import WrongResultError, check
from benchmarks.pearce_counts import (
    ALL_CONTEXTS,
    MODELS,
    Model,
    by_other_folds,
    is_near,
    predict_by_counts,
)
from benchmarks.pearce_page import page
from benchmarks.pearce_sets import SETS, Set, dealt_anew, numbered, read_set, relatives, repeated
from benchmarks.table import FOLDER, RESULTS, machine
from melody_tutorial.config import TrainingSettings
from melody_tutorial.errors import UserError
from melody_tutorial.evaluation import Blend, bootstrap, mix_by_entropy
from melody_tutorial.files import write_text
from melody_tutorial.networks import load_tensorflow

SEEDS = (0, 1, 2)
# Of the networks; these, and the bias between them and the counts, were chosen on Nova Scotia alone.
SETTINGS = TrainingSettings(batch_size=16, window=32, learning_rate=0.01, epochs=40)
BIAS = 2
LEAK = 0.98  # no model can need fewer bits than this share of the entropy for notes in random order
Bits = dict[str, np.ndarray]  # column of the page → bits of each melody, (melodies,) or (seeds, melodies)


def main() -> int:
    """Measure every model on every set and write the page; 1 where a result is wrong or a figure missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pearce", description=__doc__)
    parser.add_argument("--output", type=Path, default=FOLDER / "PUBLISHED.md", help="file to write")
    parser.add_argument("--quick", action="store_true", help="look for wrong results only, write nothing")
    chosen = parser.parse_args()
    try:
        if chosen.quick:
            found = measure(SETS[:1], SEEDS[:1], replace(SETTINGS, epochs=1))
        else:
            found = measure(SETS, SEEDS, SETTINGS)
    except (UserError, WrongResultError) as error:
        print(f"bench-pearce: {error}", file=sys.stderr)
        return 1
    print(page(found))
    if not chosen.quick:
        write_text(RESULTS / "pearce.json", json.dumps(found, ensure_ascii=False) + "\n")
        write_text(chosen.output, page(found))
    kinder = found["sets"]["kinder"]
    figures = [bootstrap(np.array(kinder["bits"][m.name]), np.array(kinder["notes"])) for m in MODELS]
    return int(not all(map(is_near, figures, MODELS)))


def measure(sets: Sequence[Set], seeds: Sequence[int], settings: TrainingSettings) -> dict:
    """The facts of the page: bits of each melody of each set by each model, the control, machine and time."""
    began, facts = time.perf_counter(), {"sets": {}}
    for one in sets:
        melodies = read_set(one)
        found = measure_counts(melodies) | measure_networks(melodies, seeds, settings)
        related = relatives(melodies)
        facts["sets"][one.name] = {
            "repeated": repeated(melodies),
            "family": related.family.tolist(),
            "elsewhere": related.elsewhere.tolist(),
            "notes": [len(melody) for melody in melodies],
            "bits": {name: column.round(2).tolist() for name, column in found.items()},
        }
        print(f"{one.name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    facts["control"] = measure_control(read_set(sets[0]), settings)
    return facts | {"machine": machine(), "minutes": (time.perf_counter() - began) / 60}


def measure_counts(melodies: Sequence[np.ndarray]) -> Bits:
    """Bits of each melody by each counting model."""
    numbers = numbered(melodies)
    return {model.name: bits(predict_by_counts(numbers, model), numbers) for model in MODELS}


def measure_networks(
    melodies: Sequence[np.ndarray], seeds: Sequence[int], settings: TrainingSettings
) -> Bits:
    """Bits of each melody by each network, by all of them, and by all of them with the long-term model."""
    load_tensorflow()
    from benchmarks.pearce_training import predict_by_network

    numbers = numbered(melodies)
    networks = [predict_by_network(melodies, seed, settings) for seed in seeds]
    all_static = [np.mean(p, axis=0) for p in zip(*(found.static for found in networks), strict=True)]
    all_dynamic = [np.mean(p, axis=0) for p in zip(*(found.dynamic for found in networks), strict=True)]
    long = by_other_folds(numbers, None, ALL_CONTEXTS)
    mixed = [mix_by_entropy(pair, BIAS) for pair in zip(all_dynamic, long, strict=True)]
    return {
        "network": np.array([bits(found.static, numbers) for found in networks]),
        "dynamic": np.array([bits(found.dynamic, numbers) for found in networks]),
        "all static": bits(all_static, numbers),
        "all dynamic": bits(all_dynamic, numbers),
        "mixed": bits(mixed, numbers),
    }


def measure_control(melodies: Sequence[np.ndarray], settings: TrainingSettings) -> dict[str, float]:
    """Bits per note of networks and of the unigram where all notes of a set have changed places at random.

    Raises:
        WrongResultError: a model finds something where there is nothing to find.
    """
    melodies = dealt_anew(melodies)
    numbers, notes = numbered(melodies), sum(map(len, melodies))
    found = measure_networks(melodies, SEEDS[:1], settings)
    found["unigram"] = bits(predict_by_counts(numbers, Model("unigram", 0, Blend())), numbers)
    share = np.bincount(np.concatenate(numbers)) / notes
    control = {name: float(found[name].sum() / notes) for name in ("unigram", "network", "dynamic", "mixed")}
    control["entropy"] = float(-(share * np.log2(share)).sum())
    for name, value in control.items():
        check(value > LEAK * control["entropy"], f"{name} needs {value:.3f} bits for notes in random order")
    return control


def bits(predicted: Sequence[np.ndarray], melodies: Sequence[np.ndarray]) -> np.ndarray:
    """Bits of each melody by probabilities of shape (notes, alphabet).

    Raises:
        WrongResultError: the probabilities of a note do not sum to 1.
    """
    sums = np.concatenate([p.sum(axis=1) for p in predicted])
    check(np.allclose(sums, 1, atol=1e-9), f"probabilities sum to {sums.min():.6f} … {sums.max():.6f}")
    pairs = zip(predicted, melodies, strict=True)
    return np.array([-np.log2(p[np.arange(len(melody)), melody]).sum() for p, melody in pairs])


if __name__ == "__main__":
    sys.exit(main())
