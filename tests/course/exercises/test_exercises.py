"""The framework of the exercises: which function gets which outcome, and what the learner reads."""

import re

import numpy as np
import pytest
from exercise_checks import assert_outcomes

from melody_tutorial.course.exercises.comparing import difference
from melody_tutorial.course.exercises.framework import Case, Exercise, Mistake


def labels(ids):
    """Inputs and labels of a melody: the label of each event is the event after it."""
    return ids[:-1], ids[1:]


@pytest.fixture
def next_labels():
    return Exercise(
        solution=labels,
        cases=[
            Case("a melody of four events", np.array([14, 0, 21, 1])),
            Case("a melody of one event", np.array([14]), because="nothing follows the only event"),
        ],
        mistakes=[
            Mistake("the labels are the inputs; shift them by one step", like=lambda ids: (ids, ids)),
            Mistake("the labels stand first", like=lambda ids: (ids[1:], ids[:-1])),
        ],
        hints=["What should the network predict at step 0?", "`ids[1:]` leaves the first event out."],
    )


def test_tells_starter_solution_and_mistakes_apart(next_labels):
    def starter(ids):
        """Inputs and labels of a melody."""
        ...

    def not_shifted(ids):
        return ids.copy(), ids

    def swapped(ids):
        return ids[1:], ids[:-1]

    def never_empty(ids):
        return (ids[:-1], ids[1:]) if len(ids) > 1 else (ids, ids)

    def only_labels(ids):
        return ids[1:]

    reasons = {
        not_shifted: "the labels are the inputs; shift them by one step",
        swapped: "the labels stand first",
        never_empty: "nothing follows the only event",
        only_labels: "2 things were expected, your function gave an array of shape (3,)",
    }
    assert_outcomes(next_labels, starter, reasons)


class TestStarter:
    def test_half_filled_is_not_attempted(self, next_labels):
        def half(ids):
            inputs = ids[:-1]
            return inputs, ...

        assert next_labels.check(half).status == "not attempted"

    def test_dots_that_are_computed_with_are_named(self, next_labels):
        def half(ids):
            shift = ...
            return ids[:-1], ids + shift

        assert "three dots" in next_labels.check(half).reason

    def test_an_index_of_dots_is_no_starter(self, next_labels):
        assert next_labels.check(lambda ids: (ids[..., :-1], ids[..., 1:])).status == "correct"

    def test_a_forgotten_return_is_an_attempt(self, next_labels):
        def forgetful(ids):
            ids[:-1], ids[1:]

        outcome = next_labels.check(forgetful)
        assert outcome.status == "not yet"
        assert "end it with return" in outcome.reason


class TestReasons:
    def test_an_exception_is_named_with_its_line(self, next_labels):
        def broken(ids):
            shifted = ids[1:]
            return shifted, {}[5]

        reason = next_labels.check(broken).reason
        assert reason == "for a melody of four events your function raised KeyError: 5, in its line 3"

    def test_a_result_instead_of_the_function(self, next_labels):
        assert "without brackets" in next_labels.check(labels(np.arange(3))).reason

    def test_a_function_cannot_change_the_cases(self, next_labels):
        def greedy(ids):
            inputs, outputs = ids[:-1].copy(), ids[1:].copy()
            ids[:] = 0
            return inputs, outputs

        assert next_labels.check(greedy).status == "correct"
        assert next_labels.check(labels).status == "correct"

    def test_random_numbers_are_the_same_for_both(self):
        draw = Exercise(lambda rng: rng.random(), [Case("a draw", np.random.default_rng(0))], [], ["", ""])
        assert draw.check(lambda rng: rng.random()).status == "correct"
        assert draw.check(lambda rng: 1 - rng.random()).status == "not yet"

    def test_cases_that_cost_time_are_made_on_the_first_check(self):
        made = []
        lazy = Exercise(abs, lambda: made.append(1) or [Case("minus two", -2)], [], ["", ""])
        assert made == []
        assert lazy.check(lambda x: -x).status == "correct"
        assert lazy.check(lambda x: x).status == "not yet"
        assert made == [1]


class TestShown:
    def test_outcomes_read_the_same_everywhere(self, next_labels):
        outcome = next_labels.check(lambda ids: (ids, ids))
        assert repr(outcome) == "✗ Not yet: because the labels are the inputs; shift them by one step."
        assert repr(outcome) in outcome._repr_html_()
        assert repr(next_labels.check(labels)) == "✓ Correct."
        assert repr(next_labels.check(None)).startswith("○ Not attempted")

    def test_html_shows_what_was_meant(self):
        wrong = Exercise(lambda: "<b>", [Case("tags")], [], ["", ""]).check(lambda: "<i>")
        assert "&lt;b&gt;" in wrong._repr_html_()

    def test_hints_go_on(self, next_labels):
        hints = [repr(next_labels.hint()) for _ in range(3)]
        assert hints[0] == "Hint 1 of 2: What should the network predict at step 0?"
        assert hints[1] == hints[2] == "Hint 2 of 2: `ids[1:]` leaves the first event out."

    def test_solution_is_the_source(self, next_labels):
        assert "    return ids[:-1], ids[1:]" in repr(next_labels.solution())
        assert "```python\ndef labels(ids):" in next_labels.solution()._repr_markdown_()


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1, 1.0),
        ([1, 2], np.array([1, 2])),
        (np.float32(0.1), 0.1),
        ((1, [2, 3]), (1, np.array([2, 3]))),
        (np.nan, np.nan),
        ("C4", "C4"),
        (True, np.True_),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_equal_things_do_not_differ(got, expected):
    assert difference(got, expected) == ""


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        (None, 3, "gave nothing back"),
        (2, 3, "3 was expected, your function gave 2"),
        ([1, 2], [1, 3], "3 was expected at index 1, your function gave 2"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "an array of shape (3, 2) was expected"),
        (np.zeros((2, 2)), np.eye(2), "1 was expected at index (0, 0), your function gave 0"),
        ([[1], [1, 2]], [1, 2], "your function gave a list of 2"),
        (print, 3.0, "your function gave a function"),
        ("60", 60, "the single number 60 was expected, your function gave a str"),
        (60, "C4", "'C4' was expected, your function gave 60"),
        ((1, 2, 3), (1, 2), "2 things were expected, your function gave 3"),
        ((1, 3), (1, 2), "in result 2 2 was expected, your function gave 3"),
    ],
)
def test_differences_are_named(got, expected, words):
    assert words in difference(got, expected)


def test_tolerance_is_that_of_the_exercise():
    assert difference(1.001, 1.0)
    assert not difference(1.001, 1.0, tolerance=0.01)


def endless(ids):
    while True:
        pass


def leave(ids):
    raise SystemExit(3)


def within_itself(ids):
    found = [ids]
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (endless, "TimeoutError: it had not come to an end after 1 seconds"),
        (leave, "SystemExit: 3"),
        (within_itself, "contains itself|gave 2 values|length|shape"),
    ],
)
def test_no_function_takes_the_notebook_with_it(next_labels, monkeypatch, answer, reason):
    monkeypatch.setattr("melody_tutorial.course.exercises.framework.LONGEST", 1)
    outcome = next_labels.check(answer)
    assert outcome.status == "not yet"
    assert re.search(reason, outcome.reason)
