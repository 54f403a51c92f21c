"""Bounds are judged by what was measured, and left out where nothing was."""

import pytest

from CTPerfusionLib.validation.benchmark_target import (
    BenchmarkTarget,
    judge,
    outcome_lines,
    outcome_record,
)


def target(limit, *, at_least=False):
    return BenchmarkTarget("it", "times as long", lambda measured: measured, limit, at_least)


@pytest.mark.parametrize(
    ("at_least", "value", "reached"),
    [(False, 1.9, True), (False, 2.0, True), (False, 2.1, False), (True, 1.9, False), (True, 2.0, True)],
)
def test_a_bound_holds_from_its_limit_on(at_least, value, reached):
    (outcome,) = judge([target(2.0, at_least=at_least)], value)

    assert outcome.is_reached is reached


def test_what_was_not_measured_is_not_judged():
    assert judge([target(2.0)], None) == []


def test_the_record_and_the_table_say_how_it_ended():
    missed = judge([target(10.0, at_least=True)], 4.0)

    assert outcome_record(missed[0]) == {
        "quantity": "times as long",
        "limit": 10.0,
        "bound": "at least",
        "value": 4.0,
        "reached": False,
    }
    line = outcome_lines(missed)[-1]
    assert line.split() == ["it", "times", "as", "long", "at", "least", "10", "4", "not", "reached"]
