"""The stack of slices that CT images form: positions along the normal, and the matrix of the grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series import RAS_TO_LPS, Finding, Severity
from .records import ImageRecord

_MAX_DIRECTION_DIFFERENCE = 5e-3
"""Difference in direction cosines (0.3 degrees) within which orientations are one."""

_MAX_SPACING_DIFFERENCE = 1e-3
"""mm between pixel spacings that are one."""

_SPACING_TOLERANCE = 0.25
"""Part of the slice spacing by which positions of one slice may differ, and slices may be off the grid."""

_DEFAULT_TOLERANCE = 0.1
"""mm by which positions of one slice may differ where the header states no slice thickness."""

_MAX_SHEAR = 0.5
"""mm by which a slice may be shifted within its plane against the first one, or against another frame."""

_MIN_PRESENCE = 0.5
"""Part of the frames in which a slice position must be present to count as a slice."""

_TILT_REMEDY = "have it reconstructed or resampled without gantry tilt and load that"


@dataclass(frozen=True, eq=False)
class SliceStack:
    """Slices, and which image shows which.

    Attributes
    ----------
    positions : ndarray, shape (Z,)
        mm along the normal (row direction x column direction), ascending.
    slice_of : ndarray of int, shape (N,)
        Slice index of each record, -1 for images at positions that are no slice of the stack.
    ijk_to_ras : ndarray, shape (4, 4)
    findings : tuple of Finding
    """

    positions: NDArray[np.float64]
    slice_of: NDArray[np.intp]
    ijk_to_ras: NDArray[np.float64]
    findings: tuple[Finding, ...]


def build_stack(records: Sequence[ImageRecord]) -> SliceStack:
    """Arrange images by slice.

    Parameters
    ----------
    records : sequence of ImageRecord
        With position, orientation and pixel spacing; without copies of the same image.

    Raises
    ------
    SeriesError
        If the images do not lie on one regular grid: mixed orientations, matrices or pixel sizes, a sheared
        stack (gantry tilt), a moving table position, uneven or missing slices.
    """
    orientation = _common_orientation(records)
    row_spacing, column_spacing = _common_spacing(records)
    normal = np.cross(orientation[0], orientation[1])
    places = np.array([record.position for record in records], dtype=np.float64)
    offsets = places @ normal
    slice_of, findings = _without_rare_slices(group_positions(offsets, _nominal_spacing(records)), offsets)
    n_slices = int(slice_of.max()) + 1
    origins = np.array([np.median(places[slice_of == index], axis=0) for index in range(n_slices)])
    positions = origins @ normal
    spacing = _slice_spacing(positions, records)
    _refuse_shear(origins, normal)
    _refuse_drift(places[slice_of >= 0] - origins[slice_of[slice_of >= 0]], normal)
    ijk_to_lps = np.eye(4)
    ijk_to_lps[:3, 0] = orientation[0] * column_spacing
    ijk_to_lps[:3, 1] = orientation[1] * row_spacing
    ijk_to_lps[:3, 2] = normal * spacing
    ijk_to_lps[:3, 3] = origins[0]
    return SliceStack(positions, slice_of, RAS_TO_LPS @ ijk_to_lps, findings)


def group_positions(offsets: NDArray[np.float64], nominal_spacing: float | None) -> NDArray[np.intp]:
    """Return which slice each offset along the normal belongs to, counted upwards from 0.

    Parameters
    ----------
    offsets : ndarray, shape (N,)
        mm.
    nominal_spacing : float or None
        mm; offsets closer than a quarter of it belong together.
    """
    tolerance = _SPACING_TOLERANCE * nominal_spacing if nominal_spacing else _DEFAULT_TOLERANCE
    order = np.argsort(offsets, kind="stable")
    steps = np.diff(np.round(offsets[order], 2)) > tolerance
    groups = np.empty(len(offsets), dtype=np.intp)
    groups[order] = np.concatenate([[0], np.cumsum(steps)])
    return groups


def slice_offsets(records: Sequence[ImageRecord]) -> NDArray[np.float64]:
    """Return the positions of images along the normal of the first one in mm, shape (N,)."""
    directions = np.array(records[0].orientation, dtype=np.float64).reshape(2, 3)
    places = np.array([record.position for record in records], dtype=np.float64)
    return np.asarray(places @ np.cross(directions[0], directions[1]))


def slices_of(records: Sequence[ImageRecord]) -> NDArray[np.intp]:
    """Return which slice each image shows, shape (N,), before anything is checked."""
    return group_positions(slice_offsets(records), _nominal_spacing(records))


def _nominal_spacing(records: Sequence[ImageRecord]) -> float | None:
    stated = (
        value for record in records for value in (record.slice_thickness, record.slice_spacing) if value
    )
    return min((abs(value) for value in stated), default=None)


def _common_orientation(records: Sequence[ImageRecord]) -> NDArray[np.float64]:
    """Return the direction of a row and of a column as unit vectors, shape (2, 3), LPS."""
    orientations = np.array([record.orientation for record in records], dtype=np.float64).reshape(-1, 2, 3)
    typical = np.median(orientations, axis=0)
    deviations = np.abs(orientations - typical).max(axis=(1, 2))
    if deviations.max() > _MAX_DIRECTION_DIFFERENCE:
        n_others = int(np.count_nonzero(deviations > _MAX_DIRECTION_DIFFERENCE))
        raise SeriesError(
            f"The perfusion series mixes image orientations: {n_others} of {len(records)} images differ "
            "from the others",
            "give a folder in which all perfusion images have one orientation",
        )
    row = typical[0] / np.linalg.norm(typical[0])
    column = typical[1] - row * (typical[1] @ row)
    return np.stack([row, column / np.linalg.norm(column)])


def _common_spacing(records: Sequence[ImageRecord]) -> NDArray[np.float64]:
    """Return the distance between rows, then between columns, in mm, shape (2,)."""
    matrices = {(record.rows, record.columns) for record in records}
    spacings = np.array([record.pixel_spacing for record in records], dtype=np.float64)
    if len(matrices) > 1 or np.ptp(spacings, axis=0).max() > _MAX_SPACING_DIFFERENCE:
        raise SeriesError(
            "The perfusion series mixes images of different matrix or pixel size",
            "give a folder that holds one reconstruction of the scan",
        )
    if spacings.min() <= 0:
        raise SeriesError("The pixel spacing of the images is not positive", "export the study again")
    return np.asarray(np.median(spacings, axis=0))


def _without_rare_slices(
    groups: NDArray[np.intp], offsets: NDArray[np.float64]
) -> tuple[NDArray[np.intp], tuple[Finding, ...]]:
    """Leave out positions that few frames have, and number the others upwards from 0."""
    counts = np.bincount(groups)
    rare = np.flatnonzero(counts < _MIN_PRESENCE * counts.max())
    if not rare.size:
        return groups, ()
    renumbered = np.cumsum(~np.isin(np.arange(len(counts)), rare)) - 1
    places = ", ".join(f"{np.median(offsets[groups == index]):.1f} mm" for index in rare)
    n_images = int(counts[rare].sum())
    finding = Finding(
        "extra_slices",
        Severity.WARNING,
        f"{n_images} images at slice positions that fewer than half of the frames have were left out "
        f"({places}).",
        "Check that the slices that matter are covered.",
        value=float(n_images),
    )
    return np.where(np.isin(groups, rare), -1, renumbered[groups]), (finding,)


def _slice_spacing(positions: NDArray[np.float64], records: Sequence[ImageRecord]) -> float:
    if len(positions) == 1:
        nominal = _nominal_spacing(records)
        if nominal is None:
            raise SeriesError(
                "The thickness of the only slice is unknown",
                "export the study again with its slice thickness",
            )
        return nominal
    steps = np.diff(positions)
    typical = float(np.quantile(steps, 0.25, method="lower"))
    counts = np.rint(steps / typical)
    is_whole = np.abs(steps - counts * typical) <= _SPACING_TOLERANCE * typical
    if np.any(counts > 1) and np.all(is_whole):
        gap = int(np.argmax(counts > 1))
        raise SeriesError(
            f"The slice at {positions[gap] + typical:.1f} mm is missing in all frames",
            "export the study again with all of its slices",
        )
    grid = np.linspace(positions[0], positions[-1], len(positions))
    if not np.all(is_whole) or np.abs(positions - grid).max() > _SPACING_TOLERANCE * typical:
        raise SeriesError(
            f"The slices are unevenly spaced ({steps.min():.1f} to {steps.max():.1f} mm)",
            "give a folder that holds one reconstruction with even slice spacing",
        )
    return float((positions[-1] - positions[0]) / (len(positions) - 1))


def _refuse_shear(origins: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
    way = origins[-1] - origins[0]
    along = float(way @ normal)
    across = float(np.linalg.norm(way - along * normal))
    if across > _MAX_SHEAR:
        angle = np.degrees(np.arctan2(across, along))
        raise SeriesError(
            f"The stack of slices is sheared by {angle:.1f} degrees, as a tilted gantry leaves it",
            _TILT_REMEDY,
        )


def _refuse_drift(displacements: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
    within_plane = displacements - np.outer(displacements @ normal, normal)
    drift = float(np.linalg.norm(within_plane, axis=1).max())
    if drift > _MAX_SHEAR:
        raise SeriesError(
            f"The image position moves by {drift:.1f} mm between frames",
            "give a folder in which all frames were reconstructed at the same place",
        )
