"""The curves that the kinetic methods are timed with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kinetics.curves import MINIMUM_FRAMES
from .tile_curves import PHANTOM_BOLUS
from .tissue_responses import FAMILY_RESPONSES
from .tissue_sample import STROKE_TISSUE, Array, random_tissue

NOISE = 2.0
"""HU, about what the pipeline's filter leaves."""

_DISTINCT_CURVES = 3000
_SCAN = 60.0
_TIME_STEP = 0.5


@dataclass(frozen=True)
class CurveSet:
    """How many curves there are.

    Attributes
    ----------
    n_voxels, n_frames : int
    """

    n_voxels: int
    n_frames: int

    def __post_init__(self) -> None:
        if self.n_voxels < 1 or self.n_frames < MINIMUM_FRAMES:
            raise ValueError(f"{self.n_voxels} voxels of {self.n_frames} frames are too few")

    @property
    def interval(self) -> float:
        """Seconds between frames of a scan of about a minute, in steps of half a second."""
        return max(round(_SCAN / self.n_frames / _TIME_STEP), 1) * _TIME_STEP


STANDARD_SETS = (CurveSet(69864, 60), CurveSet(500000, 89))
"""The brain in 128 x 128 x 8 voxels every second; a clinical scan every half second."""

GPU_SETS = (*STANDARD_SETS, CurveSet(2000000, 60))
"""Those, and as many curves as a GPU needs to be busy."""


@dataclass(frozen=True, eq=False)
class BenchmarkCurves:
    """Curves of N voxels.

    Attributes
    ----------
    curves : ndarray of float32, shape (N, T)
        HU.
    times : ndarray, shape (T,)
        Seconds.
    aif : ndarray, shape (T,)
        HU, without noise.
    """

    curves: NDArray[np.float32]
    times: Array
    aif: Array


def benchmark_curves(curve_set: CurveSet, seed: int) -> BenchmarkCurves:
    """Return noisy curves of a head with a stroke.

    The true curves are a sample of :data:`STROKE_TISSUE` with exponential, linear and box residue functions,
    in random order; every voxel has noise of its own.
    """
    random = np.random.default_rng(seed)
    times: Array = np.arange(curve_set.n_frames, dtype=np.float64) * curve_set.interval
    per_residue = _DISTINCT_CURVES // len(FAMILY_RESPONSES)
    clean = np.concatenate(
        [
            random_tissue(STROKE_TISSUE, per_residue, random).curves(PHANTOM_BOLUS, residue, times)
            for residue in FAMILY_RESPONSES
        ]
    ).astype(np.float32)
    curves = random.standard_normal((curve_set.n_voxels, curve_set.n_frames), dtype=np.float32)
    curves *= np.float32(NOISE)
    for start in range(0, curve_set.n_voxels, len(clean)):
        part = curves[start : start + len(clean)]
        part += random.permutation(clean)[: len(part)]
    return BenchmarkCurves(curves, times, PHANTOM_BOLUS.value(times))
