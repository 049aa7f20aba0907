"""What all tests share: properties draw the same examples in every run."""

import signal

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")

# A shell starts background jobs with Ctrl-C ignored, and processes inherit that; some tests press Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
