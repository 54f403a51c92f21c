"""The yardstick of preprocessing: SimpleITK resamples all frames of a series once, linearly."""

import numpy as np

from ..progress import ProgressCallback, ignore_progress, reported
from ..series import PerfusionSeries, to_itk
from .side_by_side import Role
from .turns import Part

RESAMPLING = "resampling"
"""Name of the yardstick in tables and records."""

_SHIFT = (0.3, -0.2, 0.1)
_TURN = (0.002, 0.001, -0.003)
_AIR = -1024.0


def resampling_part(series: PerfusionSeries) -> Part:
    """Return what the time of :func:`resample_frames` is called."""
    return Part(
        RESAMPLING, "All frames resampled once by SimpleITK, linearly", Role.YARDSTICK, series.n_frames
    )


def resample_frames(series: PerfusionSeries, on_progress: ProgressCallback = ignore_progress) -> None:
    """Move each frame by a rigid transform near identity (mm; radians) onto its own grid, as float32.

    About what a registration costs that knows the motion already.
    """
    import SimpleITK as sitk

    motion = sitk.Euler3DTransform()
    motion.SetTranslation(_SHIFT)
    motion.SetRotation(*_TURN)
    for frame in reported(list(series.voxels), on_progress):
        image = to_itk(np.ascontiguousarray(frame), series.ijk_to_ras)
        sitk.Resample(image, image, motion, sitk.sitkLinear, _AIR, sitk.sitkFloat32)
