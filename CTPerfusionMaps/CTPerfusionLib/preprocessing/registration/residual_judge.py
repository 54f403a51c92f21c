"""How far a frame still is from the reference frame, wherever its position came from.

The judge has its own points, on images smoothed so that fractions of a pixel do not matter, and three
measures in mm: how far a fit with these points moves the head on (a wrong position), how far the parts of the
head then still are shifted against each other (movement between slices), and how far the edges are smeared
(movement within an exposure).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ...series import voxel_spacing
from .rigid_fit import (
    WINDOW,
    FloatArray,
    Matrix,
    edge_gradients,
    fit_level,
    sample_edges,
)

PIXEL_SIZE = 2.0
"""mm; pixel size of the images that are judged."""

SMOOTHING = 1.5
"""mm; SD of the Gaussian that makes them."""

MOST_POINTS = 20_000
"""Edge points."""

SECTORS = 16
"""Parts of each slice, by the angle around the middle of the head."""

FEWEST_POINTS = 20
"""Edge points that make a part worth judging."""

TISSUE_RADIUS = 0.75
"""Distance of tissue from the middle of the head over that of its edges, about."""

STIFFNESS = 0.1
"""Share of the mean information of the parts that holds each to the motion of the whole head."""

SMEAR_STIFFNESS = 0.02
"""The same for the smear, which is held to none."""

KEPT_SHARE = 0.9
"""Share of the parts that count; in the others vessels may have filled."""

SMALL_STEPS = (0.1, 0.02)
"""mm; steps at which the fit with coarse and with fine points ends."""


@dataclass(frozen=True)
class FrameResidual:
    """What is left of head motion in one frame.

    Attributes
    ----------
    position : float
        Mean distance of tissue from where the judge's own fit has it, mm.
    regional : float
        Mean shift of the parts of the head against the whole, mm.
    smear : float
        Mean square displacement across the edges in mm^2; negative where the reference is the smeared one.
    """

    position: float
    regional: float
    smear: float


class ResidualJudge:
    """Compares frames with one reference frame.

    Parameters
    ----------
    reference : ndarray, shape (Z, Y, X)
        HU.
    ijk_to_ras : ndarray, shape (4, 4)
    random : numpy.random.Generator
        For the choice of points.
    """

    def __init__(self, reference: NDArray[Any], ijk_to_ras: Matrix, random: np.random.Generator) -> None:
        from .kernels.registration import block_means

        factor = max(1, round(PIXEL_SIZE / min(voxel_spacing(ijk_to_ras)[:2])))
        self._coarse, self._fine = (
            sample_edges(reference, ijk_to_ras, size, step, MOST_POINTS, random)
            for size, step in zip((2 * factor, factor), SMALL_STEPS, strict=True)
        )
        self._steps = voxel_spacing(np.asarray(np.linalg.inv(self._fine.to_voxels)))
        image = self._smoothed(block_means(reference, factor, *WINDOW))
        at = np.rint(self._fine.to_voxels[:3] @ _homogeneous(self._fine.points)).astype(int)[::-1]
        self._values = image[tuple(at)]
        gradient_y = np.asarray(np.gradient(image, self._steps[1], axis=1))
        gradient_x = np.asarray(np.gradient(image, self._steps[0], axis=2))
        in_plane = np.stack([gradient_x[tuple(at)], gradient_y[tuple(at)]])
        self._changes = np.vstack(
            [edge_gradients(in_plane, self._fine), self._bending(image, gradient_x, gradient_y)[tuple(at)]]
        ).astype(np.float32)
        self._regions, sizes, self._tissue = _parts(self._fine.points, at[0])
        self._is_judged = sizes >= FEWEST_POINTS

    @property
    def is_able(self) -> bool:
        """Whether the reference has edges enough to judge by."""
        return bool(self._is_judged.any())

    def __call__(self, frame: NDArray[Any], motion: Matrix, *, from_afar: bool = False) -> FrameResidual:
        """Judge one frame.

        Parameters
        ----------
        frame : ndarray, shape (Z, Y, X)
            HU.
        motion : ndarray, shape (4, 4)
            Where the head is taken to be, as found by `fit_frame`.
        from_afar : bool
            Look for the head with coarse points first, since it may be many mm away.
        """
        from .kernels.registration import block_means

        image = block_means(frame, self._fine.factor, *WINDOW)
        refitted = motion
        if from_afar:
            refitted, _ = fit_level(block_means(image, 2, *WINDOW), self._coarse, refitted)
        refitted, _ = fit_level(image, self._fine, refitted)
        distances = np.linalg.norm(((refitted - motion) @ _homogeneous(self._tissue))[:3], axis=0)
        parameters = self._regional_fit(_spline_coefficients(self._smoothed(image)), refitted)
        shifts = np.sort(np.linalg.norm(parameters[:, :3], axis=1))
        kept = max(1, round(KEPT_SHARE * len(shifts)))
        return FrameResidual(
            position=float(distances[self._is_judged].mean()),
            regional=float(shifts[:kept].mean()),
            smear=2.0 * float(np.median(parameters[:, 3])),
        )

    def _regional_fit(self, image: FloatArray, motion: Matrix) -> Matrix:
        """Return shift (3, mm) and half the mean square displacement across the edge of each part."""
        from .kernels.residual_motion import regional_sums

        edges = self._fine
        to_voxels = (edges.to_voxels @ motion)[:3].astype(np.float32)
        sums = regional_sums(
            image, edges.points, edges.slopes, self._values, self._changes, self._regions,
            len(self._is_judged), to_voxels,
        )[self._is_judged]  # fmt: skip
        normal = sums[:, :, :4]
        information = np.einsum("rii->ri", normal).mean(axis=0)
        held = np.append(np.full(3, STIFFNESS * information[:3].mean()), SMEAR_STIFFNESS * information[3])
        normal = normal + np.diag(held + np.finfo(float).tiny)
        return np.asarray(np.linalg.solve(normal, sums[:, :, 4:])[..., 0])

    def _smoothed(self, image: FloatArray) -> FloatArray:
        sigma = (0.0, SMOOTHING / self._steps[1], SMOOTHING / self._steps[0])
        return np.asarray(ndimage.gaussian_filter(image, sigma, truncate=3.0))

    def _bending(self, image: FloatArray, gradient_x: FloatArray, gradient_y: FloatArray) -> FloatArray:
        """Return the second derivative of an image along its gradient, HU/mm^2."""
        curve_xx = ndimage.correlate1d(image, [1.0, -2.0, 1.0], axis=2) / self._steps[0] ** 2
        curve_yy = ndimage.correlate1d(image, [1.0, -2.0, 1.0], axis=1) / self._steps[1] ** 2
        curve_xy = np.gradient(gradient_x, self._steps[1], axis=1)
        along = gradient_x**2 * curve_xx + 2 * gradient_x * gradient_y * curve_xy + gradient_y**2 * curve_yy
        return np.asarray(along / (gradient_x**2 + gradient_y**2 + 1.0))


def _spline_coefficients(image: FloatArray) -> FloatArray:
    along_rows = ndimage.spline_filter1d(image, 3, axis=2, output=np.float32)
    return np.asarray(ndimage.spline_filter1d(along_rows, 3, axis=1, output=np.float32))


def _homogeneous(points: NDArray[Any]) -> Matrix:
    return np.vstack([points, np.ones(points.shape[1])])


def _parts(points: FloatArray, slices: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[Any], Matrix]:
    """Return the part of each point, the points in each part, and where its tissue is, (3, R) in mm."""
    if not points.size:
        return np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty((3, 0))
    middle = np.median(points, axis=1, keepdims=True)
    angles = np.arctan2(points[1] - middle[1], points[0] - middle[0])
    sectors = ((angles + np.pi) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    _, parts, sizes = np.unique(slices * SECTORS + sectors, return_inverse=True, return_counts=True)
    centres = np.stack([np.bincount(parts, along) / sizes for along in points])
    return parts, sizes, middle + (centres - middle) * [[TISSUE_RADIUS], [TISSUE_RADIUS], [1.0]]
