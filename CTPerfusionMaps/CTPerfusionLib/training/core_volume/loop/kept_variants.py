"""What training leaves as it is of patients and their variants, computed once and kept on the disk."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....networks.core_volume.modules.core_volume_network import CoreVolumeNetwork
from ....progress import ProgressCallback, reported
from ....staging import unwritable
from ..cohort import Cohort
from ..settings import CoreVolumeTraining
from .feeds import StackFeed

_FORMAT = 2
"""Version of what a file holds; part of its name. Another one for each change of what an encoder prepares."""


def kept_variants(
    cohort: Cohort,
    settings: CoreVolumeTraining,
    network: CoreVolumeNetwork,
    folder: Path,
    device: torch.device,
    on_progress: ProgressCallback,
) -> list[NDArray[np.float32]]:
    """Return what each patient and its variants give before anything is trained, from the disk where it is.

    These are the features of an encoder that is not trained, and what one that is trained sees. A file is
    named for all that its content depends on: the encoder, with its weights where they are not trained, the
    stack, the settings of the augmentation and the standardisation. A damaged file is computed anew.

    Parameters
    ----------
    cohort : Cohort
    settings : CoreVolumeTraining
        Says how many variants are kept.
    network : CoreVolumeNetwork
        Any of the training, on `device`.
    folder : Path
        Made if needed.
    device : torch.device
    on_progress : callable
        May raise; what is computed stays.

    Returns
    -------
    list of ndarray of float32, shape (1 + K, 2, ...)
        Of the patient as it is and of its variants; mapped into memory where they were there.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    feed = StackFeed(cohort, settings, device)
    basis = {
        "format": _FORMAT,
        "encoder": settings.architecture.encoder,
        "weights": weights_digest(network.encoder.state_dict()) if network.has_frozen_encoder else None,
        "input": cohort.input.as_json(),
        "augmentation": settings.as_json()["augmentation"],
        "variants": settings.n_augmentations,
        "seed": settings.seed,
        "standardisation": cohort.standardisation.as_json(),
    }
    variants = []
    for place, patient in enumerate(reported(cohort.patients, on_progress)):
        stack = hashlib.sha256(np.ascontiguousarray(patient.hounsfield).data).hexdigest()
        path = folder / f"{_key({**basis, 'patient': patient.patient, 'stack': stack})}.npy"
        kept = _mapped(path)
        if kept is None:
            kept = _computed(feed, network, place, settings.n_augmentations or 0)
            _write(path, kept)
        variants.append(kept)
    return variants


def weights_digest(weights: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of weights and their names."""
    digest = hashlib.sha256()
    for name, value in weights.items():
        digest.update(f"{name}{tuple(value.shape)}".encode())
        digest.update(np.ascontiguousarray(value.cpu().numpy()).data)
    return digest.hexdigest()


def _computed(
    feed: StackFeed, network: CoreVolumeNetwork, place: int, n_variants: int
) -> NDArray[np.float32]:
    own = [network.prepare(feed.plain([place]))]
    own += [network.prepare(feed.variant(place, number)) for number in range(1, n_variants + 1)]
    return np.asarray(torch.cat(own).cpu().numpy(), dtype=np.float32)


def _key(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _mapped(path: Path) -> NDArray[np.float32] | None:
    """Return the array in a file, None where there is none that is whole."""
    try:
        array: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array


def _write(path: Path, array: NDArray[np.float32]) -> None:
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.save(file, array, allow_pickle=False)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise unwritable(path, error) from error
