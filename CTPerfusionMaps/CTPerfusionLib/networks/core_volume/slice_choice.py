"""Which two slices of a scan are looked at: basal ganglia and above, found on the head or named."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError, ProcessingError
from ...preprocessing import TissueMasks
from ...series import PerfusionSeries
from .axial_view import AxialView
from .ventricle_roof import Landmark, ventricle_roof

UPPER_LEVEL, LOWER_LEVEL = -4.0, -23.0
"""mm from the roof of the lateral ventricles. The upper level cuts their bodies and the corona radiata, the
lower one caudate head, lentiform nucleus, thalamus and insula (ASPECTS, Barber et al. 2000)."""


class SliceOrigin(StrEnum):
    """Who chose a pair of slices."""

    AUTOMATIC = "automatic"
    USER = "user"


@dataclass(frozen=True)
class SliceChoice:
    """The two slices that a core-volume network sees.

    Attributes
    ----------
    lower, upper : int
        Zero-based slices of the series at the level of the basal ganglia and at the supraganglionic level.
    lower_mm, upper_mm : float
        Their heights in mm above (negative: below) the roof of the lateral ventricles.
    landmark : Landmark
        What the height of the roof was told from.
    chosen : SliceOrigin
    """

    lower: int
    upper: int
    lower_mm: float
    upper_mm: float
    landmark: Landmark
    chosen: SliceOrigin

    @property
    def missed_mm(self) -> tuple[float, float]:
        """How far in mm the lower and the upper slice lie from the levels that are meant.

        Half the distance of slices is usual; more says that the scan does not cover a level.
        """
        return abs(self.lower_mm - LOWER_LEVEL), abs(self.upper_mm - UPPER_LEVEL)


def choose_slices(
    series: PerfusionSeries,
    masks: TissueMasks,
    *,
    lower: int | None = None,
    upper: int | None = None,
) -> SliceChoice:
    """Choose the slices at the level of the basal ganglia and at the supraganglionic level.

    Both are found by their distance from the roof of the lateral ventricles, see :func:`ventricle_roof`.
    Where the scan does not reach a level its nearest slice is taken, and `missed_mm` of the choice says so.

    Parameters
    ----------
    series : PerfusionSeries
    masks : TissueMasks
        Of the series.
    lower, upper : int, optional
        Zero-based slices of the user's choice; both or neither.

    Raises
    ------
    ProcessingError
        If the series has a single slice or one that is not axial, or shows brain in fewer than two slices.
    ArgumentError
        If the masks are of another grid, one slice is named and the other is not, a slice is none of the
        series, or `upper` does not lie above `lower`.
    """
    heights = slice_heights(series)
    require_masks(series, masks)
    roof = ventricle_roof(series, masks)
    above = heights - roof.height
    if lower is None and upper is None:
        chosen = SliceOrigin.AUTOMATIC
        first, second = _nearest(above, np.asarray(masks.brain.any(axis=(1, 2))))
    else:
        chosen = SliceOrigin.USER
        first, second = named_slices(heights, lower, upper)
    return SliceChoice(first, second, float(above[first]), float(above[second]), roof.landmark, chosen)


def require_masks(series: PerfusionSeries, masks: TissueMasks) -> None:
    """Raise an ArgumentError unless masks are on the grid of a series."""
    if masks.brain.shape != series.shape:
        raise ArgumentError(
            "masks",
            f"masks of shape {masks.brain.shape} do not match a series of {series.shape}",
            "give its own",
        )


def slice_heights(series: PerfusionSeries) -> NDArray[np.float64]:
    """Return the height of each slice of a scan in mm above its lowest one, shape (Z,).

    Raises
    ------
    ProcessingError
        If the series has a single slice or no axial ones.
    """
    if series.n_slices < 2:
        raise ProcessingError(
            "This study has a single slice, and the core-volume network looks at two",
            "load a study that covers the basal ganglia and the brain above them",
        )
    return AxialView.of(series).heights


def named_slices(heights: NDArray[np.float64], lower: int | None, upper: int | None) -> tuple[int, int]:
    """Return two slices of given heights (Z,) that were named, once they are known to be such.

    Raises
    ------
    ArgumentError
        If one is missing or none of the series, or `upper` does not lie above `lower`.
    """
    if lower is None or upper is None:
        missing = "lower" if lower is None else "upper"
        raise ArgumentError(missing, f"{missing} is missing", "name both slices or neither")
    for name, index in (("lower", lower), ("upper", upper)):
        if not 0 <= index < len(heights):
            raise ArgumentError(
                name, f"{name} is slice {index}", f"name a slice from 0 to {len(heights) - 1}"
            )
    if heights[upper] <= heights[lower]:
        raise ArgumentError(
            "upper",
            f"upper is slice {upper}, which does not lie above slice {lower}",
            "name two different slices, the one at the basal ganglia as the lower",
        )
    return lower, upper


def _nearest(above: NDArray[np.float64], shows_brain: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the two slices nearest to the levels, the upper one above the lower one."""
    usable = np.flatnonzero(shows_brain)
    if len(usable) < 2:
        raise ProcessingError(
            "Only one slice of this study shows brain, and the core-volume network looks at two",
            "load a study that covers the basal ganglia and the brain above them",
        )
    pairs = [(a, b) for a in usable for b in usable if above[b] > above[a]]
    errors = [abs(above[a] - LOWER_LEVEL) + abs(above[b] - UPPER_LEVEL) for a, b in pairs]
    first, second = pairs[int(np.argmin(errors))]
    return int(first), int(second)
