"""What the kinetic methods should reach, as data, and whether they do."""

from collections.abc import Callable

from ..devices import Device
from .benchmark_target import BenchmarkTarget, TargetOutcome, judge
from .kinetics_benchmark import SetResult
from .kinetics_contestants import NELDER_MEAD, YARDSTICK
from .side_by_side import Role

Measure = Callable[[SetResult], float | None]
"""Returns the measured value, None where it was not measured."""


def times_as_long_as(method: str, other: str) -> Measure:
    """Measure how many times as long as `other` a method takes for each voxel."""

    def measure(result: SetResult) -> float | None:
        timings = result.timings
        return timings[method].ratio_to(timings[other]) if {method, other} <= timings.keys() else None

    return measure


def times_faster_than(method: str, other: str) -> Measure:
    """Measure how many times faster than `other` a method is for each voxel."""
    return times_as_long_as(other, method)


def microseconds_per_voxel(method: str) -> Measure:
    """Measure microseconds for each voxel."""

    def measure(result: SetResult) -> float | None:
        return result.timings[method].microseconds_per_voxel if method in result.timings else None

    return measure


def device_milliseconds(method: str, n_voxels: int) -> Measure:
    """Measure for how many milliseconds a GPU computes, with sets of `n_voxels` curves only."""

    def measure(result: SetResult) -> float | None:
        if result.curves.n_voxels != n_voxels or method not in result.device_times:
            return None
        return result.device_times[method].kernels * 1e3

    return measure


def first_call(method: str) -> Measure:
    """Measure the seconds of the first call, with the first set of curves in a process only."""

    def measure(result: SetResult) -> float | None:
        return result.timings[method].first_call if result.is_first else None

    return measure


CPU_TARGETS = (
    BenchmarkTarget("nlr", "times matrix product", times_as_long_as("nlr", YARDSTICK), 4.0),
    BenchmarkTarget("bsvd", "times matrix product", times_as_long_as("bsvd", YARDSTICK), 3.0),
    BenchmarkTarget("tikhonov", "times matrix product", times_as_long_as("tikhonov", YARDSTICK), 6.0),
    BenchmarkTarget(
        "nlr", "times faster than Nelder-Mead", times_faster_than("nlr", NELDER_MEAD), 3000.0, at_least=True
    ),
    BenchmarkTarget("bayes", "us per voxel", microseconds_per_voxel("bayes"), 15.0),
)
"""All bounds but those on the first calls, where the methods compute on two cores."""

GPU_TARGETS = (BenchmarkTarget("nlr", "ms of device time", device_milliseconds("nlr", 2000000), 50.0),)
"""The same where they compute on a GPU."""

FIRST_CALL_LIMIT = 3.0
"""Seconds of the first call of each method, once its compiled code is cached."""


def target_outcomes(result: SetResult, device: Device) -> list[TargetOutcome]:
    """Return the targets for `device` that were measured with a set of curves."""
    first_calls = [
        BenchmarkTarget(name, "s for the first call", first_call(name), FIRST_CALL_LIMIT)
        for name, timing in result.timings.items()
        if timing.contestant.role is Role.OURS
    ]
    targets = CPU_TARGETS if device.torch_name is None else GPU_TARGETS
    return judge((*targets, *first_calls), result)
