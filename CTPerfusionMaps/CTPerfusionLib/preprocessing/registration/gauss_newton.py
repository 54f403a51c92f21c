"""Motion of all frames by robust Gauss-Newton steps, the frames side by side on all cores."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...parallel import for_each_chunk
from ...progress import ProgressCallback, part_of, reported
from .motion_estimate import Matrix, MotionEstimate
from .rigid_fit import ReferenceEdges, fit_frame, reference_levels

_FIRST_ROUND = 0.9


def estimate_by_gauss_newton(
    frames: NDArray[Any],
    ijk_to_ras: Matrix,
    *,
    reference: int,
    usable: NDArray[np.bool_],
    seed: int,
    on_progress: ProgressCallback,
) -> MotionEstimate:
    """Minimise squared differences at the edges of skull and skin with Cauchy weights.

    Vessels and tissue that take up contrast do not pass for motion then. Every frame starts from rest; those
    that find no position start again from where the head is in the nearest frame with one. The parameters
    are those of :class:`MotionEstimator`.
    """
    levels = reference_levels(frames[reference], ijk_to_ras, np.random.default_rng(seed))
    matrices = np.tile(np.eye(4), (len(frames), 1, 1))
    found = np.zeros(len(frames), dtype=bool)
    found[reference] = True

    def fit_from_rest(frame: int) -> None:
        matrices[frame], found[frame] = _fitted(frames[frame], levels, np.eye(4))

    others = [int(frame) for frame in np.flatnonzero(usable) if frame != reference]
    for_each_chunk(fit_from_rest, others, part_of(on_progress, 0.0, _FIRST_ROUND))
    failed = sorted((frame for frame in others if not found[frame]), key=lambda frame: abs(frame - reference))
    for frame in reported(failed, part_of(on_progress, _FIRST_ROUND, 1.0)):
        known = np.flatnonzero(found)
        nearest = known[np.abs(known - frame).argmin()]
        matrices[frame], found[frame] = _fitted(frames[frame], levels, matrices[nearest])
    return MotionEstimate(matrices, found)


def _fitted(frame: NDArray[Any], levels: list[ReferenceEdges], start: Matrix) -> tuple[Matrix, bool]:
    motion, converged = fit_frame(frame, levels, start)
    return (motion, True) if converged else (np.eye(4), False)
