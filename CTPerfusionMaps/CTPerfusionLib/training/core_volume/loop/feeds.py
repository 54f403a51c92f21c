"""What the network is given: stacks, or what of them training leaves as it is."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ....networks.core_volume import Standardisation, standardise
from ....networks.core_volume.modules.core_volume_network import CoreVolumeNetwork
from ..augmentation import draw, patient_random
from ..cohort import Cohort
from ..settings import CoreVolumeTraining, StandardisedBy
from .plane import change_planes

_VARIANT_STREAM = 3
"""Keeps the random numbers of the choice of a variant apart from the others."""


class Feed(Protocol):
    """Gives a network the patients of a batch and takes its answers."""

    def varied(self, places: Sequence[int], epoch: int) -> torch.Tensor:
        """Return what patients give in an epoch, as they are varied in it."""

    def plain(self, places: Sequence[int]) -> torch.Tensor:
        """Return what patients give as they are."""

    def answers(self, network: CoreVolumeNetwork, given: torch.Tensor) -> torch.Tensor:
        """Return the logits or mL (B,) of a network."""


class StackFeed:
    """Stacks that are varied and standardised when they are asked for.

    Parameters
    ----------
    cohort : Cohort
    settings : CoreVolumeTraining
    device : torch.device
    """

    def __init__(self, cohort: Cohort, settings: CoreVolumeTraining, device: torch.device) -> None:
        self._cohort = cohort
        self._settings = settings
        self._device = device

    def varied(self, places: Sequence[int], epoch: int) -> torch.Tensor:
        """Return stacks (B, 2, T, Y, X), by their own mean and SD where the settings say so."""
        settings = self._settings
        patients = [self._cohort.names[place] for place in places]
        turns = [variant(settings, patient, epoch) for patient in patients]
        stacks = self._changed(places, turns)
        if settings.standardised_by is StandardisedBy.COHORT:
            return standardise(stacks, self._cohort.standardisation)
        sd, mean = torch.std_mean(stacks, correction=0)
        return standardise(stacks, Standardisation(float(mean), float(sd)))

    def plain(self, places: Sequence[int]) -> torch.Tensor:
        """Return stacks (B, 2, T, Y, X)."""
        return standardise(self._stacks(places), self._cohort.standardisation)

    def variant(self, place: int, number: int) -> torch.Tensor:
        """Return the stack (1, 2, T, Y, X) of a variant of a patient."""
        return standardise(self._changed([place], [number]), self._cohort.standardisation)

    def answers(self, network: CoreVolumeNetwork, given: torch.Tensor) -> torch.Tensor:
        """Return the logits or mL (B,) of a network."""
        answers: torch.Tensor = network(given)
        return answers

    def _changed(self, places: Sequence[int], turns: Sequence[int]) -> torch.Tensor:
        drawn = [
            draw(self._settings.augmentation, self._settings.seed, self._cohort.names[place], turn)
            for place, turn in zip(places, turns, strict=True)
        ]
        return change_planes(self._stacks(places), drawn, self._cohort.input.window[0])

    def _stacks(self, places: Sequence[int]) -> torch.Tensor:
        stacks = [torch.from_numpy(self._cohort.patients[place].hounsfield) for place in places]
        return torch.stack(stacks).to(self._device)


class VariantFeed:
    """What was prepared before, of each patient as it is and of its variants.

    Parameters
    ----------
    cohort : Cohort
    settings : CoreVolumeTraining
    variants : sequence of ndarray, shape (1 + K, 2, ...)
        Of each patient, see :func:`~.kept_variants.kept_variants`; the first is the patient as it is.
    device : torch.device
    """

    def __init__(
        self,
        cohort: Cohort,
        settings: CoreVolumeTraining,
        variants: Sequence[NDArray[np.float32]],
        device: torch.device,
    ) -> None:
        self._cohort = cohort
        self._settings = settings
        self._variants = variants
        self._device = device

    def varied(self, places: Sequence[int], epoch: int) -> torch.Tensor:
        """Return what was prepared (B, 2, ...), each of the variant that the epoch takes."""
        numbers = [variant(self._settings, self._cohort.names[place], epoch) for place in places]
        return self._taken([self._variants[place][n] for place, n in zip(places, numbers, strict=True)])

    def plain(self, places: Sequence[int]) -> torch.Tensor:
        """Return what was prepared (B, 2, ...)."""
        return self._taken([self._variants[place][0] for place in places])

    def answers(self, network: CoreVolumeNetwork, given: torch.Tensor) -> torch.Tensor:
        """Return the logits or mL (B,) of what is trained of a network."""
        return network.answer(given)

    def _taken(self, prepared: Sequence[NDArray[np.float32]]) -> torch.Tensor:
        return torch.from_numpy(np.stack(prepared)).to(self._device)


def variant(settings: CoreVolumeTraining, patient: str, epoch: int) -> int:
    """Return which variant of a patient an epoch takes, from 1: its own, or one of those that are kept."""
    if settings.n_augmentations is None:
        return epoch
    random = patient_random(settings.seed, _VARIANT_STREAM, patient, epoch)
    return 1 + int(random.integers(settings.n_augmentations))
