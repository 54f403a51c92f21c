"""A vessel that the user points at."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError, ProcessingError
from ..preprocessing.baseline import Baseline
from ..preprocessing.masks import TissueMasks
from ..series import PerfusionSeries
from .averaging import average_curve
from .candidates import enhancement_curves, tissue_timing
from .curve import VesselCurve, vessel_curve
from .features import smoothed
from .pool import NOISE_MULTIPLE, WEAKEST_ARTERY
from .sampling import LEAST_CORRELATION, correlation

Voxel = tuple[int, int, int]

NEIGHBOUR_SHARE = 0.6
"""Fraction of the named voxel's peak that a neighbour needs to be averaged with it."""


AIR_LIMIT = -200.0
"""HU on the baseline below which a voxel holds air."""


def curve_at(
    series: PerfusionSeries,
    baseline: Baseline,
    voxels: Voxel | Sequence[Voxel],
    name: str = "AIF",
    *,
    masks: TissueMasks | None = None,
) -> VesselCurve:
    """Return the curve of the vessel at a voxel, or at several, that the user chose.

    A single voxel is averaged with those of its eight neighbours in the slice that follow the same curve
    and reach at least 60 % of its peak. Of several, exactly these are averaged.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered; frames may be missing.
    baseline : Baseline
    voxels : tuple of int, or sequence of them
        Zero-based column, row and slice.
    name : str
        What the vessel is called in messages: ``AIF`` or ``VOF``.
    masks : TissueMasks, optional
        Tell the tissue, by which the quality ``lead_over_tissue_s`` is measured; NaN without them.

    Raises
    ------
    ConfigurationError
        If a voxel lies outside the images or in air, or is named twice, or if none is named.
    ProcessingError
        If no bolus passes through one of them.
    """
    named = _named_voxels(voxels, name)
    for voxel in named:
        _check_place(voxel, series, baseline, name)
    for position, voxel in enumerate(named):
        if voxel in named[:position]:
            raise ConfigurationError(f"The {name} voxel {voxel} is named twice", "name each voxel once")
    peaks = smoothed(enhancement_curves(series, baseline, np.array(named)), series.frame_times).max(axis=0)
    for voxel, peak in zip(named, peaks, strict=True):
        if not peak >= max(WEAKEST_ARTERY, NOISE_MULTIPLE * baseline.noise):
            raise ProcessingError(
                f"No bolus passes through the {name} voxel {voxel}: it enhances by only {peak:.0f} HU",
                "choose a voxel in the middle of a bright vessel",
            )
    averaged = _with_neighbours(named[0], series, baseline) if len(named) == 1 else np.array(named)
    return vessel_curve(
        *average_curve(series, baseline, averaged, np.ones(series.n_frames, dtype=bool)),
        averaged,
        _why(named, len(averaged)),
        tissue_peak_time=float("nan") if masks is None else tissue_timing(series, masks, baseline)[1],
    )


def _named_voxels(voxels: Voxel | Sequence[Voxel], name: str) -> list[Voxel]:
    """Return a list of voxels, whether one or several were given."""
    array = np.atleast_2d(np.asarray(voxels))
    if array.size == 0:
        raise ConfigurationError(f"No {name} voxel is named", "give zero-based COLUMN,ROW,SLICE")
    if array.ndim != 2 or array.shape[1] != 3 or not np.issubdtype(array.dtype, np.integer):
        raise ConfigurationError(
            f"{voxels} is no {name} voxel", "give three whole numbers for each: zero-based COLUMN,ROW,SLICE"
        )
    return [(int(column), int(row), int(index)) for column, row, index in array]


def _check_place(voxel: Voxel, series: PerfusionSeries, baseline: Baseline, name: str) -> None:
    slices, rows, columns = series.shape
    if not all(0 <= index < size for index, size in zip(voxel, (columns, rows, slices), strict=True)):
        raise ConfigurationError(
            f"The {name} voxel {voxel} lies outside the images of {columns} columns, {rows} rows and "
            f"{slices} slices",
            "give zero-based COLUMN,ROW,SLICE inside them",
        )
    if baseline.image[voxel[::-1]] < AIR_LIMIT:
        raise ConfigurationError(
            f"The {name} voxel {voxel} lies in air", "choose a voxel in the middle of a bright vessel"
        )


def _with_neighbours(voxel: Voxel, series: PerfusionSeries, baseline: Baseline) -> NDArray[np.intp]:
    """Return the voxel first, then those of its neighbours that show the same curve, shape (k, 3)."""
    voxels = _neighbourhood(voxel, (series.shape[2], series.shape[1]))
    curves = enhancement_curves(series, baseline, voxels)
    smooth = smoothed(curves, series.frame_times)
    peaks = smooth.max(axis=0)
    same = (peaks >= NEIGHBOUR_SHARE * peaks[0]) & (correlation(smooth, smooth[:, 0]) >= LEAST_CORRELATION)
    same[0] = True
    return np.asarray(voxels[same])


def _neighbourhood(voxel: Voxel, size: tuple[int, int]) -> NDArray[np.intp]:
    steps = [(0, 0), *((column, row) for column in (-1, 0, 1) for row in (-1, 0, 1) if column or row)]
    nearby = np.array([(voxel[0] + column, voxel[1] + row, voxel[2]) for column, row in steps])
    inside = (nearby[:, :2] >= 0).all(axis=1) & (nearby[:, :2] < size).all(axis=1)
    return nearby[inside]


def _why(named: list[Voxel], n_averaged: int) -> str:
    if len(named) > 1:
        return f"Mean of the {len(named)} voxels that the user chose."
    column, row, index = named[0]
    return (
        f"Chosen by the user at column {column}, row {row}, slice {index}, averaged with its "
        f"{n_averaged - 1} neighbours that show the same curve."
    )
