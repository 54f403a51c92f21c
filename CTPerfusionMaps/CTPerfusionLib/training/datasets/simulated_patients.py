"""What data sets of simulated heads have in common."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from ...errors import ConfigurationError
from .head_variation import image_sizes, scanner_schemes
from .patient_maps import require_patient

_PREFIX = "head-"


class SimulatedKind(StrEnum):
    """What the recipe of a data set of simulated heads says as its ``kind``."""

    MAPS = "phantoms"
    CORE = "core phantoms"


def is_simulated(recipe: Mapping[str, Any]) -> bool:
    """Return whether a recipe is that of simulated heads, so that its data set holds no patient."""
    return recipe.get("kind") in tuple(SimulatedKind)


class SimulatedPatients:
    """Simulated heads, one for each seed.

    Parameters
    ----------
    seeds : sequence of int
    scanner, size : str or sequence of str
        Names in :data:`CTPerfusionLib.phantom.SCANNER_SCHEMES` and ``SIZES``; of several each head has one.

    Raises
    ------
    ConfigurationError
        If something of that name does not exist, or there is no seed, a negative one or one twice.
    """

    def __init__(self, seeds: Sequence[int], scanner: str | Sequence[str], size: str | Sequence[str]) -> None:
        self._schemes = scanner_schemes(scanner)
        self._sizes = image_sizes(size)
        self._seeds = _identifiers(seeds)

    @property
    def patients(self) -> tuple[str, ...]:
        """Identifiers: ``head-`` and the seed."""
        return tuple(self._seeds)

    @property
    def skipped(self) -> Mapping[str, str]:
        """Nothing is known of a head before it is simulated."""
        return {}

    def fingerprint(self, patient: str) -> str:
        """Return nothing: a head is made of no files."""
        require_patient(patient, self.patients)
        return ""


def _identifiers(seeds: Sequence[int]) -> dict[str, int]:
    """Return the seed of each identifier, which is ``head-`` and the seed.

    Raises
    ------
    ConfigurationError
        If there is no seed, a negative one or one twice.
    """
    if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise ConfigurationError(
            "The seeds of the phantoms are none, negative or not distinct",
            "give whole numbers of 0 or more, each once",
        )
    return {f"{_PREFIX}{seed:04d}": int(seed) for seed in seeds}
