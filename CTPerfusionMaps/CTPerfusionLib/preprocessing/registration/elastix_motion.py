"""Motion of all frames by elastix, as Gava et al. used it, for comparison; itk-elastix is an extra."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigurationError
from ...progress import ProgressCallback, reported
from ...series import RAS_TO_LPS, grid_centre, voxel_spacing
from .motion_estimate import Matrix, MotionEstimate
from .simpleitk_motion import WINDOW, centred_matrix

PARAMETER_MAP: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Registration": ("MultiResolutionRegistration",),
        "Transform": ("EulerTransform",),
        "Metric": ("AdvancedMeanSquares",),
        "Optimizer": ("AdaptiveStochasticGradientDescent",),
        "MaximumNumberOfIterations": ("300", "300"),
        "ImageSampler": ("RandomCoordinate",),
        "NewSamplesEveryIteration": ("true",),
        "NumberOfSpatialSamples": ("2000", "8000"),
        "NumberOfResolutions": ("2",),
        "FixedImagePyramid": ("FixedSmoothingImagePyramid",),
        "MovingImagePyramid": ("MovingSmoothingImagePyramid",),
        "ImagePyramidSchedule": ("8", "8", "1", "1", "1", "1"),
        "AutomaticScalesEstimation": ("true",),
        "AutomaticTransformInitialization": ("false",),
        "HowToCombineTransforms": ("Compose",),
        "Interpolator": ("LinearInterpolator",),
        "ResampleInterpolator": ("FinalLinearInterpolator",),
        "Resampler": ("DefaultResampler",),
        "DefaultPixelValue": ("-1000",),
        "FixedInternalImagePixelType": ("float",),
        "MovingInternalImagePixelType": ("float",),
        "WriteResultImage": ("false",),
    }
)
"""Two levels with 2000 and 8000 samples and 300 iterations each (Gava et al., Front. Neuroinform. 2023)."""


def estimate_by_elastix(
    frames: NDArray[Any],
    ijk_to_ras: Matrix,
    *,
    reference: int,
    usable: NDArray[np.bool_],
    seed: int,
    on_progress: ProgressCallback,
) -> MotionEstimate:
    """Minimise the mean square difference by stochastic gradient descent, one frame after the other.

    The parameters are those of :class:`MotionEstimator`. Where elastix gives up, there is no position.

    Raises
    ------
    ConfigurationError
        If itk-elastix is not installed.
    """
    itk = _elastix()
    shape = frames.shape[1:]
    centre = grid_centre(ijk_to_ras, (shape[0], shape[1], shape[2]))
    fixed = _prepared(itk, frames[reference], ijk_to_ras)
    parameters = _parameter_object(itk, seed)
    matrices = np.tile(np.eye(4), (len(frames), 1, 1))
    found = np.zeros(len(frames), dtype=bool)
    found[reference] = True
    others = [int(frame) for frame in np.flatnonzero(usable) if frame != reference]
    for frame in reported(others, on_progress):
        moving = _prepared(itk, frames[frame], ijk_to_ras)
        try:
            _, result = itk.elastix_registration_method(
                fixed, moving, parameter_object=parameters, log_to_console=False
            )
        except RuntimeError:
            continue
        matrices[frame], found[frame] = _matrix(result, centre), True
    return MotionEstimate(matrices, found)


def _elastix() -> Any:
    try:
        import itk

        itk.ElastixRegistrationMethod  # noqa: B018 - itk loads its modules when they are asked for
    except (ImportError, AttributeError):
        raise ConfigurationError(
            "Registration by elastix needs the package itk-elastix",
            "run pip install 'ctperfusion[elastix]' or choose another registration method",
        ) from None
    return itk


def _prepared(itk: Any, frame: NDArray[Any], ijk_to_ras: Matrix) -> Any:
    image = itk.image_from_array(np.ascontiguousarray(np.clip(frame, *WINDOW), dtype=np.float32))
    to_lps = RAS_TO_LPS @ ijk_to_ras
    spacing = voxel_spacing(ijk_to_ras)
    image.SetSpacing(list(spacing))
    image.SetOrigin(to_lps[:3, 3].tolist())
    image.SetDirection(np.ascontiguousarray(to_lps[:3, :3] / np.array(spacing)))
    return image


def _parameter_object(itk: Any, seed: int) -> Any:
    parameters = itk.ParameterObject.New()
    parameters.AddParameterMap({**PARAMETER_MAP, "RandomSeed": (str(seed + 1),)})
    return parameters


def _matrix(result: Any, centre: NDArray[np.float64]) -> Matrix:
    import SimpleITK as sitk

    found = result.GetParameterMap(0)
    transform = sitk.Euler3DTransform()
    transform.SetCenter([float(value) for value in found["CenterOfRotationPoint"]])
    transform.SetParameters([float(value) for value in found["TransformParameters"]])
    return centred_matrix(transform, centre)
