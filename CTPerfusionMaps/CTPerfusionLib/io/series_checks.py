"""Checks that every format passes before it becomes a series."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import Finding, Severity
from .candidates import MIN_FRAMES

_IRREGULAR = 0.1
"""Part of the median interval by which intervals may differ in a regular scan."""

_MAX_SKEW = 0.01
"""Cosine of the angle between two axes of a grid up to which they count as perpendicular (0.6 degrees)."""

_SAME_TIME = 1e-3
"""Seconds within which the slices of a frame share its time."""


def refuse_few_frames(n_frames: int) -> None:
    """Raise a SeriesError for fewer frames than can be analysed."""
    if n_frames < MIN_FRAMES:
        raise SeriesError(
            f"The series has {n_frames} frame{'' if n_frames == 1 else 's'}, "
            f"and a perfusion scan has at least {MIN_FRAMES}",
            "give the whole perfusion scan",
        )


def refuse_constant_images(voxels: NDArray[Any]) -> None:
    """Raise a SeriesError if every image, shape (Y, X) of (T, Z, Y, X), holds one value only."""
    if all(np.all(image == image.flat[0]) for frame in voxels for image in frame):
        raise SeriesError(
            "All images are constant: every voxel of an image has the same value",
            "export the original images of the scan again",
        )


def refuse_sheared_grid(ijk_to_ras: NDArray[np.float64]) -> None:
    """Raise a SeriesError for a matrix whose axes are not at right angles, or that is none."""
    steps = ijk_to_ras[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    if not (np.isfinite(ijk_to_ras).all() and lengths.min() > 0):
        raise SeriesError("The file does not say where its voxels are", "convert the study again")
    directions = steps / lengths
    skew = float(np.abs(directions.T @ directions - np.eye(3)).max())
    if skew > _MAX_SKEW:
        raise SeriesError(
            f"The stack of slices is sheared by {np.degrees(np.arcsin(skew)):.1f} degrees, as a tilted "
            "gantry leaves it",
            "have it resampled without gantry tilt and load that",
        )


def shared_times(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times (T, Z) from the earliest one, as (T,) where the slices of each frame share their time."""
    times = times - times.min()
    if times.ndim == 2 and np.ptp(times, axis=1).max() <= _SAME_TIME:
        times = times.mean(axis=1)
    return np.asarray(times - times.min())


def timing_findings(times: NDArray[np.float64]) -> tuple[Finding, ...]:
    """Report irregular intervals between frames; `times` is (T,) or (T, Z) in seconds."""
    intervals = np.diff(times.mean(axis=1) if times.ndim == 2 else times)
    typical = float(np.median(intervals))
    deviation = float(np.abs(intervals - typical).max())
    if deviation <= _IRREGULAR * typical:
        return ()
    return (
        Finding(
            "irregular_frames",
            Severity.INFO,
            f"Frames are {intervals.min():.2f} to {intervals.max():.2f} s apart; their times are used.",
            "Nothing to do.",
            value=deviation,
            limit=_IRREGULAR * typical,
        ),
    )
