"""Checkpoints that are there whole or not at all, and hold numbers only."""

import os
import pickle
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO

from ...errors import ConfigurationError

CHECKPOINT = Path("checkpoints") / "last.ckpt"
"""Of a training, in its folder."""


class WholeCheckpoints(CheckpointIO):
    """Writes a checkpoint beside the last one and puts it in its place in one step."""

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: Any = None,  # noqa: ARG002
    ) -> None:
        """Write a checkpoint; one of the same name stays until the new one is on the disk."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            torch.save(checkpoint, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Any = None,  # noqa: ARG002
        weights_only: bool | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Return a checkpoint; Lightning moves it to the devices."""
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint."""
        Path(path).unlink(missing_ok=True)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return a checkpoint, on the processor; no code in it is run.

    Raises
    ------
    ConfigurationError
        If it is damaged.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ConfigurationError(
            f"The checkpoint {path.name} cannot be read ({type(error).__name__})",
            "remove the folder of this training and start it again",
        ) from error
    if not isinstance(checkpoint, dict) or "course" not in checkpoint:
        raise ConfigurationError(
            f"The checkpoint {path.name} is not one of this program",
            "remove the folder of this training and start it again",
        )
    return checkpoint
