"""A grid as a radiologist sees axial slices: rows to posterior, columns to the left, slices up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ProcessingError
from ...series import PerfusionSeries, voxel_spacing

_LEFT, _POSTERIOR, _UP = (0, -1.0), (1, -1.0), (2, 1.0)
"""Axis of RAS and sign along which columns, rows and slices run."""

_LARGEST_TILT = 45.0
"""Degrees between the slices' normal and the body's axis; beyond, slices are coronal or sagittal."""


@dataclass(frozen=True, eq=False)
class AxialView:
    """How the axes of a grid have to be exchanged and turned round to be a radiologist's.

    Attributes
    ----------
    is_transposed : bool
        Whether rows run sideways.
    turns_rows, turns_columns : bool
        Whether rows, columns run the wrong way round after that.
    row_step, column_step : float
        mm between rows and between columns after that.
    heights : ndarray, shape (Z,)
        mm of each slice towards the head's top, along the slices' normal, from the lowest one.
    """

    is_transposed: bool
    turns_rows: bool
    turns_columns: bool
    row_step: float
    column_step: float
    heights: NDArray[np.float64]

    @classmethod
    def of(cls, series: PerfusionSeries) -> "AxialView":
        """Return the view of a series.

        Raises
        ------
        ProcessingError
            If its slices are not axial.
        """
        steps = np.asarray(series.ijk_to_ras, dtype=float)[:3, :3]
        column_step, row_step, slice_step = voxel_spacing(series.ijk_to_ras)
        directions = steps / (column_step, row_step, slice_step)
        if abs(directions[_UP[0], 2]) < np.cos(np.radians(_LARGEST_TILT)):
            raise ProcessingError(
                "The slices of this series are not axial", "reconstruct axial slices of the scan"
            )
        is_transposed = bool(abs(directions[0, 1]) > abs(directions[0, 0]))
        column, row = directions[:, 0], directions[:, 1]
        if is_transposed:
            column, row, column_step, row_step = row, column, row_step, column_step
        upwards = np.arange(series.n_slices) * slice_step * np.sign(directions[2, 2])
        return cls(
            is_transposed=is_transposed,
            turns_rows=bool(row[_POSTERIOR[0]] * _POSTERIOR[1] < 0.0),
            turns_columns=bool(column[_LEFT[0]] * _LEFT[1] < 0.0),
            row_step=row_step,
            column_step=column_step,
            heights=upwards - upwards.min(),
        )

    def turned(self, images: NDArray[Any]) -> NDArray[Any]:
        """Return images (..., Y, X) with rows to posterior and columns to the left, as a view."""
        seen = np.swapaxes(images, -1, -2) if self.is_transposed else images
        if self.turns_rows:
            seen = seen[..., ::-1, :]
        return seen[..., ::-1] if self.turns_columns else seen
