"""What the tests of all exercises share."""

from collections.abc import Callable, Mapping

from melody_tutorial.course.exercises.framework import Exercise

LEAST_MISTAKES = 3


def assert_outcomes(exercise: Exercise, starter: Callable, mistakes: Mapping[Callable, str]) -> None:
    """An exercise tells the starter, its solution, and every mistaken function apart.

    Args:
        starter: the function as the notebook gives it.
        mistakes: functions as learners write them, each with words that its reason has to hold.
    """
    assert exercise.check(None).status == "not attempted"
    assert exercise.check(starter).status == "not attempted", exercise.check(starter)
    assert exercise.check(exercise._solution).status == "correct", exercise.check(exercise._solution)
    assert len(mistakes) >= LEAST_MISTAKES, "at least three typical mistakes"
    reasons = set()
    for function, words in mistakes.items():
        outcome = exercise.check(function)
        assert outcome.status == "not yet", f"{function.__name__}: {outcome}"
        assert words in outcome.reason, f"{function.__name__}: {outcome}"
        reasons.add(outcome.reason)
    assert len(reasons) == len(mistakes), "each mistake has a reason of its own"
    assert_helpful(exercise)


def assert_helpful(exercise: Exercise) -> None:
    """There are hints, they go on, and the solution is shown with its docstring."""
    assert len(exercise.hints) >= 2
    given = [repr(exercise.hint()) for _ in range(len(exercise.hints) + 1)]
    assert len(set(given)) == len(exercise.hints)
    assert given[-1] == given[-2]
    assert exercise._solution.__doc__ in exercise._solution.__doc__ + repr(exercise.solution())
    assert f"def {exercise._solution.__name__}(" in repr(exercise.solution())
