"""The motion of a scan as a table."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .registration import Registration

MOTION_COLUMNS = (
    "frame", "position", "time_s", "x_mm", "y_mm", "z_mm", "x_degrees", "y_degrees", "z_degrees",
    "residual_mm", "used", "reason",
)  # fmt: skip
"""RAS directions; frames and table positions count from 1."""


def motion_table(registration: Registration, times: NDArray[np.float64]) -> list[Mapping[str, Any]]:
    """Return one row per frame and table position with the columns `MOTION_COLUMNS`.

    Parameters
    ----------
    registration : Registration
    times : ndarray, shape (T,) or (T, Z)
        Seconds, of the series before registration.

    Returns
    -------
    list of mapping
        None where there is no value; `reason` is empty for used frames.
    """
    reasons = {rejection.frame: rejection.reason.code for rejection in registration.rejections}
    rows: list[Mapping[str, Any]] = []
    for frame, used in enumerate(registration.used):
        for position, slices in enumerate(registration.positions):
            time = times[frame] if times.ndim == 1 else times[frame, slices].mean()
            values = (
                frame + 1, position + 1, float(time),
                *(_known(value) for value in registration.position_motion[position, frame]),
                _known(registration.residual[frame]), bool(used), reasons.get(frame, ""),
            )  # fmt: skip
            rows.append(dict(zip(MOTION_COLUMNS, values, strict=True)))
    return rows


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
