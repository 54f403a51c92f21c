"""The slices of a phase, as Lightning asks for them."""

import os
from collections.abc import Sequence
from typing import Any, cast

import lightning.pytorch as lightning
from torch.utils.data import DataLoader

from ...networks import InputSettings
from ..batch_plan import BatchPlan, Share
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

    @property
    def n_steps(self) -> int:
        """Optimiser steps of the phase."""
        phase = self._settings.phases[self._position]
        return len(self._plan(self._train, Share(), shuffled=True)) * phase.epochs

    def train_dataloader(self) -> DataLoader[VariedSlice]:
        """Return the loader of this process."""
        phase = self._settings.phases[self._position]
        slices = EpochSlices(
            self._train, self._settings.augmentation, self._input, self._seed, patch=phase.patch
        )
        return self._loader(self._train, slices, shuffled=True)

    def val_dataloader(self) -> list[DataLoader[VariedSlice]]:
        """Return the loaders of this process for what is measured."""
        return [
            self._loader(bank, EpochSlices(bank, None, self._input, self._seed), shuffled=False)
            for bank in self._measured
        ]

    @property
    def _seed(self) -> tuple[int, int]:
        return self._settings.seed, self._position

    def _plan(self, bank: SliceBank, share: Share, *, shuffled: bool) -> BatchPlan:
        size = self._settings.phases[self._position].batch_size
        return BatchPlan(
            bank.shapes, size, shuffled=shuffled, seed=self._seed, share=share, epoch=self._epoch
        )

    def _loader(self, bank: SliceBank, slices: EpochSlices, *, shuffled: bool) -> DataLoader[Any]:
        trainer = cast("lightning.Trainer", self.trainer)
        bank.move_to(trainer.strategy.root_device)
        return DataLoader(
            slices,
            batch_sampler=self._plan(bank, Share(trainer.global_rank, trainer.world_size), shuffled=shuffled),
            collate_fn=collated,
            num_workers=0 if bank.is_held else min(_MOST_WORKERS, os.cpu_count() or 1),
        )
