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
        Seconds from the earliest sample of the series; increasing, not necessarily even. Frames in which
        the head jerks are missing; where slices have their own times, the middle between two frames is
        there too.
    enhancement : ndarray, shape (n,)
        HU above baseline.
    voxels : ndarray of int, shape (k, 3)
        Column, row and slice of the averaged voxels, zero-based.
    quality : mapping of str to float
        Of every curve: ``peak_hu``, ``arrival_s`` (20 % of the peak), ``time_to_peak_s``, ``width_s`` (full
        width at half maximum, infinite where the scan ends before), ``tail`` (mean of the last tenth of the
        scan over the peak), ``n_voxels``, ``baseline_sd_hu`` (NaN where fewer than two samples precede the
        contrast), ``lead_over_tissue_s`` (seconds by which the curve peaks before the mean of the tissue;
        negative in veins; NaN where the tissue is not known) and ``end_after_peak_s`` (how long the scan
        lasts beyond the peak).

        Of an arterial input that was found automatically also: ``is_fallback`` (1 where the slab holds
        only small arteries, else 0), ``contralateral_lead_s`` (seconds by which the earliest artery
        elsewhere, on the other side of the head or in the midline, precedes the chosen ones; negative where
        it follows; NaN where there is none), ``lead_over_vein_s`` (seconds by which the curve peaks before
        the brightest vein; NaN without one) and ``frames_left_out`` (frames in which the head jerks).
    reason : str
        One to three sentences: why these voxels.
    """

    times: NDArray[np.float64]
    enhancement: NDArray[np.float64]
    voxels: NDArray[np.intp]
    quality: Mapping[str, float]
    reason: str


def vessel_curve(
    times: NDArray[np.float64],
    enhancement: NDArray[np.float64],
    voxels: NDArray[np.intp],
    reason: str,
    *,
    tissue_peak_time: float = float("nan"),
    further_quality: Mapping[str, float] | None = None,
) -> VesselCurve:
    """Return a :class:`VesselCurve` with its quality measured."""
    features = measure(enhancement[:, None], times)
    arrival, time_to_peak = float(features.arrival[0]), float(features.time_to_peak[0])
    before = enhancement[times < arrival - FOOT]
    quality = {
        "peak_hu": float(features.peak[0]),
        "arrival_s": arrival,
        "time_to_peak_s": time_to_peak,
        "width_s": float(features.width[0]),
        "tail": float(features.tail[0]),
        "n_voxels": float(len(voxels)),
        "baseline_sd_hu": float(before.std()) if len(before) > 1 else float("nan"),
        "lead_over_tissue_s": tissue_peak_time - time_to_peak,
        "end_after_peak_s": float(times[-1]) - time_to_peak,
        **(further_quality or {}),
    }
    return VesselCurve(times, enhancement, voxels, MappingProxyType(quality), reason)
