"""Timing in turns: order, ratios, and how many voxels each task is given."""

import pytest
from threadpoolctl import threadpool_info

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.validation.side_by_side import (
    FIRST_VOXELS,
    LONGEST_TURN,
    Contestant,
    Role,
    Timing,
    time_side_by_side,
)


class SimulatedWork:
    """A clock, and tasks that let it advance by what they would take."""

    def __init__(self):
        self.now = 0.0
        self.calls = []

    def clock(self):
        return self.now

    def contestant(self, name, seconds_per_voxel, *, compilation=0.0):
        def run(n_voxels):
            first = all(called != name for called, _ in self.calls)
            self.calls.append((name, n_voxels))
            self.now += n_voxels * seconds_per_voxel + (compilation if first else 0.0)

        return Contestant(name, name, Role.OURS, run)


@pytest.fixture
def work():
    return SimulatedWork()


def timing(contestant, n_voxels, *seconds):
    return Timing(contestant, n_voxels, 0.0, seconds)


def test_the_ratio_is_that_of_the_times_for_each_voxel(work):
    contestants = [work.contestant("quick", 1e-6), work.contestant("slow", 1e-3)]

    quick, slow = time_side_by_side(contestants, 100_000, 3, clock=work.clock)

    assert slow.ratio_to(quick) == pytest.approx(1000.0)
    assert quick.ratio_to(slow) == pytest.approx(0.001)
    assert slow.microseconds_per_voxel == pytest.approx(1000.0)


def test_compilation_counts_in_the_first_call_only(work):
    (compiled,) = time_side_by_side([work.contestant("it", 1e-6, compilation=2.0)], 5000, 3, clock=work.clock)

    assert compiled.first_call == pytest.approx(2.0 + FIRST_VOXELS * 1e-6)
    assert compiled.microseconds_per_voxel == pytest.approx(1.0)


def test_a_slow_task_is_given_as_many_voxels_as_a_turn_allows(work):
    contestants = [work.contestant("slow", 1e-4), work.contestant("hopeless", 1.0)]

    slow, hopeless = time_side_by_side(contestants, 1_000_000, 1, clock=work.clock)

    assert slow.seconds[0] == pytest.approx(LONGEST_TURN, rel=0.3)
    assert hopeless.n_voxels == FIRST_VOXELS


def test_a_quick_task_is_given_all_voxels(work):
    (quick,) = time_side_by_side([work.contestant("quick", 1e-6)], 70_000, 1, clock=work.clock)

    assert quick.n_voxels == 70_000


def test_turns_go_forward_and_backward(work):
    contestants = [work.contestant(name, 1.0) for name in "abc"]

    time_side_by_side(contestants, 1, 3, clock=work.clock)

    turns = "".join(name for name, _ in work.calls)
    assert turns.endswith("abc" + "cba" + "abc")


def test_the_ratio_is_the_median_over_rounds_of_ratios_within_a_round(work):
    task = work.contestant("any", 1.0)
    one, other = timing(task, 10, 4.0, 8.0, 90.0), timing(task, 10, 2.0, 4.0, 3.0)

    assert one.ratio_to(other) == 2.0


def test_the_undisturbed_ratio_is_that_of_the_least_times_for_each_voxel(work):
    task = work.contestant("any", 1.0)
    one, other = timing(task, 10, 4.0, 8.0, 90.0), timing(task, 20, 2.0, 4.0, 1.0)

    assert one.undisturbed_ratio_to(other) == pytest.approx((4.0 / 10) / (1.0 / 20))


def test_the_number_of_blas_threads_holds_while_the_task_runs():
    seen = []

    def run(_n_voxels):
        seen.append({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})

    time_side_by_side([Contestant("it", "it", Role.PEER, run, blas_threads=1)], 1, 1)

    assert seen
    assert all(threads == {1} for threads in seen)


def test_the_comparison_can_be_cancelled_before_each_turn(work):
    fractions = []

    def report(fraction):
        fractions.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        time_side_by_side([work.contestant("it", 1.0)], 1, 9, clock=work.clock, on_progress=report)
    assert fractions == sorted(fractions)
