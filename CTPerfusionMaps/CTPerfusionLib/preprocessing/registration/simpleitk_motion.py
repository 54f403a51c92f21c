"""Motion of all frames by SimpleITK's registration framework, for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...progress import ProgressCallback, part_of
from ...series import RAS_TO_LPS, grid_centre, to_itk
from .motion_estimate import Matrix, MotionEstimate

if TYPE_CHECKING:
    import SimpleITK as sitk

WINDOW = (-200.0, 800.0)
"""HU; what lies outside is clipped."""

SHRINK, SAMPLED, SMOOTHING = (4, 1), (0.2, 0.02), (2.0, 0.0)
"""Per level: how much coarser the grid is, the share of its voxels that count, SD of a Gaussian in mm."""

FIRST_STEP, LAST_STEP, RELAXATION, MOST_STEPS = 1.0, 1e-4, 0.6, 300
"""Regular step gradient descent: mm, mm, factor after each turn, iterations per level."""


def estimate_by_simpleitk(
    frames: NDArray[Any],
    ijk_to_ras: Matrix,
    *,
    reference: int,
    usable: NDArray[np.bool_],
    seed: int,
    on_progress: ProgressCallback,
) -> MotionEstimate:
    """Minimise the mean square difference by regular step gradient descent, one frame after the other.

    The parameters are those of :class:`MotionEstimator`. Where SimpleITK gives up, there is no position.
    """
    import SimpleITK as sitk

    shape = frames.shape[1:]
    centre = grid_centre(ijk_to_ras, (shape[0], shape[1], shape[2]))
    fixed = _prepared(frames[reference], ijk_to_ras)
    matrices = np.tile(np.eye(4), (len(frames), 1, 1))
    found = np.zeros(len(frames), dtype=bool)
    found[reference] = True
    others = [int(frame) for frame in np.flatnonzero(usable) if frame != reference]
    for done, frame in enumerate(others):
        transform = sitk.Euler3DTransform()
        transform.SetCenter((RAS_TO_LPS[:3, :3] @ centre).tolist())
        moving = _prepared(frames[frame], ijk_to_ras)
        report = part_of(on_progress, done / len(others), (done + 1) / len(others))
        if _aligned(_registration(transform, seed), fixed, moving, report):
            matrices[frame], found[frame] = centred_matrix(transform, centre), True
    return MotionEstimate(matrices, found)


def _aligned(
    registration: sitk.ImageRegistrationMethod,
    fixed: sitk.Image,
    moving: sitk.Image,
    on_progress: ProgressCallback,
) -> bool:
    """Align two images, which takes seconds; report after each step, and stop where the report raises.

    Returns whether an alignment was found.
    """
    import SimpleITK as sitk

    raised: list[BaseException] = []

    def report() -> None:
        if not raised:
            try:
                level = registration.GetCurrentLevel() + registration.GetOptimizerIteration() / MOST_STEPS
                on_progress(level / len(SHRINK))
            # SimpleITK would hide it behind an error of its own.
            except BaseException as error:
                raised.append(error)
        if raised:
            registration.StopRegistration()

    on_progress(0.0)
    registration.AddCommand(sitk.sitkIterationEvent, report)
    try:
        registration.Execute(fixed, moving)
    except RuntimeError:
        found = False
    else:
        found = True
    if raised:
        raise raised[0]
    on_progress(1.0)
    return found


def centred_matrix(transform: sitk.Euler3DTransform, centre: NDArray[np.float64]) -> Matrix:
    """Return a transform between LPS points as a (4, 4) matrix in mm from `centre`, RAS directions."""
    rotation = np.array(transform.GetMatrix()).reshape(3, 3)
    middle = np.array(transform.GetCenter())
    to_lps = np.eye(4)
    to_lps[:3, :3] = rotation
    to_lps[:3, 3] = middle - rotation @ middle + np.array(transform.GetTranslation())
    matrix = RAS_TO_LPS @ to_lps @ RAS_TO_LPS
    matrix[:3, 3] += matrix[:3, :3] @ centre - centre
    return np.asarray(matrix)


def _prepared(frame: NDArray[Any], ijk_to_ras: Matrix) -> sitk.Image:
    return to_itk(np.clip(frame, *WINDOW).astype(np.float32), ijk_to_ras)


def _registration(transform: sitk.Euler3DTransform, seed: int) -> sitk.ImageRegistrationMethod:
    import SimpleITK as sitk

    registration = sitk.ImageRegistrationMethod()
    registration.SetMetricAsMeanSquares()
    registration.SetMetricSamplingStrategy(sitk.ImageRegistrationMethod.RANDOM)
    registration.SetMetricSamplingPercentagePerLevel(SAMPLED, seed=seed + 1)  # 0 would be the clock
    registration.SetInterpolator(sitk.sitkLinear)
    registration.SetShrinkFactorsPerLevel(SHRINK)
    registration.SetSmoothingSigmasPerLevel(SMOOTHING)
    registration.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    registration.SetOptimizerAsRegularStepGradientDescent(
        FIRST_STEP, LAST_STEP, MOST_STEPS, relaxationFactor=RELAXATION
    )
    registration.SetOptimizerScalesFromPhysicalShift()
    registration.SetInitialTransform(transform, inPlace=True)
    return registration
