"""Which frame the others are aligned with: the first, unless it is an outlier."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...series import PerfusionSeries
from .rigid_fit import HEAD_RADIUS, WINDOW, Matrix

FAR = 2.0
"""mm; a first frame closer than this to the median position is no outlier."""

FAR_RATIO = 3.0
"""Nor is one closer than this many times the median distance, as at the start of a steady drift."""

FEWEST_MATCHES = 0.5
"""Share of the frames that must match the first."""

SMEARED = -0.3
"""mm^2; median smear of the frames against a reference frame that is the smeared one."""

BLOCK = 8.0
"""mm; size of the pixels by which a typical frame is looked for."""


@dataclass(frozen=True)
class ReferenceChoice:
    """A reference frame and why it is the one, as a sentence."""

    frame: int
    reason: str


def median_distances(motion: Matrix) -> NDArray[np.float64]:
    """Return the distance of each frame from the median position, shape (T,) in mm at the skull.

    Parameters
    ----------
    motion : ndarray, shape (P, T, 6)
        NaN where no position was found.
    """
    off = motion - np.nanmedian(motion, axis=1, keepdims=True)
    turning = HEAD_RADIUS * np.radians(off[..., 3:])
    distances = np.sqrt(np.sum(off[..., :3] ** 2, axis=-1) + np.sum(turning**2, axis=-1))
    return np.asarray(distances.max(axis=0))


def better_reference(
    series: PerfusionSeries, motion: Matrix, usable: NDArray[np.bool_], smear: float
) -> ReferenceChoice | None:
    """Say which frame should take the place of the first, if any.

    Parameters
    ----------
    series : PerfusionSeries
    motion : ndarray, shape (P, T, 6)
        Relative to the first frame; NaN where no position was found.
    usable : ndarray of bool, shape (T,)
    smear : float
        Median over the frames, mm^2, as in `FrameResidual`.
    """
    matches = np.isfinite(motion).all(axis=(0, 2))
    if matches.sum() - 1 < FEWEST_MATCHES * (usable.sum() - 1):
        return ReferenceChoice(typical_frame(series, usable), "Few frames match the first one.")
    if smear < SMEARED:
        sharp = usable.copy()
        sharp[0] = False
        return ReferenceChoice(
            typical_frame(series, sharp), "The head moved while the first frame was taken."
        )
    distances = median_distances(motion)
    limit = max(FAR, FAR_RATIO * float(np.nanmedian(distances)))
    if distances[0] <= limit:
        return None
    return ReferenceChoice(
        int(np.nanargmin(distances)),
        f"In the first frame the head is {distances[0]:.1f} mm from where it is in most frames.",
    )


def typical_frame(series: PerfusionSeries, usable: NDArray[np.bool_]) -> int:
    """Return the usable frame that differs least from the median of all, without knowing any motion."""
    from .kernels.registration import block_means

    factor = max(1, round(BLOCK / min(series.spacing[:2])))
    frames = np.flatnonzero(usable)
    images = np.stack([block_means(series.voxels[frame], factor, *WINDOW) for frame in frames])
    differences = np.abs(images - np.median(images, axis=0)).mean(axis=(1, 2, 3))
    return int(frames[differences.argmin()])
