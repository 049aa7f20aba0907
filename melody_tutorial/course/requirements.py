"""What this installation requires, and which of it is missing."""

import importlib.metadata

DISTRIBUTION = "melody-tutorial"


def dependencies() -> list[tuple[str, str]]:
    """What this installation requires on this Python: distribution and allowed versions, such as ">=2.0"."""
    from packaging.requirements import Requirement

    required = map(Requirement, importlib.metadata.requires(DISTRIBUTION) or [])
    return [(r.name, str(r.specifier)) for r in required if not r.marker or r.marker.evaluate({"extra": ""})]


def missing_libraries() -> list[str]:
    """Requirements that this installation does not meet, such as "numpy>=2.0"."""
    from packaging.specifiers import SpecifierSet

    missing = []
    for name, allowed in dependencies():
        try:
            fits = SpecifierSet(allowed).contains(importlib.metadata.version(name), prereleases=True)
        except importlib.metadata.PackageNotFoundError:
            fits = False
        if not fits:
            missing.append(name + allowed)
    return missing
