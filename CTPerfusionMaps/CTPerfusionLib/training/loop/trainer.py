"""Lightning's trainers: of one phase, and for measuring."""

from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import torch
from lightning.pytorch.loggers import TensorBoardLogger

from ...devices import Device, resolve_device
from ...errors import ConfigurationError
from ..settings import Compute, MapTraining, Precision
from .callbacks import EpochCheckpoint, ProgressReport
from .checkpoint_file import WholeCheckpoints

TENSORBOARD = "tensorboard"
"""Folder of the logs."""

_LOG_INTERVAL = 10
"""Optimiser steps between two losses in the logs."""

_LIGHTNING_PRECISION = {
    Precision.SINGLE: "32-true",
    Precision.BRAIN_FLOAT: "bf16-mixed",
    Precision.HALF: "16-mixed",
}


def fitting_trainer(
    settings: MapTraining,
    phase: int,
    folder: Path,
    report: ProgressReport,
    checkpoint: EpochCheckpoint,
    first_step: int,
) -> lightning.Trainer:
    """Return the trainer of a phase.

    Parameters
    ----------
    settings : MapTraining
    phase : int
        Its position.
    folder : Path
        Of the training.
    report, checkpoint
        What happens around steps and epochs.
    first_step : int
        Optimiser steps that are done; what the logs hold of later ones is void.
    """
    logger = TensorBoardLogger(
        folder, TENSORBOARD, version=f"phase-{phase + 1}", default_hp_metric=False, purge_step=first_step
    )
    return lightning.Trainer(
        max_epochs=settings.phases[phase].epochs,
        gradient_clip_val=settings.clip_norm,
        callbacks=[report, checkpoint],
        logger=logger,
        log_every_n_steps=_LOG_INTERVAL,
        num_sanity_val_steps=0,
        **_machine(settings.compute),
    )


def measuring_trainer(settings: MapTraining, report: ProgressReport) -> lightning.Trainer:
    """Return a trainer that only measures."""
    return lightning.Trainer(
        callbacks=[report], logger=False, enable_checkpointing=False, **_machine(settings.compute)
    )


def _machine(compute: Compute) -> dict[str, Any]:
    """Return what a trainer is told about where it computes."""
    device = checked_device(compute)
    many = compute.n_processes > 1
    return {
        "accelerator": device.name,
        "devices": compute.devices,
        "num_nodes": compute.hosts,
        "strategy": "ddp" if many and compute.strategy == "auto" else compute.strategy,
        "precision": _LIGHTNING_PRECISION[usable_precision(compute, device)],
        "sync_batchnorm": many and device.name == "cuda",
        "plugins": [WholeCheckpoints()],
        "use_distributed_sampler": False,
        "deterministic": "warn",
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }


def checked_device(compute: Compute) -> Device:
    """Return the device to train on.

    Raises
    ------
    ConfigurationError
        If the machine lacks it, or has too few.
    """
    device = resolve_device(compute.device)
    present = torch.cuda.device_count() if device.name == "cuda" else compute.devices
    if device.name == "mps" and compute.n_processes > 1:
        raise ConfigurationError("An Apple GPU cannot train with others", "use one device")
    if present < compute.devices:
        raise ConfigurationError(
            f"This machine has {present} GPUs, and {compute.devices} were asked for", "use fewer devices"
        )
    return device


def usable_precision(compute: Compute, device: Device) -> Precision:
    """Return the precision that is meant.

    Raises
    ------
    ConfigurationError
        If mixed precision is asked for without an NVIDIA GPU.
    """
    if device.name != "cuda":
        if compute.precision in (Precision.AUTO, Precision.SINGLE):
            return Precision.SINGLE
        raise ConfigurationError(
            f"Training in {compute.precision} needs an NVIDIA GPU", "choose the precision auto or 32"
        )
    if compute.precision is not Precision.AUTO:
        return compute.precision
    return Precision.HALF
