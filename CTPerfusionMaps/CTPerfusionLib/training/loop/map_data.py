"""The slices of a phase, as Lightning asks for them."""

import os
from collections.abc import Sequence
from typing import Any, cast

import lightning.pytorch as lightning
from torch.utils.data import DataLoader

from ...networks import InputSettings
from ..batch_plan import BatchPlan, Share
from ..phase import Phase
from ..settings import MapTraining
from .batch import EpochSlices, VariedSlice, collated
from .slice_bank import SliceBank

_MOST_WORKERS = 4
"""Processes that read slices for which there is no memory."""


class MapData(lightning.LightningDataModule):
    """What a phase is trained and measured with.

    Parameters
    ----------
    train : SliceBank
        Varied and in a new order in every epoch.
    measured : sequence of SliceBank
        As they are and in their order; a loader for each.
    settings : MapTraining
    input : InputSettings
    phase : int
        Position of the phase.
    epoch : int
        Epochs of the phase that are done.
    """

    def __init__(
        self,
        train: SliceBank,
        measured: Sequence[SliceBank],
        settings: MapTraining,
        input: InputSettings,  # noqa: A002
        phase: int,
        epoch: int = 0,
    ) -> None:
        super().__init__()
        self._train = train
        self._measured = list(measured)
        self._settings = settings
        self._input = input
        self._position = phase
        self._epoch = epoch
        self._views = patch_views(train, settings.phases[phase])

    @property
    def n_steps(self) -> int:
        """Optimiser steps of the phase."""
        phase = self._settings.phases[self._position]
        return len(self._plan(self._train, self._views, Share(), shuffled=True)) * phase.epochs

    def train_dataloader(self) -> DataLoader[VariedSlice]:
        """Return the loader of this process."""
        phase = self._settings.phases[self._position]
        slices = EpochSlices(
            self._train, self._views, self._settings.augmentation, self._input, self._seed, patch=phase.patch
        )
        return self._loader(self._train, self._views, slices, shuffled=True)

    def val_dataloader(self) -> list[DataLoader[VariedSlice]]:
        """Return the loaders of this process for what is measured."""
        loaders = []
        for bank in self._measured:
            views = range(len(bank))
            slices = EpochSlices(bank, views, None, self._input, self._seed)
            loaders.append(self._loader(bank, views, slices, shuffled=False))
        return loaders

    @property
    def _seed(self) -> tuple[int, int]:
        return self._settings.seed, self._position

    def _plan(self, bank: SliceBank, views: Sequence[int], share: Share, *, shuffled: bool) -> BatchPlan:
        size = self._settings.phases[self._position].batch_size
        shapes = [bank.shapes[place] for place in views]
        return BatchPlan(shapes, size, shuffled=shuffled, seed=self._seed, share=share, epoch=self._epoch)

    def _loader(
        self, bank: SliceBank, views: Sequence[int], slices: EpochSlices, *, shuffled: bool
    ) -> DataLoader[Any]:
        trainer = cast("lightning.Trainer", self.trainer)
        bank.move_to(trainer.strategy.root_device)
        share = Share(trainer.global_rank, trainer.world_size)
        return DataLoader(
            slices,
            batch_sampler=self._plan(bank, views, share, shuffled=shuffled),
            collate_fn=collated,
            num_workers=0 if bank.is_held else min(_MOST_WORKERS, os.cpu_count() or 1),
        )


def patch_views(bank: SliceBank, phase: Phase) -> list[int]:
    """Return the places of the slices as an epoch draws from them: once for each patch that a brain fills."""
    if phase.patch is None:
        return list(range(len(bank)))
    return [
        place
        for place, pixels in enumerate(bank.brain_pixels)
        for _ in range(min(max(round(pixels / phase.patch**2), 1), phase.most_patches))
    ]
