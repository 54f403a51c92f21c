"""What a study says about a lesion."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ..series import Finding
from .criteria import TrialCriteria
from .hemispheres import AffectedHemisphere
from .lesion_maps import LesionMaps
from .normalisation import Normalisation
from .protocol import CoreNormalisation, ThresholdProtocol
from .segmentation import LesionSegmentation
from .symmetry_plane import SymmetryPlane
from .volumes import LesionVolumes


class NormalisationChoice(StrEnum):
    """Which normalisations a run computes."""

    GLOBAL = "global"
    LOCAL = "local"
    BOTH = "both"


@dataclass(frozen=True)
class Patient:
    """What the criteria of trials ask besides volumes; None where it is not known.

    Attributes
    ----------
    age : float or None
        Years.
    nihss : float or None
        NIH Stroke Scale.
    hours : float or None
        Since last known well.
    """

    age: float | None = None
    nihss: float | None = None
    hours: float | None = None


@dataclass(frozen=True, eq=False)
class LesionAnalysis:
    """Everything that a study says about a lesion.

    Attributes
    ----------
    maps : LesionMaps
        What the segments were cut from.
    affected : AffectedHemisphere
        With the side that was chosen, if one was.
    segmentations : mapping of CoreNormalisation to LesionSegmentation
        By the normalisations that were asked for.
    counted : CoreNormalisation
        The normalisation whose core counts in penumbra, mismatch, ratio and criteria.
    volumes : LesionVolumes
    patient : Patient
    criteria : TrialCriteria
    protocol : ThresholdProtocol
    findings : tuple of Finding
    """

    maps: LesionMaps
    affected: AffectedHemisphere
    segmentations: Mapping[CoreNormalisation, LesionSegmentation]
    counted: CoreNormalisation
    volumes: LesionVolumes
    patient: Patient
    criteria: TrialCriteria
    protocol: ThresholdProtocol
    findings: tuple[Finding, ...]

    @property
    def segmentation(self) -> LesionSegmentation:
        """The segmentation whose core counts."""
        return self.segmentations[self.counted]

    @property
    def rcbf_global(self) -> Normalisation:
        """Blood flow relative to normally perfused tissue."""
        return self.maps.rcbf_global

    @property
    def rcbv_global(self) -> Normalisation | None:
        """Blood volume likewise; None without a map of blood volume."""
        return self.maps.rcbv_global

    @property
    def rcbf_local(self) -> NDArray[np.float32] | None:
        """Blood flow relative to the counterpart in the other hemisphere, if that was asked for."""
        return self.maps.rcbf_local

    @property
    def rcbv_local(self) -> NDArray[np.float32] | None:
        """Blood volume likewise; None without a map of blood volume, too."""
        return self.maps.rcbv_local

    @property
    def plane(self) -> SymmetryPlane:
        """The mid-sagittal plane."""
        return self.maps.plane

    @property
    def hemispheres(self) -> NDArray[np.uint8]:
        """`Hemisphere` of each voxel, shape (Z, Y, X)."""
        return self.maps.hemispheres
