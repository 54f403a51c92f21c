"""The enhancement curve of an artery or a vein, with where it was measured and how good it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from .features import measure

FOOT = 2.0
"""Seconds from the first contrast to 20 % of the peak; no baseline is measured there."""


@dataclass(frozen=True, eq=False)
class VesselCurve:
    """What contrast adds to a vessel over time.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Seconds from the earliest sample of the series.
    enhancement : ndarray, shape (n,)
        HU above baseline.
    voxels : ndarray of int, shape (k, 3)
        Column, row and slice of the averaged voxels, zero-based.
    quality : mapping of str to float
        ``peak_hu``, ``arrival_s`` (20 % of the peak), ``time_to_peak_s``, ``width_s`` (full width at half
        maximum), ``tail`` (mean of the last tenth over the peak), ``n_voxels`` and ``baseline_sd_hu`` (NaN
        where fewer than two samples precede the contrast).
    reason : str
        One sentence: why these voxels.
    """

    times: NDArray[np.float64]
    enhancement: NDArray[np.float64]
    voxels: NDArray[np.intp]
    quality: Mapping[str, float]
    reason: str


def vessel_curve(
    times: NDArray[np.float64], enhancement: NDArray[np.float64], voxels: NDArray[np.intp], reason: str
) -> VesselCurve:
    """Return a :class:`VesselCurve` with its quality measured."""
    features = measure(enhancement[:, None], times)
    arrival = float(features.arrival[0])
    before = enhancement[times < arrival - FOOT]
    quality = {
        "peak_hu": float(features.peak[0]),
        "arrival_s": arrival,
        "time_to_peak_s": float(features.time_to_peak[0]),
        "width_s": float(features.width[0]),
        "tail": float(features.tail[0]),
        "n_voxels": float(len(voxels)),
        "baseline_sd_hu": float(before.std()) if len(before) > 1 else float("nan"),
    }
    return VesselCurve(times, enhancement, voxels, MappingProxyType(quality), reason)
