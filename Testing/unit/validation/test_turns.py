"""Whole tasks in turns: their order, their first calls, ratios for each frame."""

import pytest

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.validation.side_by_side import Role
from CTPerfusionLib.validation.turns import Part, PartTiming, Turn, entered, take_turns


def part(name, n_frames=1):
    return Part(name, name, Role.OURS, n_frames)


def timing(*seconds, n_frames=1):
    return PartTiming(part("any", n_frames), 0.0, seconds)


class SimulatedWork:
    """A clock, and tasks that let it advance by what they would take."""

    def __init__(self):
        self.now = 0.0
        self.calls = []

    def clock(self):
        return self.now

    def task(self, name, seconds, *, compilation=0.0):
        def run(_on_progress):
            self.now += seconds + (compilation if name not in self.calls else 0.0)
            self.calls.append(name)
            return len(self.calls)

        return run


@pytest.fixture
def work():
    return SimulatedWork()


def test_the_first_call_is_timed_apart(work):
    turn, result = entered(part("it"), work.task("it", 1.0, compilation=5.0), clock=work.clock)

    measured = take_turns([turn], 3)["it"]

    assert result == 1
    assert measured.first == pytest.approx(6.0)
    assert measured.seconds == pytest.approx((1.0, 1.0, 1.0))


def test_turns_go_forward_and_backward(work):
    turns = [entered(part(name), work.task(name, 1.0), clock=work.clock)[0] for name in "abc"]

    take_turns(turns, 3)

    assert "".join(work.calls) == "abc" + "abc" + "cba" + "abc"


def test_a_task_may_have_parts_with_times_of_their_own():
    parts = (part("one"), part("two"))
    turn = Turn(parts, lambda _: {"one": 1.0, "two": 2.0, "not asked for": 9.0}, {"one": 5.0, "two": 6.0})

    measured = take_turns([turn], 2)

    assert {name: each.seconds for name, each in measured.items()} == {"one": (1.0, 1.0), "two": (2.0, 2.0)}
    assert [each.first for each in measured.values()] == [5.0, 6.0]


def test_a_short_task_is_repeated_and_the_median_counts():
    seconds = iter([0.3, 9.0, 0.2])
    turn = Turn((part("it"),), lambda _: {"it": next(seconds)}, {"it": 0.33})

    assert take_turns([turn], 1)["it"].seconds == (0.3,)


def test_the_ratio_is_the_median_over_rounds_of_ratios_within_a_round():
    assert timing(4.0, 8.0, 90.0).ratio_to(timing(2.0, 4.0, 3.0)) == 2.0


def test_the_ratio_is_that_of_the_times_for_each_frame():
    few, all_of_them = timing(4.0, n_frames=4), timing(8.0, n_frames=80)

    assert few.ratio_to(all_of_them) == pytest.approx(10.0)
    assert few.undisturbed_ratio_to(all_of_them) == pytest.approx(10.0)


def test_the_undisturbed_ratio_is_that_of_the_least_times():
    assert timing(4.0, 8.0, 90.0).undisturbed_ratio_to(timing(2.0, 4.0, 1.0)) == pytest.approx(4.0)


def test_tasks_report_to_equal_parts_of_the_progress_and_can_be_cancelled_inside():
    fractions = []

    def report(fraction):
        fractions.append(fraction)
        if fraction > 0.7:
            raise Cancelled

    def run(on_progress):
        on_progress(0.0)
        on_progress(0.5)
        return {"it": 1.0}

    with pytest.raises(Cancelled):
        take_turns([Turn((part("it"),), run, {"it": 1.0})], 2, report)
    assert fractions == [0.0, 0.25, 0.5, 0.5, 0.75]
