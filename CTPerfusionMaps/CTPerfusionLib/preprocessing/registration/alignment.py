"""The motion of all frames, judged, relative to a reference frame that deserves it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ProcessingError
from ...progress import ProgressCallback, part_of
from ...series import PerfusionSeries, grid_centre, motion_matrix, motion_parameters
from .motion_estimate import MotionEstimate, MotionEstimator
from .reference_frame import ReferenceChoice, better_reference, typical_frame
from .rejection import RejectionReason
from .residual_motion import judge_position, residual_mm
from .rigid_fit import Matrix
from .table_positions import Indices, position_grid, share_of

LARGEST_RESIDUAL = 2.0
"""mm; a frame with more left after correction does more harm than good."""

_ESTIMATING = 0.8
"""Share of the time that goes into estimating, the rest into judging."""

_FIRST_REFERENCE = 0.6
"""Share of the progress that is kept for the first reference frame, should there be a second."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """Where the head is in each frame relative to one reference frame.

    Attributes
    ----------
    motion : ndarray, shape (P, T, 6)
        For each table position; NaN where none was found.
    residual : ndarray, shape (T,)
        mm, the largest over the table positions; NaN where it could not be judged.
    smear : float
        Median over the frames, mm^2, as in `FrameResidual`.
    """

    motion: Matrix
    residual: NDArray[np.float64]
    smear: float

    def rejected(self, usable: NDArray[np.bool_]) -> dict[int, RejectionReason]:
        """Return which of the usable frames do not fit, with the reason."""
        is_lost = usable & ~np.isfinite(self.motion).all(axis=(0, 2))
        is_far = usable & (self.residual > LARGEST_RESIDUAL)
        far = {int(frame): RejectionReason.RESIDUAL for frame in np.flatnonzero(is_far)}
        return far | {int(frame): RejectionReason.NO_POSITION for frame in np.flatnonzero(is_lost)}


@dataclass(frozen=True, eq=False)
class Aligner:
    """Aligns the usable frames of a series.

    Attributes
    ----------
    series : PerfusionSeries
    positions : tuple of ndarray of int
        The slices of each table position.
    estimate : MotionEstimator
    unusable : dict of int to RejectionReason
        Frames to leave out.
    seed : int
    """

    series: PerfusionSeries
    positions: tuple[Indices, ...]
    estimate: MotionEstimator
    unusable: dict[int, RejectionReason]
    seed: int

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Frames that may be aligned, shape (T,)."""
        usable = np.ones(self.series.n_frames, dtype=bool)
        usable[list(self.unusable)] = False
        return usable

    def align(
        self, reference: int | None, on_progress: ProgressCallback
    ) -> tuple[ReferenceChoice, Alignment]:
        """Align with the given frame, or with the first or the one that has to take its place.

        Raises
        ------
        ProcessingError
            If the given frame cannot be used.
        """
        choice = self._first_choice(reference)
        alignment = self._align_with(choice.frame, part_of(on_progress, 0.0, _FIRST_REFERENCE))
        if reference is None and choice.frame == 0:
            better = better_reference(self.series, alignment.motion, self.usable, alignment.smear)
            if better is not None:
                choice = better
                alignment = self._align_with(choice.frame, part_of(on_progress, _FIRST_REFERENCE, 1.0))
        on_progress(1.0)
        return choice, alignment

    def _first_choice(self, reference: int | None) -> ReferenceChoice:
        frame = reference or 0
        if frame not in self.unusable:
            return ReferenceChoice(
                frame, "It is the first frame." if reference is None else "It was asked for."
            )
        clause = self.unusable[frame].clause
        if reference is not None:
            raise ProcessingError(
                f"The reference frame {frame + 1} {clause}", "choose another one or leave the choice open"
            )
        return ReferenceChoice(typical_frame(self.series, self.usable), f"The first frame {clause}.")

    def _align_with(self, reference: int, on_progress: ProgressCallback) -> Alignment:
        motion = np.full((len(self.positions), self.series.n_frames, 6), np.nan)
        residuals, smears = [], []
        for position, slices in enumerate(self.positions):
            report = share_of(on_progress, position, len(self.positions))
            frames = self.series.voxels[:, slices[0] : slices[-1] + 1]
            grid = position_grid(self.series.ijk_to_ras, slices)
            estimate = self.estimate(
                frames, grid, reference=reference, usable=self.usable, seed=self.seed,
                on_progress=part_of(report, 0.0, _ESTIMATING),
            )  # fmt: skip
            motion[position] = motion_about(self.series, slices, estimate)
            judged = judge_position(
                frames, grid, estimate.matrices, reference=reference, judged=estimate.found, seed=self.seed,
                on_progress=part_of(report, _ESTIMATING, 1.0),
            )  # fmt: skip
            residuals.append(residual_mm(judged))
            smears.append(np.median([residual.smear for residual in judged if residual is not None] or [0.0]))
        return Alignment(motion, np.max(residuals, axis=0), float(np.min(smears)))


def motion_about(series: PerfusionSeries, slices: Indices, estimate: MotionEstimate) -> Matrix:
    """Return the motion that was estimated on some slices as parameters about the centre of the whole grid.

    Parameters
    ----------
    series : PerfusionSeries
    slices : ndarray of int
    estimate : MotionEstimate

    Returns
    -------
    ndarray, shape (T, 6)
        NaN where no position was found.
    """
    grid = position_grid(series.ijk_to_ras, slices)
    own_centre = grid_centre(grid, (len(slices), *series.shape[1:]))
    centre = grid_centre(series.ijk_to_ras, series.shape)
    motion = np.full((series.n_frames, 6), np.nan)
    for frame in np.flatnonzero(estimate.found):
        about_own_centre = motion_parameters(estimate.matrices[frame], np.zeros(3))
        motion[frame] = motion_parameters(motion_matrix(about_own_centre, own_centre), centre)
    return motion
