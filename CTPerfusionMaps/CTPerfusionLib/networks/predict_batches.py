"""A network over the slices of a study, in batches that fit into memory."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..parallel import number_of_threads
from ..progress import ProgressCallback
from .model_input import ModelInput

if TYPE_CHECKING:
    import torch

    from .modules.map_network import MapNetwork

CPU_BATCH_PIXELS = 1 << 17
"""Pixels of the slices that a processor is given at once: more do not fit its caches any better."""

MEMORY_SHARE = 0.8
"""Of the free memory of a GPU that batches may fill."""


_SHORT_OF_MEMORY = ("out of memory", "allocate memory", "not enough memory")
"""What torch says on GPUs and on processors; only NVIDIA's error has a type of its own."""


class MemoryExceeded(Exception):
    """Not even a single slice fits into the memory of a device."""


def run_network(
    network: MapNetwork, given: ModelInput, device: torch.device, on_progress: ProgressCallback
) -> NDArray[np.float32]:
    """Return what a network makes of the slices of a study.

    On a GPU of NVIDIA it computes in half precision, with eleven bits of which the maps need eight; where
    its range does not suffice, in full precision.

    Parameters
    ----------
    network : MapNetwork
        Stays as it is, on the processor.
    given : ModelInput
    device : torch.device
    on_progress : callable
        Called after each batch; may raise to stop.

    Returns
    -------
    ndarray of float32, shape (Z, C, Y, X)
        Shares of the targets' windows.

    Raises
    ------
    MemoryExceeded
    """
    import torch

    if device.type == "cpu":
        with torch_threads(number_of_threads()):
            return _run(network, given, device, on_progress)
    try:
        return _run(network, given, device, on_progress)
    finally:
        getattr(torch, device.type).empty_cache()


def _run(
    network: MapNetwork, given: ModelInput, device: torch.device, on_progress: ProgressCallback
) -> NDArray[np.float32]:
    import torch

    try:
        placed = copy.deepcopy(network).eval().to(device)
        # The type stubs of torch know this argument for tensors only.
        placed.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        batches = _Batches(placed, given, device)
        done: list[NDArray[np.float32]] = []
        with torch.inference_mode():
            while batches.n_done < batches.n_slices:
                done.append(batches.take())
                on_progress(batches.n_done / batches.n_slices)
    except RuntimeError as error:
        if not _is_memory(error):
            raise
        raise MemoryExceeded from error
    return np.concatenate(done)


class _Batches:
    """The slices of a study from the first to the last, as many at once as fit."""

    def __init__(self, network: MapNetwork, given: ModelInput, device: torch.device) -> None:
        import torch

        self._network, self._device = network, device
        self._stack = torch.from_numpy(given.stack)
        self._context = torch.from_numpy(given.context).to(device)
        self.n_slices, self.n_done = len(self._stack), 0
        pixels = self._stack.shape[-2] * self._stack.shape[-1]
        # The first slice on a GPU shows how much memory a slice takes.
        self._size = 1 if device.type != "cpu" else max(1, CPU_BATCH_PIXELS // pixels)
        self._is_measured = device.type != "cuda"

    def take(self) -> NDArray[np.float32]:
        """Return the maps of the next batch, (slices, C, Y, X)."""
        while True:
            stop = min(self.n_done + self._size, self.n_slices)
            try:
                maps = self._forward(slice(self.n_done, stop))
            except RuntimeError as error:
                if stop - self.n_done == 1 or not _is_memory(error):
                    raise
                self._size = (stop - self.n_done) // 2
                continue
            self.n_done = stop
            return maps

    def _forward(self, chosen: slice) -> NDArray[np.float32]:
        import torch

        before = self._start_measuring()
        stack = self._stack[chosen].to(self._device)
        context = self._context.expand(len(stack), -1, -1)
        with _half_precision(self._device):
            maps = self._network(stack, context)
        if not torch.isfinite(maps).all():
            maps = self._network(stack, context)
        self._measure(before)
        return np.asarray(maps.float().cpu().numpy())

    def _start_measuring(self) -> int:
        import torch

        if self._is_measured:
            return 0
        torch.cuda.reset_peak_memory_stats(self._device)
        return torch.cuda.memory_allocated(self._device)

    def _measure(self, before: int) -> None:
        import torch

        if self._is_measured:
            return
        per_slice = torch.cuda.max_memory_allocated(self._device) - before
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info(self._device)
        self._size = max(1, int(MEMORY_SHARE * free / max(per_slice, 1)))
        self._is_measured = True


def _half_precision(device: torch.device) -> AbstractContextManager[object]:
    """Let convolutions compute with half precision; only where hardware is made for it."""
    import torch

    if device.type != "cuda":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.float16)


def _is_memory(error: RuntimeError) -> bool:
    return any(words in str(error).lower() for words in _SHORT_OF_MEMORY)


@contextmanager
def torch_threads(number: int) -> Iterator[None]:
    """Let torch use so many threads of the processor: it counts those of the machine, not those allowed."""
    import torch

    former = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(former)
