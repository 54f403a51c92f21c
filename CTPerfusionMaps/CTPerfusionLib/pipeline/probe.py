"""The curve of one voxel: what was measured, what was fitted, and what the maps say there."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..kinetics import CurveExplanation, Explainer, FitStatus, KineticMethod, curve_explainer
from ..networks import find_map_method
from ..preprocessing import TissueMasks
from .config import Voxel
from .study_maps import StudyMaps

Array = NDArray[np.float64]

MESSAGES: Mapping[FitStatus, str] = MappingProxyType(
    {
        FitStatus.OK: "",
        FitStatus.POOR_FIT: "The model explains less than half of this curve.",
        FitStatus.AT_BOUND: "Delay or MTT ended at the limit of its range.",
        FitStatus.NO_ENHANCEMENT: "Nothing enhances measurably here: CBF and CBV are 0.",
        FitStatus.NOT_FINITE: "The curve holds values that are no numbers.",
        FitStatus.TOO_NOISY: "The curve is too noisy to tell whether anything enhances here.",
        FitStatus.OUTSIDE: "Outside the brain.",
    }
)
"""What to say of each status."""

_WITHOUT_VALUES = (
    FitStatus.OUTSIDE, FitStatus.NOT_FINITE, FitStatus.TOO_NOISY, FitStatus.NO_ENHANCEMENT,
)  # fmt: skip

WITHOUT_FIT = "The network that gave these values fits no curve."


@dataclass(frozen=True, eq=False)
class VoxelProbe:
    """The curve of one voxel and how the method of the maps explains it.

    Attributes
    ----------
    voxel : tuple of int
        Column, row and slice, zero-based.
    times, measured : ndarray, shape (T,)
        Seconds at which the slice was sampled, and enhancement in HU, filtered as for the maps.
    fitted_times, fitted : ndarray, shape (n,)
        Seconds, and the fitted curve in HU on the same zero as the measured one; empty where nothing was
        fitted. The times may lie closer than those of the frames.
    residue_times, residue : ndarray, shape (m,)
        Seconds since the arterial input, and the residue function scaled by flow in mL/100 g/min: its
        greatest value is CBF and its area over 60 is CBV, as :mod:`CTPerfusionLib.kinetics.explanation`
        says in more detail. Empty where nothing was fitted.
    values : mapping of str to float
        What the maps show here, by the names of quantities and in their units; those that have no value,
        such as the MTT of dead tissue, are left out.
    status : FitStatus
    message : str
        What there is to say about the voxel, as a sentence; empty where all is well.
    """

    voxel: Voxel
    times: Array
    measured: Array
    fitted_times: Array
    fitted: Array
    residue_times: Array
    residue: Array
    values: Mapping[str, float]
    status: FitStatus
    message: str


def probe_voxel(study: StudyMaps, voxel: Voxel) -> VoxelProbe:
    """Look at one voxel of a study; fast enough to follow the mouse.

    The values are those of the maps. Fitted curve and residue function are computed with the arterial input,
    the regularisation and the zero of the maps. What all voxels of a slice share is computed at its first
    voxel and kept as long as the study.

    Parameters
    ----------
    study : StudyMaps
    voxel : tuple of int
        Column, row and slice, zero-based.

    Raises
    ------
    ArgumentError
        If the voxel lies outside the images.
    """
    column, row, index = voxel
    place = (index, row, column)
    curves = study.prepared.enhancement
    if not all(0 <= at < size for at, size in zip(place, curves.shape, strict=True)):
        raise ArgumentError(
            "voxel", f"voxel {voxel} lies outside the images", "give zero-based column, row and slice"
        )
    status = FitStatus(int(study.maps.status[place]))
    values = {name: float(image[place]) for name, image in study.maps.maps.items()}
    measured = curves.voxels[:, *place].astype(np.float64)
    explained = _explained(study, index, measured, status, values)
    outside = status is FitStatus.OUTSIDE
    return VoxelProbe(
        voxel=voxel,
        times=curves.slice_times(index),
        measured=measured,
        fitted_times=explained.times,
        fitted=explained.enhancement,
        residue_times=explained.residue_times,
        residue=explained.residue,
        values=MappingProxyType({name: value for name, value in values.items() if np.isfinite(value)}),
        status=status,
        message=_why_not_analysed(study.prepared.masks, place) if outside else _message(study, status),
    )


def _explained(
    study: StudyMaps, index: int, measured: Array, status: FitStatus, values: Mapping[str, float]
) -> CurveExplanation:
    if not _fits_curves(study) or status in _WITHOUT_VALUES:
        nothing = np.empty(0)
        return CurveExplanation(nothing, nothing, nothing, nothing)
    return _explainers(study).of_slice(index)(measured, values)


def _fits_curves(study: StudyMaps) -> bool:
    return isinstance(find_map_method(study.maps.method), KineticMethod)


def _message(study: StudyMaps, status: FitStatus) -> str:
    return MESSAGES[status] or ("" if _fits_curves(study) else WITHOUT_FIT)


def _why_not_analysed(masks: TissueMasks, place: tuple[int, int, int]) -> str:
    reasons = (
        (masks.invalid, "Not measured reliably in all frames, so not analysed."),
        (masks.vessels, "A vessel, which is not analysed."),
        (masks.calcification, "A calcification, which is not analysed."),
        (masks.csf, "Fluid, which is not analysed."),
    )
    return next((words for mask, words in reasons if mask[place]), MESSAGES[FitStatus.OUTSIDE])


class _Explainers:
    """What explains the curves of each slice of a study, made when it is first needed."""

    def __init__(self, study: StudyMaps) -> None:
        self._maps, self._aif = study.maps, study.prepared.vessels.required_aif()
        self._curves = study.prepared.enhancement
        self._lock = Lock()
        self._by_times: dict[bytes, Explainer] = {}

    def of_slice(self, index: int) -> Explainer:
        times = self._curves.slice_times(index)
        with self._lock:
            key = times.tobytes()
            if key not in self._by_times:
                self._by_times[key] = curve_explainer(self._maps, times, self._aif)
            return self._by_times[key]


_KEPT: WeakKeyDictionary[StudyMaps, _Explainers] = WeakKeyDictionary()
_KEPT_LOCK = Lock()


def _explainers(study: StudyMaps) -> _Explainers:
    with _KEPT_LOCK:
        return _KEPT.setdefault(study, _Explainers(study))
