"""Integrals over the delay of what model curves explain, compiled; voxels lie side by side in vectors.

Scores are the products of the curves with unit model curves: a score s explains s^2 of a curve's energy. A
row holds the scores of one shape and transit time over all delays. Its integral over the delay is a sum over
the grid where the posterior is wide, and that of the parabola through the peak (Laplace) where it is narrow.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]

LANES = 32
"""Voxels that are worked on together."""

FAST = {"reassoc", "contract", "arcp", "nsz", "afn"}

NARROW = np.float32(0.25)
"""Curvature of the log posterior in grid steps, 1 / SD^2, above which the parabola stands for the sum."""

TWO_PI = np.float32(2.0 * np.pi)

_FARTHEST = np.float32(-13.0)
"""Log probability relative to the best below which nothing counts."""

_TINY = np.float32(1e-30)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _exp(x: Float32Array, bits: NDArray[np.int32], scale: Float32Array, out: Float32Array) -> None:
    """Write exp(x) for x in (-87, 0]; `scale` is `bits` seen as float32. Relative error 4e-6."""
    for lane in range(LANES):
        y = max(x[lane], np.float32(-80.0)) * np.float32(1.44269504)
        bits[lane] = (np.int32(np.floor(y)) + np.int32(127)) << np.int32(23)
    for lane in range(LANES):
        y = max(x[lane], np.float32(-80.0)) * np.float32(1.44269504)
        f = y - np.floor(y)
        p = np.float32(1.8775767e-3)
        p = p * f + np.float32(8.9893397e-3)
        p = p * f + np.float32(5.5826318e-2)
        p = p * f + np.float32(2.4015361e-1)
        p = p * f + np.float32(6.9315308e-1)
        out[lane] = (p * f + np.float32(9.9999994e-1)) * scale[lane]


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def find_peaks(
    scores: Float32Array,
    n_rows: int,
    n_delays: int,
    top: Float32Array,
    bend: Float32Array,
    shift: Float32Array,
    place: NDArray[np.int32],
) -> None:
    """Find where each row explains most of a curve's energy, by a parabola through the three best places.

    top is the energy there, bend minus the second difference around it (0 at the ends of a row), place the
    nearest step of the grid and shift what lies between.
    """
    peak = np.empty(LANES, np.float32)
    at = np.empty(LANES, np.int32)
    for row in range(n_rows):
        first = row * n_delays
        for lane in range(LANES):
            peak[lane] = np.float32(0)
            at[lane] = np.int32(0)
        for delay in range(n_delays):
            line = scores[first + delay]
            for lane in range(LANES):
                greater = line[lane] > peak[lane]
                peak[lane] = line[lane] if greater else peak[lane]
                at[lane] = np.int32(delay) if greater else at[lane]
        for lane in range(LANES):
            here = at[lane]
            explained = peak[lane] * peak[lane]
            moved = curved = np.float32(0)
            if here > 0 and here < n_delays - 1:
                before = max(scores[first + here - 1, lane], np.float32(0))
                after = max(scores[first + here + 1, lane], np.float32(0))
                curved = np.float32(2) * explained - before * before - after * after
                if curved > np.float32(0):
                    moved = np.float32(0.5) * (after * after - before * before) / curved
            place[row, lane] = here
            bend[row, lane] = curved
            shift[row, lane] = moved
            top[row, lane] = explained + np.float32(0.5) * moved * moved * curved


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def _sum_over_grid(
    scores: Float32Array,
    volumes: Float32Array,
    half_precision: Float32Array,
    greatest: Float32Array,
    row: int,
    variance: Float32Array,
    exponent: Float32Array,
    bits: NDArray[np.int32],
    scale: Float32Array,
    weight: Float32Array,
    total: Float32Array,
) -> None:
    """Add up probability, position, its square, volume and its square over a row, in `total` (5, LANES)."""
    n_delays = volumes.shape[1]
    mass = total[0]
    first_moment = total[1]
    second_moment = total[2]
    volume = total[3]
    volume2 = total[4]
    total[:] = np.float32(0)
    # Each loop writes one array: with more the compiler cannot rule out overlaps and does not vectorise.
    for delay in range(n_delays):
        line = scores[row * n_delays + delay]
        unit = volumes[row, delay]
        at = np.float32(delay)
        for lane in range(LANES):
            s = max(line[lane], np.float32(0))
            exponent[lane] = (s * s - greatest[lane]) * half_precision[lane]
        _exp(exponent, bits, scale, weight)
        for lane in range(LANES):
            mass[lane] += weight[lane]
        for lane in range(LANES):
            first_moment[lane] += weight[lane] * at
        for lane in range(LANES):
            second_moment[lane] += weight[lane] * (at * at)
        for lane in range(LANES):
            volume[lane] += weight[lane] * max(line[lane], np.float32(0)) * unit
        for lane in range(LANES):
            s = max(line[lane], np.float32(0))
            volume2[lane] += weight[lane] * (s * s + variance[lane]) * (unit * unit)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def integrate_rows(
    scores: Float32Array,
    volumes: Float32Array,
    half_precision: Float32Array,
    greatest: Float32Array,
    top: Float32Array,
    bend: Float32Array,
    shift: Float32Array,
    place: NDArray[np.int32],
    mass: Float32Array,
    volume: Float32Array,
    volume2: Float32Array,
    position: Float32Array,
    position2: Float32Array,
) -> None:
    """Integrate each row over the delay, in grid steps: its mass, and means of volume, position and squares.

    half_precision is 1 / (2 sigma^2); masses are relative to the best model curve of the voxel.
    """
    n_rows = volumes.shape[0]
    bits = np.empty(LANES, np.int32)
    scale = bits.view(np.float32)
    exponent = np.empty(LANES, np.float32)
    weight = np.empty(LANES, np.float32)
    total = np.empty((5, LANES), np.float32)
    variance = np.float32(0.5) / half_precision
    for row in range(n_rows):
        any_wide = False
        for lane in range(LANES):
            near = (top[row, lane] - greatest[lane]) * half_precision[lane] > _FARTHEST
            any_wide |= near & (bend[row, lane] * half_precision[lane] <= NARROW)
            mass[row, lane] = np.float32(0)
        if any_wide:
            _sum_over_grid(
                scores, volumes, half_precision, greatest, row,
                variance, exponent, bits, scale, weight, total,
            )  # fmt: skip
            for lane in range(LANES):
                share = np.float32(1) / max(total[0, lane], _TINY)
                mass[row, lane] = total[0, lane]
                position[row, lane] = total[1, lane] * share
                position2[row, lane] = total[2, lane] * share
                volume[row, lane] = total[3, lane] * share
                volume2[row, lane] = total[4, lane] * share
        for lane in range(LANES):
            curvature = bend[row, lane] * half_precision[lane]
            gap = (top[row, lane] - greatest[lane]) * half_precision[lane]
            # Improbable rows count for nothing but are interpolated to at the side of a sharp peak.
            if curvature > NARROW or gap <= _FARTHEST:
                here = place[row, lane]
                moved = shift[row, lane]
                curvature = max(curvature, NARROW)
                at = np.float32(here) + moved
                neighbour = here + 1 if moved > np.float32(0) else here - 1
                unit = volumes[row, here] + abs(moved) * (volumes[row, neighbour] - volumes[row, here])
                v = np.sqrt(top[row, lane]) * unit
                mass[row, lane] = (
                    np.exp(gap) * np.sqrt(TWO_PI / curvature) if gap > _FARTHEST else np.float32(0)
                )
                position[row, lane] = at
                position2[row, lane] = at * at + np.float32(1) / curvature
                volume[row, lane] = v
                volume2[row, lane] = v * v + unit * unit * variance[lane]


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def log_mass(
    row: int,
    lane: int,
    half_precision: Float32Array,
    greatest: Float32Array,
    top: Float32Array,
    bend: Float32Array,
    mass: Float32Array,
) -> float:
    """Return the logarithm of a row's mass, also where the mass itself is too small for its type."""
    precision = np.float64(half_precision[lane])
    curvature = bend[row, lane] * precision
    if curvature > NARROW:
        gap = (np.float64(top[row, lane]) - np.float64(greatest[lane])) * precision
        return float(gap + 0.5 * np.log(TWO_PI / curvature))
    return float(np.log(max(np.float64(mass[row, lane]), 1e-30)))
