"""The slices of a phase, read once and held in memory as far as it reaches."""

from collections.abc import Mapping
from typing import NamedTuple

import torch

from ...errors import ConfigurationError
from ...machine_memory import machine_memory
from ...progress import ProgressCallback, reported
from ..datasets import MapSlices, SliceSample
from ..settings import Region
from .window import Window

_ZERO = 32768
"""What is taken off a stack of 16 bits without sign, which torch hardly computes with."""

_SCALE = 65535.0

_MEMORY_SHARE = 0.5
"""Of the machine's memory that may hold slices."""

_DEVICE_SHARE = 0.35
"""Of a GPU's memory that may hold slices; the rest is the network's."""


class HeldSlice(NamedTuple):
    """A slice as it is held.

    Attributes
    ----------
    stack : Tensor of int16, shape (T, Y, X)
        Shares of the HU window x 65535 - 32768.
    context : Tensor of float32, shape (K, T)
    targets : Tensor of float32, shape (C, Y, X)
        Shares of the targets' windows, NaN where unknown.
    brain : Tensor of bool, shape (Y, X)
    """

    stack: torch.Tensor
    context: torch.Tensor
    targets: torch.Tensor
    brain: torch.Tensor

    def to(self, device: torch.device) -> "HeldSlice":
        """Return the slice on a device."""
        return HeldSlice(*(tensor.to(device) for tensor in self))

    def part(self, rows: slice, columns: slice) -> "HeldSlice":
        """Return some of its rows and columns."""
        stack, targets, brain = (
            image[..., rows, columns] for image in (self.stack, self.targets, self.brain)
        )
        return HeldSlice(stack, self.context, targets, brain)

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""
        return sum(tensor.nbytes for tensor in self)


def decoded(stack: torch.Tensor) -> torch.Tensor:
    """Return shares of the HU window in [0, 1] of a held stack."""
    return (stack.float() + _ZERO) / _SCALE


class SliceBank:
    """All slices of some patients, at the size and cut of a phase.

    Slices without a pixel that counts are left out. Those for which there is no memory are read again
    whenever they are asked for; of them only the brain is kept.

    Attributes
    ----------
    shapes : list of tuple of int
        Rows and columns of each slice.
    brain_pixels : list of int
        Pixels of the brain in each slice.

    Parameters
    ----------
    samples : MapSlices
    windows : mapping of str to Window, or None
        To which the slices of each patient are cut; None leaves them whole.
    region : Region
        Which pixels count.
    memory : int
        Bytes that may be used.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If no slice is left.
    DatasetError
        If a slice cannot be used for training, such as one with a stack that holds NaN.
    """

    def __init__(
        self,
        samples: MapSlices,
        windows: Mapping[str, Window] | None,
        region: Region,
        memory: int,
        on_progress: ProgressCallback,
    ) -> None:
        self._samples = samples
        self._windows = windows
        self._held: dict[int, HeldSlice] = {}
        self._brains: dict[int, torch.Tensor] = {}
        self._members: list[int] = []
        self.shapes: list[tuple[int, int]] = []
        self.brain_pixels: list[int] = []
        for position in reported(range(len(samples)), on_progress):
            slice_ = self._read(position)
            if not _counts(slice_, region):
                continue
            if slice_.n_bytes <= memory:
                memory -= slice_.n_bytes
                self._held[len(self._members)] = slice_
            else:
                self._brains[len(self._members)] = slice_.brain.clone()
            self._members.append(position)
            rows, columns = slice_.brain.shape
            self.shapes.append((rows, columns))
            self.brain_pixels.append(int(slice_.brain.sum()))
        if not self._members:
            raise ConfigurationError(
                "No slice has a pixel in the brain with a known target", "check the maps of the data set"
            )

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, index: int) -> HeldSlice:
        held = self._held.get(index)
        return self._read(self._members[index]) if held is None else held

    def brain(self, index: int) -> torch.Tensor:
        """Return the brain of a slice, shape (Y, X)."""
        held = self._held.get(index)
        return self._brains[index] if held is None else held.brain

    def part(self, index: int, rows: slice, columns: slice) -> HeldSlice:
        """Return some rows and columns of a slice; of one that is not held, no others are read."""
        held = self._held.get(index)
        if held is not None:
            return held.part(rows, columns)
        position = self._members[index]
        patient, _ = self._samples.places[position]
        window = None if self._windows is None else self._windows[patient]
        top, left = (0, 0) if window is None else (window.row, window.column)
        sample = self._samples.part(position, _moved(rows, top), _moved(columns, left))
        return _held(sample, None)

    @property
    def is_held(self) -> bool:
        """Whether all slices are in memory."""
        return len(self._held) == len(self._members)

    @property
    def n_bytes(self) -> int:
        """Memory that the slices take."""
        return sum(slice_.n_bytes for slice_ in self._held.values())

    def move_to(self, device: torch.device) -> None:
        """Hold all slices on a GPU if they are few enough to leave room for the network."""
        if device.type != "cuda" or not self.is_held:
            return
        if self.n_bytes <= _DEVICE_SHARE * torch.cuda.get_device_properties(device).total_memory:
            self._held = {index: slice_.to(device) for index, slice_ in self._held.items()}

    def _read(self, position: int) -> HeldSlice:
        sample = self._samples[position]
        return _held(sample, None if self._windows is None else self._windows[sample.patient])


def available_memory(n_processes: int) -> int:
    """Return the bytes that each of the processes of a host may hold slices in."""
    return int(_MEMORY_SHARE * machine_memory() / n_processes)


def _held(sample: SliceSample, window: Window | None) -> HeldSlice:
    stack, targets, brain = (
        tensor if window is None else window.cut(tensor)
        for tensor in map(torch.as_tensor, (sample.stack, sample.targets, sample.weight))
    )
    return HeldSlice(
        (stack * _SCALE).round_().sub_(_ZERO).to(torch.int16),
        torch.as_tensor(sample.context),
        targets.clone(),
        brain.bool(),
    )


def _moved(places: slice, by: int) -> slice:
    return slice(places.start + by, places.stop + by)


def _counts(slice_: HeldSlice, region: Region) -> bool:
    """Say whether any pixel of a slice enters the error."""
    if region is Region.IMAGE:
        return True
    return bool((slice_.brain & slice_.targets.isfinite()).any())
