"""What happens around the steps: progress, cancelling, a checkpoint and the table after each epoch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import lightning.pytorch as lightning
from lightning.pytorch.callbacks import Checkpoint

from ...errors import Cancelled
from ...progress import CancelSignal, StageProgress
from ..record import Course
from .map_module import MapModule


class ProgressReport(lightning.Callback):
    """Reports progress and ends the training when the user asks for it.

    Parameters
    ----------
    on_progress : callable
        Takes a title and the fraction of the phase.
    cancel : CancelSignal or None
    """

    def __init__(self, on_progress: StageProgress, cancel: CancelSignal | None) -> None:
        self._on_progress = on_progress
        self._cancel = cancel

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,  # noqa: ARG002
        batch: Any,  # noqa: ARG002
        batch_idx: int,
    ) -> None:
        """Report a step."""
        self._look()
        module = cast("MapModule", pl_module)
        done = module.current_epoch + (batch_idx + 1) / int(trainer.num_training_batches)
        self._on_progress(_title(module), done / module.phase.epochs)

    def on_validation_batch_end(self, *_: Any, **__: Any) -> None:
        """Look whether the user wants to stop."""
        self._look()

    def _look(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled


def _title(module: MapModule) -> str:
    title = f"Phase {module.course.phase + 1}, epoch {module.current_epoch + 1} of {module.phase.epochs}"
    if not module.course.epochs:
        return title
    return f"{title}, MSE {module.course.epochs[-1].validation:.5f}"


class EpochCheckpoint(Checkpoint):
    """Writes the checkpoint after each epoch, and then what else is made from the course.

    Parameters
    ----------
    path : Path
    on_epoch : callable
        Takes the course, on the first process only.
    """

    def __init__(self, path: Path, on_epoch: Callable[[Course], None]) -> None:
        self._path = path
        self._on_epoch = on_epoch

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write what there is after an epoch and its validation."""
        trainer.save_checkpoint(self._path)
        if trainer.is_global_zero:
            self._on_epoch(cast("MapModule", pl_module).course)
