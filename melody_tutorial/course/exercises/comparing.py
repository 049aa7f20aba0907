"""How a learner's result differs from the expected one, in words that help."""

from typing import Any

import numpy as np

MOST_CHARACTERS = 60  # of a value in a message


def difference(got: Any, expected: Any, tolerance: float = 1e-6) -> str:
    """What is wrong with ``got``, completing "for this case …"; "" where nothing is.

    Numbers, arrays, tensors and flat lists compare by shape and value, whatever their type; tuples and other
    lists item by item; anything else by ``==``.
    """
    if got is None and expected is not None:
        return "your function gave nothing back: end it with return"
    if isinstance(expected, tuple) or (isinstance(expected, list) and not is_plain(expected)):
        return compare_items(got, expected, tolerance)
    if isinstance(expected, str | bytes | None) or not is_plain(expected):
        same = type(got) is type(expected) and got == expected
        return "" if same else f"{short(expected)} was expected, your function gave {short(got)}"
    return compare_arrays(got, expected, tolerance)


def compare_arrays(got: Any, expected: Any, tolerance: float) -> str:
    """Shapes first, then the first number that differs."""
    expected = np.asarray(expected)
    try:
        numbers = np.asarray(got)
    except ValueError:  # a ragged list
        numbers = np.asarray(None)
    if numbers.dtype.kind not in "biuf":
        return f"{kind_of(expected)} was expected, your function gave {kind_of(got)}"
    if numbers.shape != expected.shape:
        return f"{kind_of(expected)} was expected, your function gave {kind_of(numbers)}"
    wide = [array.astype(np.float64) for array in (numbers, expected)]
    wrong = ~np.isclose(*wide, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not wrong.any():
        return ""
    place = tuple(int(index) for index in np.argwhere(wrong)[0])
    at = f" at index {place[0] if len(place) == 1 else place}" if place else ""
    return f"{short(expected[place])} was expected{at}, your function gave {short(numbers[place])}"


def compare_items(got: Any, expected: tuple | list, tolerance: float) -> str:
    """Number of items, then the first item that differs."""
    if not isinstance(got, tuple | list):
        return f"{len(expected)} things were expected, your function gave {kind_of(got)}"
    if len(got) != len(expected):
        return f"{len(expected)} things were expected, your function gave {len(got)}"
    for number, (one, other) in enumerate(zip(got, expected, strict=True), 1):
        if found := difference(one, other, tolerance):
            return f"in result {number} {found}"
    return ""


def is_plain(value: Any) -> bool:
    """Whether a value is a number, or numbers in an array, a tensor or an even list."""
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except (ValueError, TypeError):
        return False


def holds_dots(value: Any) -> bool:
    """Whether a result is ``...``, or a tuple or list that holds it."""
    return value is ... or (isinstance(value, tuple | list) and any(holds_dots(item) for item in value))


def kind_of(value: Any) -> str:
    """What a value is, without its numbers: "an array of shape (4, 38)"."""
    shape = getattr(value, "shape", None)
    if isinstance(value, bool | int | float) or shape == ():
        return f"the single number {short(value)}" if is_plain(value) else f"a {type(value).__name__}"
    if shape is not None:
        return f"an array of shape {tuple(shape)}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return "a function" if callable(value) else f"a {type(value).__name__}"


def short(value: Any) -> str:
    """A value in one short line; numbers with six figures."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if np.ndim(value) == 0 and is_plain(value):
        return f"{np.asarray(value).item():.6g}"
    text = " ".join(repr(value).split())
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
