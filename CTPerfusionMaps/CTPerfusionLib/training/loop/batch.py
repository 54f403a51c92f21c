"""A batch: slices as they are held, with what will be varied about them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch

from ...networks import InputSettings
from ..augmentation import Augmentation, AugmentationDraw, draw
from ..batch_plan import SliceKey
from .augment import change_plane, change_time, drawn_noise
from .slice_bank import HeldSlice, SliceBank, decoded

_AIR = -32768
"""Held value of the lower end of the HU window, which comes in where an image is shifted."""

_AUGMENTATION_STREAM = 2
"""Keeps the random numbers of the augmentation apart from those of the order."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Slices of one shape.

    Attributes
    ----------
    stack : Tensor of int16, shape (B, T, Y, X)
        As held.
    context : Tensor, shape (B, K, T)
    targets : Tensor, shape (B, C, Y, X)
        Shares of the targets' windows, NaN where unknown.
    brain : Tensor of bool, shape (B, Y, X)
    counts : Tensor of bool, shape (B,)
        Which slices enter the error.
    bolus, sampling : Tensor of float32, shape (B, T, T), or None
        Operators in time.
    drawn : tuple of AugmentationDraw
        Empty where nothing is varied.
    """

    stack: torch.Tensor
    context: torch.Tensor
    targets: torch.Tensor
    brain: torch.Tensor
    counts: torch.Tensor
    bolus: torch.Tensor | None
    sampling: torch.Tensor | None
    drawn: tuple[AugmentationDraw, ...]

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        moved: dict[str, Any] = {
            each.name: value.to(device)
            for each in fields(self)
            if isinstance(value := getattr(self, each.name), torch.Tensor)
        }
        return replace(self, **moved)

    def inputs(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return stack (B, T, Y, X) in [0, 1] and context (B, K, T) with all changes in time."""
        stack = decoded(self.stack)
        if self.bolus is None or self.sampling is None:
            return stack, self.context
        noise = drawn_noise(stack.shape[1:], self.drawn, stack.device)
        return change_time(stack, self.context, self.bolus, self.sampling, noise)


@dataclass(frozen=True, eq=False)
class VariedSlice:
    """A slice of one epoch: changed in the plane, with what will be changed in time."""

    held: HeldSlice
    counts: bool
    drawn: AugmentationDraw | None


class EpochSlices(torch.utils.data.Dataset[VariedSlice]):
    """The slices of a bank as each epoch shows them.

    Parameters
    ----------
    bank : SliceBank
    views : sequence of int
        Places of the slices in the bank; one that is named several times is varied anew each time.
    augmentation : Augmentation or None
    settings : InputSettings
    seed : tuple of int
    patch : int or None
        Rows and columns of the part that is drawn from each slice.
    """

    def __init__(
        self,
        bank: SliceBank,
        views: Sequence[int],
        augmentation: Augmentation | None,
        settings: InputSettings,
        seed: tuple[int, ...],
        patch: int | None = None,
    ) -> None:
        self._bank = bank
        self._views = views
        self._augmentation = augmentation
        self._settings = settings
        self._seed = seed
        self._patch = patch

    def __len__(self) -> int:
        return len(self._views)

    def __getitem__(self, key: SliceKey) -> VariedSlice:
        place = self._views[key.place]
        if self._augmentation is None:
            return VariedSlice(self._bank[place], key.counts, None)
        random = np.random.default_rng([*self._seed, _AUGMENTATION_STREAM, key.epoch, key.place])
        held = (
            self._bank[place] if self._patch is None else _drawn_patch(self._bank, place, self._patch, random)
        )
        drawn = draw(self._augmentation, self._settings, held.context.cpu().numpy(), random)
        changed = HeldSlice(
            change_plane(held.stack, drawn, _AIR),
            held.context,
            change_plane(held.targets, drawn, float("nan")),
            change_plane(held.brain, drawn, False),
        )
        return VariedSlice(changed, key.counts, drawn)


def _drawn_patch(bank: SliceBank, place: int, size: int, random: np.random.Generator) -> HeldSlice:
    """Return a square part of a slice about a pixel of its brain; of a smaller slice all there is."""
    brain = bank.brain(place)
    places = brain.nonzero()
    if len(places) == 0:
        centre = torch.tensor(brain.shape) // 2
    else:
        centre = places[int(random.integers(len(places)))].cpu()
    rows, columns = (
        _span(int(middle), size, length, random) for middle, length in zip(centre, brain.shape, strict=True)
    )
    return bank.part(place, rows, columns)


def _span(middle: int, size: int, length: int, random: np.random.Generator) -> slice:
    """Return places of a line, at most `size` of them, that hold its middle at a random one."""
    first = min(max(middle - int(random.integers(size)), 0), max(length - size, 0))
    return slice(first, min(first + size, length))


def collated(slices: Sequence[VariedSlice]) -> Batch:
    """Return slices of one shape as a batch."""
    stack, context, targets, brain = (
        torch.stack(tensors) for tensors in zip(*(each.held for each in slices), strict=True)
    )
    drawn = tuple(each.drawn for each in slices if each.drawn is not None)
    return Batch(
        stack, context, targets, brain,
        counts=torch.tensor([each.counts for each in slices]),
        bolus=torch.from_numpy(np.stack([each.bolus for each in drawn])) if drawn else None,
        sampling=torch.from_numpy(np.stack([each.sampling for each in drawn])) if drawn else None,
        drawn=drawn,
    )  # fmt: skip
