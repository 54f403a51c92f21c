"""Which candidates may be arteries at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from .candidates import Candidates
from .sampling import cluster_labels

PEAK_SHARE = 0.3
"""Fraction of the highest enhancement (99.9th percentile) that an artery reaches."""

LEAST_LEAD = 0.5
"""Seconds by which an artery peaks before the mean of the tissue, which veins and collaterals follow."""

WEAKEST_ARTERY = 15.0
"""HU of peak enhancement below which no arterial input can be used."""

FALLBACK_WIDTH, FALLBACK_LEAD = 12.0, 1.0
"""Seconds: longest width, and least lead over the tissue, of the small arteries of a slab without others."""

FALLBACK_QUANTILE = 0.9
"""Quantile of the peaks of all early candidates that the small arteries reach."""

NOISE_MULTIPLE = 3.0
"""Multiple of the noise of one frame that a small artery reaches."""

_WIDTHS = (2.0, 15.0)
_DEEPEST_DIP = -0.3
_HIGHEST_TAIL = 0.5
_PEAK_AROUND_TISSUE_ARRIVAL = (-8.0, 12.0)


@dataclass(frozen=True, eq=False)
class ArterialPool:
    """The candidates that behave like arteries.

    Attributes
    ----------
    voxels : Candidates
    is_fallback : bool
        There is no larger artery, so that these are the small ones of the surface.
    """

    voxels: Candidates
    is_fallback: bool


def arterial_pool(candidates: Candidates) -> ArterialPool:
    """Return the bright voxels that show a first pass and peak before the tissue does.

    Where too few of them are bright, as in slabs above the larger arteries, small arteries are looked for:
    narrower, with a longer lead over the tissue, the brightest tenth of the early voxels, at least two
    together.

    Raises
    ------
    ProcessingError
        If no voxel behaves like an artery.
    """
    features = candidates.features
    if len(features.peak) == 0 or features.peak.max() < WEAKEST_ARTERY:
        raise no_artery("nothing enhances as blood does")
    bright = features.peak >= max(PEAK_SHARE * np.percentile(features.peak, 99.9), WEAKEST_ARTERY)
    plausible = first_pass(candidates)
    complete = plausible & (features.width <= _WIDTHS[1]) & (features.tail < _HIGHEST_TAIL)
    # A slow circulation or a short scan leaves no artery whose first pass ends in time.
    shape = complete if (complete & bright).any() else plausible
    early = shape & (features.time_to_peak <= candidates.tissue_peak_time - LEAST_LEAD)
    if (bright & early).sum() >= candidates.enough:
        return ArterialPool(candidates.select(bright & early), is_fallback=False)
    small = _small_arteries(candidates, plausible)
    if not small.any():
        raise no_artery(
            "all bright vessels enhance after the tissue, as veins do"
            if (bright & plausible).any()
            else "no bright voxel shows the first pass of a bolus"
        )
    return ArterialPool(candidates.select(small), is_fallback=True)


def first_pass(candidates: Candidates) -> NDArray[np.bool_]:
    """Return which curves rise and fall once, about when contrast reaches the brain."""
    features = candidates.features
    earliest, latest = (candidates.tissue_arrival + offset for offset in _PEAK_AROUND_TISSUE_ARRIVAL)
    return np.asarray(
        (features.lowest > _DEEPEST_DIP * features.peak)
        & (features.width >= _WIDTHS[0])
        & (features.time_to_peak >= earliest)
        & (features.time_to_peak <= latest)
    )


def no_artery(why: str) -> ProcessingError:
    """Return the error to raise where there is no arterial input."""
    return ProcessingError(
        f"No artery was found: {why}",
        "look at the images and name an arterial voxel with --aif COLUMN,ROW,SLICE",
    )


def _small_arteries(candidates: Candidates, plausible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    features = candidates.features
    early = (
        plausible
        & (features.width <= FALLBACK_WIDTH)
        & (features.time_to_peak <= candidates.tissue_peak_time - FALLBACK_LEAD)
        & (features.peak >= max(WEAKEST_ARTERY, NOISE_MULTIPLE * candidates.noise))
    )
    if not early.any():
        return early
    small = early & (features.peak >= np.quantile(features.peak[early], FALLBACK_QUANTILE))
    together = np.zeros_like(small)
    together[np.flatnonzero(small)] = cluster_labels(candidates.voxels[small], smallest=2) > 0
    return together
