"""The one exception that stands for a user's mistake, its text the whole answer; and checks that raise it."""

MOST_WHOLE = 10**9  # of whatever is counted: NumPy and TensorFlow take it in 32 bits


class UserError(Exception):
    """Something that the user can mend.

    The message is one or two sentences that name the file or option, what was found, what is allowed,
    and what to do. The command line prints it and exits with status 1, a notebook shows it; nothing else
    is shown.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback; ``%debug`` still leads to where it was raised."""
        return [str(self)]


def check_at_least(least: int, most: int = MOST_WHOLE, /, **values: int) -> None:
    """Raise a UserError that names the first value below ``least``, or above ``most``."""
    for name, value in values.items():
        if value < least:
            raise UserError(f"{name} is {value}: allowed are whole numbers from {least} up")
        if value > most:
            raise UserError(f"{name} is {value}: allowed are whole numbers from {least} to {most:,}")


def check_positive(**values: float) -> None:
    """Raise a UserError that names the first value that is not above zero."""
    for name, value in values.items():
        if not value > 0:
            raise UserError(f"{name} is {value}: allowed are numbers above 0")


def check_between(low: float, high: float, **values: float) -> None:
    """Raise a UserError that names the first value outside ``low`` … ``high``."""
    for name, value in values.items():
        if not low <= value <= high:
            raise UserError(f"{name} is {value}: allowed are numbers from {low:g} to {high:g}")


def check_choice(choices: tuple[str, ...], **values: str) -> None:
    """Raise a UserError that names the first value that is not among ``choices``."""
    for name, value in values.items():
        if value not in choices:
            raise UserError(f"{name} is {value!r}: allowed are {', '.join(choices)}")
