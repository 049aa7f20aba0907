"""What the manifest of a corpus tells of its tunes: the keys in their ``K:`` fields, and what they lost."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from melody_tutorial.datasets.corpus import FactsOf, corpus_facts
from melody_tutorial.funnel import Funnel
from melody_tutorial.melodies import Melody, key_of_field


def with_named_keys(
    melodies: Sequence[Melody], archives: Iterable[str | Path], facts_of: FactsOf = corpus_facts
) -> Sequence[Melody]:
    """The melodies of archives, with the keys that their tunes name; all others keep the keys that they have.

    Only an archive that ``build_corpus`` made, and nobody changed, has names of keys in a manifest beside it.
    """
    fields = {}
    for archive in archives:
        fields |= named_keys(archive, facts_of)
    keys = {source: key for source, field in fields.items() if (key := key_of_field(field))}
    return [replace(melody, key=keys.get(melody.source, melody.key)) for melody in melodies]


def named_keys(archive: str | Path, facts_of: FactsOf = corpus_facts) -> dict[str, str]:
    """What the ``K:`` field of each tune in an archive says; nothing for archives of other origin."""
    return dict(facts_of(archive).get("keys", {}))


def count_omitted(archives: Iterable[str | Path], funnel: Funnel, facts_of: FactsOf = corpus_facts) -> None:
    """Count in a funnel the grace notes and ornaments left out when ``build_corpus`` made an archive."""
    for archive in archives:
        total = facts_of(archive).get("totals", {})
        for change in ("graces", "ornaments"):
            funnel.change(change, total.get(f"tunes_with_{change}", 0), total.get(f"{change}_removed", 0))
