"""How long a GPU itself is busy with a task, and how fast it moves memory; both by torch."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_COPY_BYTES = 1 << 28
"""Far more than any cache holds."""

_COPIES = 10


@dataclass(frozen=True)
class DeviceTime:
    """Seconds during which the GPU was busy.

    Attributes
    ----------
    kernels : float
        Computing.
    transfers : float
        Moving data to, from and within its memory.
    """

    kernels: float
    transfers: float


def synchronise(device: "torch.device") -> None:
    """Wait until all that was asked of `device` is done."""
    import torch

    getattr(torch, device.type).synchronize()


def device_time(run: Callable[[], object]) -> DeviceTime:
    """Run a task and return what torch's profiler saw of the GPU; it sees those of NVIDIA only."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
        run()
        torch.cuda.synchronize()
    return busy_time(profiler.events() or ())


def busy_time(events: Iterable[Any]) -> DeviceTime:
    """Add up the events of torch's profiler that took place on the GPU."""
    kernels = transfers = 0.0
    for event in events:
        if event.device_type.name != "CUDA" or event.is_user_annotation:
            continue
        if event.name.startswith(("Memcpy", "Memset")):
            transfers += event.self_device_time_total * 1e-6
        else:
            kernels += event.self_device_time_total * 1e-6
    return DeviceTime(kernels, transfers)


def copy_bandwidth(device: "torch.device", n_bytes: int = _COPY_BYTES) -> float:
    """Return the bytes per second, read and written, that a copy within the memory of `device` reaches."""
    import torch

    source = torch.ones(n_bytes // 4, dtype=torch.float32, device=device)
    destination = torch.empty_like(source)
    seconds = []
    for _ in range(_COPIES):
        synchronise(device)
        started = time.perf_counter()
        destination.copy_(source)
        synchronise(device)
        seconds.append(time.perf_counter() - started)
    return 2 * n_bytes / median(seconds)
