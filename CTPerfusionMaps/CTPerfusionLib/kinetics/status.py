"""What became of the fit of each voxel."""

from enum import IntEnum


class FitStatus(IntEnum):
    """Why a voxel has the values that it has; the most important reason counts.

    Attributes
    ----------
    OK
        Fitted; nothing to remark.
    POOR_FIT
        The model explains less than half of the curve's energy; the values are given all the same.
    AT_BOUND
        Delay or MTT ended at the limit of its range; the values are given all the same.
    NO_ENHANCEMENT
        No measurable enhancement (dead tissue): CBF = CBV = 0, timing NaN.
    NOT_FINITE
        The curve holds NaN or infinite values: all results NaN.
    TOO_NOISY
        No enhancement was found, but the curve is too noisy to tell: all results NaN. Only whole maps have
        it, since it takes the other voxels of the scan to judge.
    OUTSIDE
        Outside the analysed tissue: all results NaN.
    """

    OK = 0
    POOR_FIT = 1
    AT_BOUND = 2
    NO_ENHANCEMENT = 3
    NOT_FINITE = 4
    TOO_NOISY = 5
    OUTSIDE = 255


POOR_FIT_R_SQUARED = 0.5
"""Below this share of explained energy, 1 - SSE / sum(c^2), a fit is called poor."""

DETECTION_LIMIT = 3.0
"""Standard errors that an estimate must reach to count as measurable enhancement."""
