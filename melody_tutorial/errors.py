"""The one exception that stands for a user's mistake: its text is the whole answer."""


class UserError(Exception):
    """Something that the user can mend.

    The message is one or two sentences that name the file or option, what was found, what is allowed,
    and what to do. The command line prints it and exits with status 1, a notebook shows it; nothing else
    is shown.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback; ``%debug`` still leads to where it was raised."""
        return [str(self)]
