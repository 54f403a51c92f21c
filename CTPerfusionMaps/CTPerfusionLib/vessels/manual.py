"""A vessel that the user points at."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError, ProcessingError
from ..preprocessing.baseline import Baseline
from ..series import PerfusionSeries
from .arteries import WEAKEST_ARTERY
from .candidates import enhancement_curves
from .curve import VesselCurve, vessel_curve
from .features import smoothed
from .sampling import LEAST_CORRELATION, correlation

NEIGHBOUR_SHARE = 0.6
"""Fraction of the named voxel's peak that a neighbour needs to be averaged with it."""

_NOISE_MULTIPLE = 3.0


def curve_at(
    series: PerfusionSeries, baseline: Baseline, voxel: tuple[int, int, int], name: str = "AIF"
) -> VesselCurve:
    """Return the curve of the vessel at a voxel that the user chose.

    The eight neighbours in the slice are averaged with it where they follow the same curve and reach at
    least 60 % of its peak.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered.
    baseline : Baseline
    voxel : tuple of int
        Zero-based column, row and slice.
    name : str
        What the vessel is called in messages: ``AIF`` or ``VOF``.

    Raises
    ------
    ConfigurationError
        If the voxel lies outside the images.
    ProcessingError
        If no bolus passes through it.
    """
    slices, rows, columns = series.shape
    if not all(0 <= index < size for index, size in zip(voxel, (columns, rows, slices), strict=True)):
        raise ConfigurationError(
            f"The {name} voxel {voxel} lies outside the images of {columns} columns, {rows} rows and "
            f"{slices} slices",
            "give zero-based COLUMN,ROW,SLICE inside them",
        )
    voxels = _neighbourhood(voxel, (columns, rows))
    curves = enhancement_curves(series, baseline, voxels)
    times = series.frame_times
    smooth = smoothed(curves, times)
    peaks = smooth.max(axis=0)
    if peaks[0] < max(WEAKEST_ARTERY, _NOISE_MULTIPLE * baseline.noise):
        raise ProcessingError(
            f"No bolus passes through the {name} voxel {voxel}: it enhances by only {peaks[0]:.0f} HU",
            "choose a voxel in the middle of a bright vessel",
        )
    same = (peaks >= NEIGHBOUR_SHARE * peaks[0]) & (correlation(smooth, smooth[:, 0]) >= LEAST_CORRELATION)
    return vessel_curve(
        times,
        curves[:, same].mean(axis=1),
        voxels[same],
        f"Chosen by the user at column {voxel[0]}, row {voxel[1]}, slice {voxel[2]}, averaged with its "
        f"{int(same.sum()) - 1} neighbours that show the same curve.",
    )


def _neighbourhood(voxel: tuple[int, int, int], size: tuple[int, int]) -> NDArray[np.intp]:
    """Return the voxel first, then its neighbours in the slice that lie inside the image."""
    steps = [(0, 0), *((column, row) for column in (-1, 0, 1) for row in (-1, 0, 1) if column or row)]
    nearby = np.array([(voxel[0] + column, voxel[1] + row, voxel[2]) for column, row in steps])
    inside = (nearby[:, :2] >= 0).all(axis=1) & (nearby[:, :2] < size).all(axis=1)
    return nearby[inside]
