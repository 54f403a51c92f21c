"""Whether a curve in which no bolus was found is quiet enough to say that none passed.

Beside bone and metal the frames of a head that moved jump by several HU. A normal curve can drown in that:
that nothing was measured there says nothing about the tissue.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .curves import VolumeCurves, pieces
from .status import DETECTION_LIMIT

RELEVANT_FLOW = 0.3
"""Share of the usual enhancement, the most that core has, that must be measurable if absence is to count."""

TOLERATED_NOISE = 2.0
"""Noise, over that of the tissue around, up to which a curve is taken for an ordinary one of this scan."""

_SAMPLE = 4096
"""Enhancing voxels, evenly spread, that stand for the tissue."""

_PIECE = 16384


def too_noisy(
    enhancement: NDArray[np.floating[Any]],
    dead: NDArray[np.intp],
    enhancing: NDArray[np.intp],
    r_squared: NDArray[np.floating[Any]],
) -> NDArray[np.bool_]:
    """Say of voxels without measurable enhancement whether their curves are too noisy to tell.

    The curve of a voxel in which nothing enhances is noise. It is too much where tissue with 30 % of the
    usual enhancement would have been missed as well, and where the noise is over twice that of the tissue: in
    a scan of low dose, where all voxels are noisy, dead tissue stays dead.

    Parameters
    ----------
    enhancement : ndarray, shape (T, Z, Y, X)
        HU above baseline.
    dead, enhancing : ndarray of int, shape (N,) and (M,)
        Flat indices of voxels without and with measurable enhancement, ascending.
    r_squared : ndarray, shape (M,)
        Share of the energy of each enhancing curve that the fit explains.

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    if not len(dead) or not len(enhancing):
        return np.zeros(len(dead), dtype=bool)
    chosen = np.unique(np.linspace(0, len(enhancing) - 1, _SAMPLE).astype(np.intp))
    curves = VolumeCurves(enhancement, enhancing[chosen]).rows(np.arange(len(chosen)))
    unexplained = np.clip(1.0 - r_squared[chosen], 0.0, 1.0) * np.mean(curves**2, axis=1, dtype=np.float64)
    usual_noise = float(np.sqrt(np.median(unexplained)))
    usual_size = float(np.std(curves.mean(axis=0, dtype=np.float64)) * np.sqrt(len(enhancement)))
    limit = max(RELEVANT_FLOW * usual_size / DETECTION_LIMIT, TOLERATED_NOISE * usual_noise)
    source = VolumeCurves(enhancement, dead)
    noise = [
        source.rows(piece).std(axis=1, dtype=np.float64) for piece in pieces(np.arange(len(dead)), _PIECE)
    ]
    return np.asarray(np.concatenate(noise) > limit)
