"""What is measured of one patient, from predicted and reference maps."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..lesion import LesionMaps, SymmetryPlane
from ..networks.map_target import MAP_TARGETS
from ..series import voxel_volume_ml
from ..statistics import dice
from .maps_case import RATING_PAIRS, RATINGS, LesionKind, LesionResult, Maps, Rating
from .maps_readers import NEEDED_MAPS, READERS, LesionReading, prepare_reading, read_lesion
from .maps_score import FloatImage, MapPair, MapScore, Mask, score_map


@dataclass(frozen=True, eq=False)
class ReferencePatient:
    """What predicted maps of a patient are held against.

    Attributes
    ----------
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        In physical units; NaN where nothing is known.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    ijk_to_ras : ndarray, shape (4, 4)
    """

    maps: Mapping[str, FloatImage]
    tissue: Mask
    baseline: NDArray[Any]
    ijk_to_ras: NDArray[Any]


def score_maps(predicted: Mapping[str, FloatImage], reference: ReferencePatient) -> dict[str, MapScore]:
    """Score each map that is predicted and known.

    Parameters
    ----------
    predicted : mapping of str to ndarray of float32, shape (Z, Y, X)
        In physical units.
    reference : ReferencePatient
    """
    return {
        name: score_map(MapPair(MAP_TARGETS[name], predicted[name], reference.maps[name]), reference.tissue)
        for name in MAP_TARGETS
        if name in predicted and name in reference.maps
    }


class LesionComparison:
    """Lets both readers draw on the reference maps of a patient once, and on any predicted maps.

    They see the tissue in which the reference is known, so that holes of the reference are no lesions, and
    one mid-sagittal plane.

    Parameters
    ----------
    reference : ReferencePatient
    """

    def __init__(self, reference: ReferencePatient) -> None:
        self.reference = reference
        self._tissue = reference.tissue
        self._plane: SymmetryPlane | None = None
        self._drawn: dict[str, LesionReading] = {}
        if all(name in reference.maps for name in NEEDED_MAPS):
            self._tissue = reference.tissue & np.isfinite(reference.maps["CBF"])
            with suppress(ProcessingError):
                prepared = self._prepared(reference.maps)
                self._plane = prepared.plane
                self._drawn = _drawn(prepared)

    def draw(self, predicted: Mapping[str, FloatImage]) -> Mapping[Rating, LesionReading] | None:
        """Return what both readers draw on predicted and on reference maps.

        Parameters
        ----------
        predicted : mapping of str to ndarray of float32, shape (Z, Y, X)
            In physical units.

        Returns
        -------
        mapping of Rating to LesionReading, or None
            None without the maps that readers need, or where too little tissue is normally perfused.
        """
        if not self._drawn or any(name not in predicted for name in NEEDED_MAPS):
            return None
        try:
            readings = {Maps.REFERENCE: self._drawn, Maps.PREDICTED: _drawn(self._prepared(predicted))}
        except ProcessingError:
            return None
        return {rating: readings[rating.maps][rating.reader] for rating in RATINGS}

    def _prepared(self, maps: Mapping[str, FloatImage]) -> LesionMaps:
        return prepare_reading(
            {name: maps[name] for name in NEEDED_MAPS},
            self._tissue,
            self.reference.baseline,
            self.reference.ijk_to_ras,
            self._plane,
        )


def _drawn(prepared: LesionMaps) -> dict[str, LesionReading]:
    return {name: read_lesion(reader, prepared) for name, reader in READERS.items()}


def lesion_result(drawn: Mapping[Rating, LesionReading], ijk_to_ras: NDArray[Any]) -> LesionResult:
    """Return volumes and overlap of what both readers drew."""
    voxel_ml = voxel_volume_ml(ijk_to_ras)
    segments = {kind: [getattr(drawn[rating], kind) for rating in RATINGS] for kind in LesionKind}
    return LesionResult(
        volumes={
            kind: tuple(float(np.count_nonzero(mask)) * voxel_ml for mask in masks)
            for kind, masks in segments.items()
        },
        dice={
            kind: tuple(dice(masks[one], masks[other]) for one, other in RATING_PAIRS)
            for kind, masks in segments.items()
        },
    )
