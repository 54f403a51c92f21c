"""The landmark by which the two levels are found: the roof of the lateral ventricles.

It is seen in any scan that covers the territory of the middle cerebral artery, by fluid alone, and whatever
side is ill. The skull base and the vertex, which would do as well, lie outside of a slab of 40 mm.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ...preprocessing import TissueMasks
from ...series import PerfusionSeries
from .axial_view import AxialView

BESIDE_MIDLINE = (5.0, 30.0)
"""mm to both sides of the middle of the brain between which the lateral ventricles lie. Nearer is the fissure
between the hemispheres, farther out the Sylvian one."""

ALONG_MIDLINE = 45.0
"""mm in front of and behind the middle of the brain within which they lie."""

LEAST_FLUID = 1.0
"""cm^2 of fluid in that place that are a ventricle; sulci above the ventricles make up less."""

LEAST_SHARE = 0.25
"""Of the largest such area of all slices that are a ventricle: beside wide ventricles sulci are wide."""

ABOVE_LARGEST_SECTION = 25.0
"""mm from the largest section of the brain up to the roof, where the ventricles cannot be seen."""


class Landmark(StrEnum):
    """What the height of the ventricles' roof was told from."""

    ROOF = "roof of the lateral ventricles"
    """The roof itself."""

    TOP_OF_SCAN = "top of the scan, which ends in the lateral ventricles"
    """The roof lies somewhere above; it is taken to be at the top."""

    LARGEST_SECTION = "largest section of the brain, since no ventricles are seen"
    """The roof is taken to lie 25 mm above it."""


@dataclass(frozen=True)
class VentricleRoof:
    """Where the roof of the lateral ventricles lies.

    Attributes
    ----------
    height : float
        mm above the middle of the lowest slice of the scan, along the slices' normal.
    landmark : Landmark
    """

    height: float
    landmark: Landmark


def ventricle_roof(series: PerfusionSeries, masks: TissueMasks) -> VentricleRoof:
    """Find the roof of the lateral ventricles.

    From the top downwards, it is where the fluid beside the middle of the brain reaches a certain area,
    interpolated between slices.

    Parameters
    ----------
    series : PerfusionSeries
        Axial.
    masks : TissueMasks
        Of the series.

    Raises
    ------
    ProcessingError
        If the slices are not axial.
    """
    view = AxialView.of(series)
    order = np.argsort(-view.heights)  # from the top downwards
    order = order[masks.brain[order].any(axis=(1, 2))]
    heights = view.heights[order]
    if not len(order):
        return VentricleRoof(float(view.heights.max()), Landmark.LARGEST_SECTION)
    areas = np.array([_fluid_beside_midline(view, masks, index) for index in order])
    limit = max(LEAST_FLUID, LEAST_SHARE * float(areas.max()))
    # A single slice with fluid is no ventricle, unless it is the lowest.
    is_ventricle = (areas >= limit) & (np.append(areas[1:], areas[-1]) >= limit)
    if not is_ventricle.any():
        largest = heights[int(np.argmax(masks.brain[order].sum(axis=(1, 2))))]
        return VentricleRoof(float(largest) + ABOVE_LARGEST_SECTION, Landmark.LARGEST_SECTION)
    first = int(np.argmax(is_ventricle))
    if first == 0:
        return VentricleRoof(float(heights[0]), Landmark.TOP_OF_SCAN)
    share = (areas[first] - limit) / (areas[first] - areas[first - 1])
    return VentricleRoof(float(heights[first] + share * (heights[first - 1] - heights[first])), Landmark.ROOF)


def _fluid_beside_midline(view: AxialView, masks: TissueMasks, index: int) -> float:
    """Return the area in cm^2 of the fluid of a slice in the place of the lateral ventricles."""
    rows, columns = np.nonzero(view.turned(masks.brain[index]))
    fluid_rows, fluid_columns = np.nonzero(view.turned(masks.csf[index]))
    aside = _distances(fluid_columns, columns, view.column_step)
    along = _distances(fluid_rows, rows, view.row_step)
    nearest, farthest = BESIDE_MIDLINE
    inside = (aside > nearest) & (aside < farthest) & (along < ALONG_MIDLINE)
    return float(inside.sum()) * view.row_step * view.column_step / 100.0


def _distances(places: NDArray[np.intp], brain: NDArray[np.intp], step: float) -> NDArray[np.float64]:
    """Return how far in mm places are from the middle of the brain's extent along one axis."""
    middle = (float(brain.min()) + float(brain.max())) / 2.0
    return np.asarray(np.abs(places - middle) * step)
