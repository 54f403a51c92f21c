"""Trilinear sampling of volumes at scattered points.

The loop is serial: its callers run several at once in threads, which numba's parallel loops do not allow.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, fastmath=True, cache=True)
def sample_trilinear(
    volume: NDArray[np.float32],
    points: NDArray[np.float32],
    origin: NDArray[np.float64],
    step: float,
) -> NDArray[np.float32]:
    """Return `volume` (Z, Y, X) at `points` (N, 3) in mm, shape (N,); the border value continues outside."""
    depth, height, width = volume.shape
    values = np.empty(points.shape[0], np.float32)
    for n in range(points.shape[0]):
        x = min(max((points[n, 0] - origin[0]) / step, 0.0), width - 1.0)
        y = min(max((points[n, 1] - origin[1]) / step, 0.0), height - 1.0)
        z = min(max((points[n, 2] - origin[2]) / step, 0.0), depth - 1.0)
        i = min(int(x), width - 2)
        j = min(int(y), height - 2)
        k = min(int(z), depth - 2)
        u = x - i
        v = y - j
        w = z - k
        lower = (1 - v) * ((1 - u) * volume[k, j, i] + u * volume[k, j, i + 1]) + v * (
            (1 - u) * volume[k, j + 1, i] + u * volume[k, j + 1, i + 1]
        )
        upper = (1 - v) * ((1 - u) * volume[k + 1, j, i] + u * volume[k + 1, j, i + 1]) + v * (
            (1 - u) * volume[k + 1, j + 1, i] + u * volume[k + 1, j + 1, i + 1]
        )
        values[n] = (1 - w) * lower + w * upper
    return values
