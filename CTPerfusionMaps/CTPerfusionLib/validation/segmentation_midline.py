"""The true mid-sagittal plane of a head phantom, and how far a found one lies from it.

The individual deformation of a head bends its midline, by about 1 mm rms, so that two planes can be called
true: the one through the midline, which divides left from right, and the one that mirrors every point onto
its counterpart in the other hemisphere, for which the whole brain counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..lesion import SymmetryPlane
from ..phantom import Phantom
from ..phantom.head_pose import HeadPose, random_pose

_STREAMS, _POSE_STREAM = 8, 5
"""How the seed of a head phantom is shared out, and the share that the pose of the head is drawn from."""

_FLUID = 3
"""Label from which on voxels lie in the brain: fluid, grey and white matter, vessels."""

_POINTS = 60000
"""Points of the brain that are enough for its midline; some hundred of them lie next to it."""

_EVERY = 15
"""Of these points, those that are enough for a mirror."""

_NEXT_TO_MIDLINE = 1.5
"""mm."""


@dataclass(frozen=True)
class PlaneError:
    """How far a plane lies from a true one.

    Attributes
    ----------
    angle : float
        Degrees between the normals.
    distance : float
        mm between the planes in the centre of the brain.
    """

    angle: float
    distance: float


def midline_plane(phantom: Phantom) -> SymmetryPlane:
    """Return the plane through the true midline of the brain, by total least squares.

    The midline are all points of the brain in the scan whose lateral coordinate in the template, of which
    the head was made, is zero.
    """
    points, pose = _brain_points(phantom), _pose(phantom.truth.seed)
    midline = points[np.abs(_lateral(points, pose)) < _NEXT_TO_MIDLINE]
    for _ in range(6):
        midline[:, 0] -= _lateral(midline, pose) / pose.linear[0, 0]
    centre = midline.mean(axis=0)
    _, _, axes = np.linalg.svd(midline - centre, full_matrices=False)
    return _plane(axes[2], centre)


def mirror_plane(phantom: Phantom) -> SymmetryPlane:
    """Return the plane whose mirror image of the brain comes closest to the brain's true counterparts.

    Every point p of the brain has a counterpart q in the other hemisphere, by the template. The plane with
    normal n and offset d minimises the squared distances of q from the mirror image of p, which is to
    minimise sum (n p - d)(n q - d): it runs through the mean c of all midpoints, and n is the eigenvector of
    the smallest eigenvalue of the mean of (p - c)(q - c)', made symmetric.
    """
    points, pose = _brain_points(phantom)[::_EVERY], _pose(phantom.truth.seed)
    template = pose.to_template(points.astype(np.float32)).astype(np.float64)
    counterparts = pose.to_scanner(template * [-1.0, 1.0, 1.0])
    centre = 0.5 * (points + counterparts).mean(axis=0)
    scatter = (points - centre).T @ (counterparts - centre)
    _, axes = np.linalg.eigh(scatter + scatter.T)
    return _plane(axes[:, 0], centre)


def plane_error(found: SymmetryPlane, true: SymmetryPlane, phantom: Phantom) -> PlaneError:
    """Compare a plane with a true one of a head phantom."""
    centre = _brain_points(phantom).mean(axis=0)
    cosine = float(found.normal @ true.normal)
    apart = (found.normal @ centre - found.offset) * np.sign(cosine) - (true.normal @ centre - true.offset)
    return PlaneError(float(np.degrees(np.arccos(min(abs(cosine), 1.0)))), abs(float(apart)))


def _plane(normal: NDArray[np.float64], point: NDArray[np.float64]) -> SymmetryPlane:
    """Return the plane through a point whose normal points to the right."""
    to_the_right = normal * np.sign(normal[0])
    return SymmetryPlane(to_the_right, float(to_the_right @ point))


def _pose(seed: int) -> HeadPose:
    """Return the pose of the head of a seed; its height, which is not drawn, does not matter here."""
    stream = np.random.SeedSequence(seed).spawn(_STREAMS)[_POSE_STREAM]
    return random_pose(0.0, np.random.default_rng(stream))


def _brain_points(phantom: Phantom) -> NDArray[np.float64]:
    """Return points of the brain in RAS mm, shape (N, 3)."""
    indices = np.argwhere(phantom.truth.labels >= _FLUID)[:, ::-1]
    indices = indices[:: max(len(indices) // _POINTS, 1)]
    matrix = phantom.series.ijk_to_ras
    return np.asarray(indices @ matrix[:3, :3].T + matrix[:3, 3])


def _lateral(points: NDArray[np.float64], pose: HeadPose) -> NDArray[np.float64]:
    """Return the lateral coordinate of points in the template, mm to the right."""
    return pose.to_template(points.astype(np.float32))[:, 0].astype(np.float64)
