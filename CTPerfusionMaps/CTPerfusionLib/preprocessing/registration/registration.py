"""Rigid registration of all frames to one of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ProcessingError
from ...progress import ProgressCallback, ignore_progress, part_of
from ...series import PerfusionSeries
from .alignment import Aligner
from .frame_resampling import exchanged_slices, resample_frames
from .frame_screening import screen_frames
from .registration_methods import DEFAULT_REGISTRATION_METHOD, registration_method
from .rejection import Rejection, RejectionReason
from .rigid_fit import HEAD_RADIUS, Matrix
from .table_positions import Indices, table_positions

FEWEST_FRAMES = 8
"""With fewer frames than this no time curve can be fitted."""


@dataclass(frozen=True, eq=False)
class Registration:
    """A series whose frames all lie on the reference frame, and what it took.

    Attributes
    ----------
    series : PerfusionSeries
        The used frames with their times, registered, float32 HU; the reference frame is unchanged.
    position_motion : ndarray, shape (P, T, 6)
        Where the head is in each frame of the scan relative to the reference frame, by the convention of
        :mod:`CTPerfusionLib.series.motion`, for each table position; NaN where no position was found.
    positions : tuple of ndarray of int
        The slices of each table position.
    used : ndarray of bool, shape (T,)
        The frames of the scan that `series` holds.
    rejections : tuple of Rejection
        The others, with the reason.
    residual : ndarray, shape (T,)
        What is left of the motion after correction, mm; NaN where it could not be judged.
    reference : int
    reference_reason : str
        Why this frame, as a sentence.
    valid : ndarray of bool, shape (Z, Y, X)
        Imaged in at least 90 % of the used frames; elsewhere the nearest imaged value stands in.
    exchanged : ndarray of bool, shape (Z,)
        The end slices into which anatomy from beyond the scan has come in some frame.
    method : str
        One of `REGISTRATION_METHODS`.
    """

    series: PerfusionSeries
    position_motion: Matrix
    positions: tuple[Indices, ...]
    used: NDArray[np.bool_]
    rejections: tuple[Rejection, ...]
    residual: NDArray[np.float64]
    reference: int
    reference_reason: str
    valid: NDArray[np.bool_]
    exchanged: NDArray[np.bool_]
    method: str

    @property
    def motion(self) -> Matrix:
        """Motion of each frame, shape (T, 6): that of the table position where the head moved farthest.

        Zeros where no position was found: those frames are not `used`.
        """
        motion = np.nan_to_num(self.position_motion)
        turning = HEAD_RADIUS * np.radians(np.linalg.norm(motion[..., 3:], axis=-1))
        farthest = np.argmax(np.linalg.norm(motion[..., :3], axis=-1) + turning, axis=0)
        return np.asarray(motion[farthest, np.arange(len(farthest))])

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Frames in which the head was found, shape (T,)."""
        return np.asarray(np.isfinite(self.position_motion).all(axis=(0, 2)))


def register_frames(
    series: PerfusionSeries,
    *,
    method: str = DEFAULT_REGISTRATION_METHOD,
    reference: int | None = None,
    seed: int = 0,
    on_progress: ProgressCallback = ignore_progress,
) -> Registration:
    """Align every frame rigidly with the reference frame.

    First the motion of all frames is estimated, for each table position on its own; then every frame is
    judged, by other points than those of the fit; then those that pass are resampled once: along a cubic
    spline across the slices, which lie so far apart that a linear blend would mix an infarct with its
    surroundings, and in the plane linearly, or along a spline too where pixels are larger than 0.8 mm. Where
    the head has moved by a fraction of a small pixel, noise is lower (down to half its SD half-way between
    pixels on both axes) and detail is slightly softer than in a frame without motion. Frames in which the
    head has moved by less than 0.07 mm stay as they are.

    Parameters
    ----------
    series : PerfusionSeries
    method : str
        One of `REGISTRATION_METHODS`.
    reference : int, optional
        The frame that the others are aligned with; by default the first, or the one closest to the median
        position where the first shows no head, is smeared or lies far from the others.
    seed : int
        For the choice of edge points.
    on_progress : callable

    Returns
    -------
    Registration

    Raises
    ------
    ValueError
        If there is no frame `reference`.
    ConfigurationError
        If there is no such method or its package is missing.
    ProcessingError
        If fewer than 8 frames can be used.
    """
    if reference is not None and not 0 <= reference < series.n_frames:
        raise ValueError(f"reference must be a frame from 0 to {series.n_frames - 1}, got {reference}")
    estimate = registration_method(method).estimate
    positions = table_positions(series.times, series.n_slices)
    rejected = screen_frames(series, positions, part_of(on_progress, 0.0, 0.05))
    _require_enough(series.n_frames, rejected)
    aligner = Aligner(series, positions, estimate, rejected, seed)
    choice, alignment = aligner.align(reference, part_of(on_progress, 0.05, 0.7))
    rejected = rejected | alignment.rejected(aligner.usable)
    _require_enough(series.n_frames, rejected)
    used = np.ones(series.n_frames, dtype=bool)
    used[list(rejected)] = False
    registered, valid = resample_frames(
        series, positions, alignment.motion, used, choice.frame, part_of(on_progress, 0.7, 1.0)
    )
    on_progress(1.0)
    return Registration(
        series=series.with_frames(used, registered),
        position_motion=alignment.motion,
        positions=positions,
        used=used,
        rejections=tuple(Rejection(frame, rejected[frame]) for frame in sorted(rejected)),
        residual=alignment.residual,
        reference=choice.frame,
        reference_reason=choice.reason,
        valid=valid,
        exchanged=exchanged_slices(series, positions, alignment.motion, used),
        method=method,
    )


def _require_enough(n_frames: int, rejected: dict[int, RejectionReason]) -> None:
    if n_frames - len(rejected) >= FEWEST_FRAMES:
        return
    if not rejected:
        raise ProcessingError(
            f"The series has only {n_frames} frames, fewer than the {FEWEST_FRAMES} that time curves need",
            "choose a perfusion scan with more frames",
        )
    reasons = list(rejected.values())
    commonest = max(set(reasons), key=reasons.count)
    raise ProcessingError(
        f"Only {n_frames - len(rejected)} of {n_frames} frames can be used, fewer than {FEWEST_FRAMES}; "
        f"{reasons.count(commonest)} of the others {commonest.plural}",
        "check the images, or run without motion correction if they are registered already",
    )
