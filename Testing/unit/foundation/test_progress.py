"""Progress is reported as a fraction, and whatever the callback raises ends the work."""

import pytest

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.progress import ignore_progress, part_of, reported


def test_items_are_reported_before_each_and_after_the_last():
    fractions: list[float] = []

    assert list(reported("abcd", fractions.append)) == list("abcd")
    assert fractions == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_nothing_to_do_is_reported_as_done():
    fractions: list[float] = []

    assert list(reported([], fractions.append)) == []
    assert fractions == [1.0]


def test_a_part_fills_its_share_of_the_whole():
    fractions: list[float] = []
    second_half = part_of(fractions.append, 0.5, 1.0)

    for fraction in (0.0, 0.5, 1.0):
        second_half(fraction)

    assert fractions == [0.5, 0.75, 1.0]


def test_parts_of_parts_nest():
    fractions: list[float] = []

    part_of(part_of(fractions.append, 0.0, 0.5), 0.5, 1.0)(1.0)

    assert fractions == [0.5]


def test_cancelling_stops_before_the_next_item():
    def cancel(fraction: float) -> None:
        if fraction >= 0.5:
            raise Cancelled

    items = reported(range(4), cancel)

    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(Cancelled):
        next(items)


def test_progress_can_be_ignored():
    assert list(reported([1, 2], ignore_progress)) == [1, 2]
