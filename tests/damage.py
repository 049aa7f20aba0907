"""Damage done to files, for tests of whether it is noticed."""

from collections.abc import Iterable, Iterator


def damaged(data: bytes, places: Iterable[int] | None = None) -> Iterator[bytes]:
    """A file cut off before a byte, and with one bit of it turned; each byte, unless places are given."""
    for place in range(len(data)) if places is None else places:
        yield data[:place]
        yield data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
