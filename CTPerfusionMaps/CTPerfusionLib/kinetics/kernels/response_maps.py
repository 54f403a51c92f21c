"""From what is read off impulse responses to maps in units, compiled."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]

N_READINGS = 6
HEIGHT, LAG, TOTAL, ENERGY, UNEXPLAINED, FREEDOM = range(N_READINGS)
"""Rows of the readings; see :class:`..response_reader.ResponseReader`."""


@njit(nogil=True, error_model="numpy", cache=True)
def interpret(
    readings: Float32Array,
    members: NDArray[np.intp],
    interval: float,
    to_cbf: float,
    to_cbv: float,
    area_error: float,
    detection_limit: float,
    poor_fit: float,
    statuses: tuple[int, int, int],
    maps: Float32Array,
    status: NDArray[np.uint8],
) -> None:
    """Turn readings into maps in units, with zeros and NaN for dead tissue, and say what happened.

    Parameters
    ----------
    readings : ndarray, shape (N_READINGS, n)
    members : ndarray of int, shape (n,)
        Where the voxels belong in `maps` and `status`.
    interval : float
        Seconds between grid times.
    to_cbf, to_cbv : float
        From 1/s to mL/100 g/min, from the sum of the samples of a curve to mL/100 g.
    area_error : float
        Standard error of that sum for noise of 1 HU.
    detection_limit : float
        Standard errors that the sum must reach to be enhancement.
    poor_fit : float
        Share of explained energy below which a fit is poor.
    statuses : tuple of int
        What to call a good fit, a poor fit and dead tissue.
    maps : ndarray, shape (5, N)
        Receives CBF, CBV, MTT, Tmax and the share of explained energy.
    status : ndarray, shape (N,)
        Receives one of `statuses`.
    """
    good, poor, dead = statuses
    for voxel in range(len(members)):
        member = members[voxel]
        height, total, energy = readings[HEIGHT, voxel], readings[TOTAL, voxel], readings[ENERGY, voxel]
        unexplained = max(readings[UNEXPLAINED, voxel], np.float32(0))
        # A fit that leaves less than one degree of freedom says nothing about the noise.
        noise = np.sqrt(unexplained / max(readings[FREEDOM, voxel], np.float32(1)))
        r_squared = 1.0 - unexplained / energy if energy > 0.0 else 0.0
        maps[4, member] = r_squared
        if height > 0.0 and total > 0.0 and total >= detection_limit * area_error * noise:
            cbf, cbv = to_cbf * height, to_cbv * total
            maps[0, member] = cbf
            maps[1, member] = cbv
            maps[2, member] = 60.0 * cbv / cbf
            maps[3, member] = interval * readings[LAG, voxel]
            status[member] = good if r_squared >= poor_fit else poor
        else:
            maps[0:2, member] = 0.0
            maps[2:4, member] = np.nan
            status[member] = dead
