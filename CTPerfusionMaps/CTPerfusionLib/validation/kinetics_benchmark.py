"""How fast the kinetic methods are: beside matrix products, a plain reference and other people's packages.

All of them process the same curves in one process, in turns. What is reported are ratios, since seconds say
more about a machine and what else it does than about a method.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..devices import Device, resolve_device
from ..kinetics import METHODS, KineticMethod
from ..progress import ProgressCallback, ignore_progress, part_of
from .benchmark_curves import GPU_SETS, STANDARD_SETS, CurveSet, benchmark_curves
from .device_time import DeviceTime, copy_bandwidth, device_time
from .kinetics_contestants import kinetics_contestants
from .machine_facts import machine_facts
from .side_by_side import Contestant, Role, Timing, time_side_by_side

_FLOAT32_BYTES = 4


@dataclass(frozen=True)
class SetResult:
    """What was measured with one set of curves.

    Attributes
    ----------
    curves : CurveSet
    timings : mapping of str to Timing
        By the contestant's name.
    is_first : bool
        Whether nothing was computed in the process before, so that first calls had to load compiled code.
    device_times : mapping of str to DeviceTime
        Of the methods with all voxels, where the device is a GPU that can tell.
    bandwidth_shares : mapping of str to float
        Bytes that must move (curves in, maps out) over the time of the kernels, as a share of what a copy
        within the GPU's memory reaches.
    """

    curves: CurveSet
    timings: Mapping[str, Timing]
    is_first: bool
    device_times: Mapping[str, DeviceTime] = field(default_factory=dict)
    bandwidth_shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def fastest_peer(self) -> Timing | None:
        """The peer that took least for each voxel; None where none is installed."""
        peers = [timing for timing in self.timings.values() if timing.contestant.role is Role.PEER]
        return min(peers, key=lambda timing: timing.microseconds_per_voxel, default=None)


@dataclass(frozen=True)
class KineticsBenchmark:
    """The whole comparison.

    Attributes
    ----------
    device : Device
        Where the methods and the matrix products ran.
    facts : mapping
        See :func:`machine_facts`.
    rounds : int
    results : tuple of SetResult
    """

    device: Device
    facts: Mapping[str, Any]
    rounds: int
    results: tuple[SetResult, ...]


def benchmark_kinetics(
    sets: Sequence[CurveSet] = (),
    *,
    rounds: int = 5,
    device: str | Device = "auto",
    seed: int = 0,
    on_progress: ProgressCallback = ignore_progress,
) -> KineticsBenchmark:
    """Time every method in :data:`METHODS` side by side with what it is compared with.

    Parameters
    ----------
    sets : sequence of CurveSet
        Empty: :data:`STANDARD_SETS`, on a GPU :data:`GPU_SETS`.
    rounds : int
    device : str or Device
        A name in :data:`DEVICES`, or ``auto``; where the methods and the matrix products run.
    seed : int
        Of the curves.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If there is no such device.
    """
    where = resolve_device(device)
    chosen = tuple(sets) or (STANDARD_SETS if where.torch_name is None else GPU_SETS)
    facts = machine_facts(where)
    # Turns are limited in time, so that each set takes about as long.
    results = []
    for turn, curve_set in enumerate(chosen):
        part = part_of(on_progress, turn / len(chosen), (turn + 1) / len(chosen))
        results.append(_benchmark_set(curve_set, rounds, where, seed, turn == 0, part))
    return KineticsBenchmark(where, facts, rounds, tuple(results))


def _benchmark_set(
    curve_set: CurveSet,
    rounds: int,
    device: Device,
    seed: int,
    is_first: bool,
    on_progress: ProgressCallback,
) -> SetResult:
    heartbeat = _Heartbeat(on_progress)
    heartbeat.report(0.0)
    given = benchmark_curves(curve_set, seed)
    contestants = list(kinetics_contestants(given, device, heartbeat.beat))
    timings = time_side_by_side(contestants, curve_set.n_voxels, rounds, on_progress=heartbeat.report)
    by_name = {timing.contestant.name: timing for timing in timings}
    if device.torch_name != "cuda":
        return SetResult(curve_set, by_name, is_first)
    spent = _device_times(contestants, curve_set)
    return SetResult(curve_set, by_name, is_first, spent, _bandwidth_shares(spent, curve_set, device))


class _Heartbeat:
    """Lets long tasks notice that the user asked to stop, without moving the bar."""

    def __init__(self, on_progress: ProgressCallback) -> None:
        self._on_progress = on_progress
        self._fraction = 0.0

    def report(self, fraction: float) -> None:
        self._fraction = fraction
        self._on_progress(fraction)

    def beat(self, _fraction: float) -> None:
        self._on_progress(self._fraction)


def _device_times(contestants: Sequence[Contestant], curve_set: CurveSet) -> dict[str, DeviceTime]:
    return {
        each.name: device_time(partial(each.run, curve_set.n_voxels))
        for each in contestants
        if each.role is Role.OURS
    }


def _bandwidth_shares(
    spent: Mapping[str, DeviceTime], curve_set: CurveSet, device: Device
) -> dict[str, float]:
    import torch

    bandwidth = copy_bandwidth(torch.device(str(device.torch_name)))
    return {
        name: bytes_to_move(METHODS[name], curve_set) / seconds.kernels / bandwidth
        for name, seconds in spent.items()
    }


def bytes_to_move(method: KineticMethod, curve_set: CurveSet) -> int:
    """Return the bytes that a method cannot help but read and write: the curves, the maps and the quality."""
    values = curve_set.n_frames + len(method.maps) + len(method.quality)
    return curve_set.n_voxels * values * _FLOAT32_BYTES
