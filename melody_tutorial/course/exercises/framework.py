"""Exercises that check themselves: the learner's function is called on cases that it has not seen.

    def double(x):
        \"\"\"Twice a number.\"\"\"
        return 2 * x

    twice = Exercise(
        solution=double,
        cases=[Case("a whole number", 3), Case("zero", 0)],
        mistakes=[Mistake("the number is squared; add it to itself", like=lambda x: x * x)],
        hints=["What is x + x?"],
    )
    twice.check(lambda x: x * x)   # ✗ Not yet: because the number is squared; add it to itself.

Which outcome a function gets:

- **not attempted**: its body is still ``...``, or what it returns still holds ``...``;
- **correct**: in every case its result equals the solution's;
- **not yet**: otherwise. The reason is that of the first mistake that is recognised, else of the first case
  that fails: an exception, nothing returned, another shape, another value.
"""

import copy
import dis
import html
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NoReturn

from melody_tutorial.course.exercises.comparing import difference, holds_dots
from melody_tutorial.course.notebook import source_bundle

STARTER_INSTRUCTIONS = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
SIGNS = {"not attempted": "○", "not yet": "✗", "correct": "✓"}
LONGEST = 20  # seconds that a case may take
COLOURS = {"not attempted": "#7f8c96", "not yet": "#d1700b", "correct": "#14866d"}


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    Attributes:
        name: completes "for …".
        arguments: what the function is called with, by position.
        because: the reason that is given when this case is the first to fail; "" says what differs.
    """

    name: str
    arguments: tuple
    because: str = ""

    def __init__(self, name: str, *arguments: Any, because: str = ""):
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "because", because)

    def call(self, function: Callable) -> Any:
        """The function's result; it gets copies of the arguments, so that it cannot change a case."""
        return function(*copy.deepcopy(self.arguments))


@dataclass(frozen=True)
class Mistake:
    """A typical mistake, recognised by a function that makes it.

    Attributes:
        because: the reason that the learner reads; what is wrong, and what to think of.
        like: a function that makes the mistake; recognised when all results equal its results.
    """

    because: str
    like: Callable


@dataclass(frozen=True)
class Outcome:
    """What a check found; shown as one line."""

    status: Literal["not attempted", "not yet", "correct"]
    reason: str = ""

    def __repr__(self) -> str:
        text = {
            "not attempted": "Not attempted: replace the three dots, then run this cell again.",
            "not yet": f"Not yet: because {self.reason}.",
            "correct": "Correct.",
        }[self.status]
        return f"{SIGNS[self.status]} {text}"

    def _repr_html_(self) -> str:
        style = f"border-left: 4px solid {COLOURS[self.status]}; padding: 0.3em 0.8em"
        return f'<div style="{style}">{html.escape(repr(self))}</div>'


@dataclass(frozen=True)
class Text:
    """Text that a notebook shows as Markdown."""

    markdown: str
    plain: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_markdown_(self) -> str:
        return self.markdown


class Exercise:
    """A task with a check, hints and a solution.

    Args:
        solution: the model solution, a function with a docstring; its results are the expected ones.
        cases: the calls that are compared, or a function that makes them, where that costs time.
        mistakes: typical mistakes, the most special first.
        hints: from the first push to nearly the whole answer.
        tolerance: how far floats may be off, relative and absolute.
    """

    def __init__(
        self,
        solution: Callable,
        cases: Sequence[Case] | Callable[[], Sequence[Case]],
        mistakes: Sequence[Mistake],
        hints: Sequence[str],
        tolerance: float = 1e-6,
    ):
        self._solution = solution
        self._cases = cases
        self.mistakes = mistakes
        self.hints = hints
        self.tolerance = tolerance
        self._hints_given = 0

    @cached_property
    def cases(self) -> Sequence[Case]:
        """The calls that are compared."""
        return self._cases() if callable(self._cases) else self._cases

    @cached_property
    def expected(self) -> list:
        """The solution's result in each case."""
        return [case.call(self._solution) for case in self.cases]

    def check(self, answer: Callable | None) -> Outcome:
        """What the learner's function is worth: not attempted, not yet with a reason, or correct."""
        if answer is None or answer is ... or is_starter(answer):
            return Outcome("not attempted")
        if not callable(answer):
            return Outcome("not yet", "check() takes the function itself: write its name without brackets")
        try:
            results, complaint = self._try(answer)
            if any(holds_dots(result) for result in results):
                return Outcome("not attempted")
        except RecursionError:
            return Outcome("not yet", "what your function returns contains itself")
        if not complaint:
            return Outcome("correct")
        return Outcome("not yet", (self._recognise(results) or complaint).rstrip("."))

    def hint(self) -> Text:
        """The next hint; after the last one, the last one again."""
        self._hints_given = min(self._hints_given + 1, len(self.hints))
        text = f"Hint {self._hints_given} of {len(self.hints)}: {self.hints[self._hints_given - 1]}"
        return Text(f"*{text}*" if "*" not in text else text, text)

    def solution(self) -> Text:
        """The source of the model solution."""
        bundle = source_bundle(self._solution)
        return Text(bundle["text/markdown"], bundle["text/plain"])

    def _try(self, answer: Callable) -> tuple[list, str]:
        """Results up to the first exception, and what is wrong with the first that is not as expected."""
        results, complaint = [], ""
        for case, expected in zip(self.cases, self.expected, strict=True):
            try:
                with time_limit(LONGEST):
                    results.append(case.call(answer))
            except (Exception, SystemExit) as error:  # whatever the learner's code raises is an outcome
                return results, complaint or f"for {case.name} {describe_error(error, answer)}"
            found = difference(results[-1], expected, self.tolerance)
            if found and not complaint:
                complaint = case.because or f"for {case.name} {found}"
        return results, complaint

    def _recognise(self, results: list) -> str:
        """The reason of the first typical mistake that the answer makes; "" where none is recognised."""
        for mistake in self.mistakes:
            if self._is_like(mistake.like, results):
                return mistake.because
        return ""

    def _is_like(self, mistaken: Callable, results: list) -> bool:
        """Whether a function gives the same results in all cases."""
        if len(results) < len(self.cases):
            return False
        same = (
            not difference(result, case.call(mistaken), self.tolerance)
            for case, result in zip(self.cases, results, strict=True)
        )
        return all(same)


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise a TimeoutError in a block that takes longer; in the main thread, where the system has signals."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> NoReturn:
        raise TimeoutError(f"it had not come to an end after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_starter(answer: Any) -> bool:
    """Whether a function does nothing at all: its body is a docstring, ``...`` or ``pass``."""
    code = getattr(answer, "__code__", None)
    if code is None or code.co_name == "<lambda>":
        return False
    instructions = list(dis.get_instructions(code))
    returned = [i.argval for i in instructions if i.opname in ("LOAD_CONST", "RETURN_CONST")]
    nothing = all(value is None or value is ... for value in returned)
    return nothing and {i.opname for i in instructions} <= STARTER_INSTRUCTIONS


def describe_error(error: BaseException, answer: Callable) -> str:
    """An exception of the learner's function in words, with the line of the function that led to it."""
    if "ellipsis" in str(error):
        return "your function still holds three dots: " + str(error)
    text = f"your function raised {type(error).__name__}: {error}".rstrip(".: ")
    code = getattr(answer, "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return f"{text}, in its line {lines[-1] - code.co_firstlineno + 1}" if lines else text
