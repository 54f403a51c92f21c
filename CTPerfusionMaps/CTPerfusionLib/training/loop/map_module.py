"""The step of the training and its bookkeeping, as Lightning calls them."""

from collections.abc import Mapping
from typing import Any, cast

import lightning.pytorch as lightning
import numpy as np
import torch

from ...errors import ProcessingError
from ...networks.modules.map_network import MapNetwork
from ..phase import Phase
from ..record import Course, EpochErrors, learning_rate
from ..settings import MapTraining
from .batch import Batch
from .errors import ErrorSums, added_up, in_a_group, masked_errors

BETAS = (0.9, 0.999)
"""Of Adam, as in both papers."""

ALL_MAPS = "all maps"
"""What the error of all maps together is called."""

_STEPS_BETWEEN_CHECKS = 20
"""Optimiser steps after which the loss is looked at; on a GPU a look waits for the step to end."""

_SEED_STREAM = 3
"""Keeps the random numbers of layers apart from those of order and augmentation."""

_LARGEST_SEED = 2**62


class MapModule(lightning.LightningModule):
    """A network in one phase of its training.

    Parameters
    ----------
    network : MapNetwork
    settings : MapTraining
    course : Course
        Up to the start of the phase; that of the checkpoint takes its place where a phase is resumed.
    n_steps : int
        Optimiser steps of the whole phase.

    Attributes
    ----------
    course : Course
    best_weights : dict of str to Tensor
        Those of the best epoch of the phase so far, on the processor.
    measured : list of mapping
        Of the last validation: the errors of each loader by map, :data:`ALL_MAPS` of all together.
    """

    def __init__(self, network: MapNetwork, settings: MapTraining, course: Course, n_steps: int) -> None:
        super().__init__()
        self.network = network
        self.course = course
        self.best_weights: dict[str, torch.Tensor] = {}
        self.measured: list[Mapping[str, float]] = []
        self._settings = settings
        self._n_steps = n_steps
        self._train_sums = ErrorSums(settings.targets, torch.device("cpu"))
        self._sums: list[ErrorSums] = []

    @property
    def phase(self) -> Phase:
        """The current phase."""
        return self._settings.phases[self.course.phase]

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam with the rate of the phase."""
        return torch.optim.Adam(self.network.parameters(), lr=self.phase.learning_rate, betas=BETAS)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:  # noqa: ARG002
        """Return the batch on the device."""
        return batch.to(device)

    # Training

    def on_train_epoch_start(self) -> None:
        """Begin an epoch: whatever layers draw follows from the seed and the epoch."""
        self._train_sums = self._new_sums()
        self.network.train()
        seeds = (self._settings.seed, _SEED_STREAM, self.course.phase, self.current_epoch, self.global_rank)
        torch.manual_seed(int(np.random.default_rng(seeds).integers(_LARGEST_SEED)))

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:  # noqa: ARG002
        """Set the learning rate of the step."""
        rate = learning_rate(self.phase, self.course, self.global_step, self._n_steps)
        for group in self._optimizer().param_groups:
            group["lr"] = rate

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        """Return the weighted mean squared error over the pixels of the batch on all processes.

        Lightning averages the gradients of the processes; the share of a process is therefore its sum times
        the number of processes, by the number of pixels of all.
        """
        errors, inside = self._errors(batch)
        self._train_sums.add(errors, inside)
        n_pixels = added_up(inside.sum()).clamp(min=1)
        weights = errors.new_tensor(self._settings.target_weights)[:, None, None]
        loss = (errors * weights).sum() * (self.trainer.world_size if in_a_group() else 1) / n_pixels
        if batch_idx % _STEPS_BETWEEN_CHECKS == 0:
            self._require_finite(float(loss.detach()))
        self.log("loss", loss.detach(), on_step=True, on_epoch=False)
        return loss

    def on_train_epoch_end(self) -> None:
        """Take down the errors of the epoch, after its validation."""
        train, _ = self._train_sums.means()
        each = dict(self.measured[0])
        validation = each.pop(ALL_MAPS)
        self._require_finite(train)
        self._require_finite(validation)
        rate = float(self._optimizer().param_groups[0]["lr"])
        errors = EpochErrors(self.course.phase + 1, self.current_epoch + 1, rate, train, validation, each)
        self.course = self.course.after(errors, self.phase, self._settings.early_stopping)
        if self.course.best_epoch == errors.epoch:
            self.best_weights = {
                name: value.detach().to("cpu", copy=True) for name, value in self.network.state_dict().items()
            }
        row = {name: value for name, value in errors.as_row().items() if name not in ("phase", "epoch")}
        self.log_dict({name: torch.tensor(value, dtype=torch.float32) for name, value in row.items()})
        if self.course.phase_done:
            self.trainer.should_stop = True

    # Validation

    def on_validation_epoch_start(self) -> None:
        """Begin a pass over one or several loaders."""
        self._sums = []

    def validation_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> None:  # noqa: ARG002
        """Add up the errors of a batch."""
        while len(self._sums) <= dataloader_idx:
            self._sums.append(self._new_sums())
        self._sums[dataloader_idx].add(*self._errors(batch))

    def on_validation_epoch_end(self) -> None:
        """Take the means over all processes."""
        self.measured = []
        for sums in self._sums:
            error, each = sums.means()
            self.measured.append({ALL_MAPS: error, **each})

    # Checkpoint

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the course and the best weights."""
        checkpoint["course"] = self.course.as_state()
        checkpoint["best_weights"] = self.best_weights

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the course and the best weights."""
        self.course = Course.from_state(checkpoint["course"])
        self.best_weights = dict(checkpoint["best_weights"])

    # Parts of the above

    def _errors(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        stack, context = batch.inputs()
        if self._settings.compute.channels_last:
            stack = stack.contiguous(memory_format=torch.channels_last)
        maps = self.network(stack, context)
        return masked_errors(maps.float(), batch.targets, batch.brain, batch.counts, self._settings.region)

    def _new_sums(self) -> ErrorSums:
        return ErrorSums(self._settings.targets, self.device)

    def _optimizer(self) -> torch.optim.Optimizer:
        return cast("torch.optim.Optimizer", self.optimizers(use_pl_optimizer=False))

    def _require_finite(self, error: float) -> None:
        """Refuse an error that is not a number; every checkpoint is older than it."""
        if not torch.isfinite(torch.tensor(error)):
            raise ProcessingError(
                f"The training has diverged in epoch {self.current_epoch + 1} of phase "
                f"{self.course.phase + 1}: its error is not a number",
                "lower the learning rate, clip the gradients or use 32 bits, and train again",
            )
