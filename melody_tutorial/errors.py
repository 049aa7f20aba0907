"""The one exception that stands for a user's mistake: its text is the whole answer."""


class UserError(Exception):
    """Something that the user can mend.

    The message is one or two sentences that name the file or option, what was found, what is allowed,
    and what to do. The command line prints it and exits with status 1; nothing else is printed.
    """
