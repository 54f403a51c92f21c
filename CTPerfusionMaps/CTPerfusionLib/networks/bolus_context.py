"""What a whole study tells about its bolus, without choosing an artery or a vein."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .input_settings import CONTEXT_BANDS

ARRIVAL_SHARE = 0.15
"""Share of its peak at which the mean curve of tissue has arrived."""

BASELINE_MARGIN = 3.0
"""s before that arrival: vessels enhance earlier than tissue."""

FEWEST_VOXELS = 4
"""Of a band in a small brain."""

TISSUE_BANDS = slice(4, 6)
"""The bands that hold tissue rather than vessels; their mean curve is the least noisy of a study."""


def tissue_shares() -> NDArray[np.float64]:
    """Return the share of each band of tissue in the mean curve of tissue."""
    widths = np.array([stop - start for start, stop in CONTEXT_BANDS[TISSUE_BANDS]])
    return np.asarray(widths / widths.sum())


def arrival_time(mean_curve: NDArray[np.floating[Any]], times: NDArray[np.float64]) -> float:
    """Return when a mean tissue curve arrives, in seconds.

    Parameters
    ----------
    mean_curve : ndarray, shape (T,)
        HU, with any baseline.
    times : ndarray, shape (T,)
        s.
    """
    curve = mean_curve - mean_curve[: max(2, len(mean_curve) // 20)].mean()
    peak = int(curve.argmax())
    below = np.flatnonzero(curve[: peak + 1] < ARRIVAL_SHARE * curve[peak])
    return float(times[below[-1]]) if len(below) else float(times[0])


def bolus_context(curves: NDArray[np.floating[Any]], times: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the mean enhancement of the brain's voxels in bands of brightness.

    Voxels are ranked by the area under their enhancement and averaged in the bands of
    :data:`CONTEXT_BANDS`: from the large vessels, where blood fills a voxel, to tissue.

    Parameters
    ----------
    curves : ndarray, shape (N, T)
        HU of all voxels of the brain, vessels included.
    times : ndarray, shape (T,)
        s.

    Returns
    -------
    ndarray of float32, shape (K, T)
        HU above the mean of the frames before the bolus.
    """
    arrival = arrival_time(curves.mean(axis=0), times)
    before = times <= max(arrival - BASELINE_MARGIN, times[0])
    baseline = curves[:, before].mean(axis=1)
    brightest_first = np.argsort(len(times) * baseline - curves.sum(axis=1), kind="stable")
    # One product gives all bands: the enhancement of half a million voxels is never written out.
    shares = _band_shares(brightest_first)
    bands: NDArray[np.float32] = shares @ curves - (shares @ baseline)[:, None]
    return bands.astype(np.float32, copy=False)


def _band_shares(brightest_first: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the share of each of N voxels in the mean of each band, shape (K, N)."""
    n_voxels = len(brightest_first)
    shares = np.zeros((len(CONTEXT_BANDS), n_voxels), dtype=np.float32)
    for band, (start, stop) in zip(shares, CONTEXT_BANDS, strict=True):
        first = min(int(start * n_voxels), n_voxels - 1)
        last = max(int(stop * n_voxels), min(first + FEWEST_VOXELS, n_voxels))
        band[brightest_first[first:last]] = 1.0 / (last - first)
    return shares
