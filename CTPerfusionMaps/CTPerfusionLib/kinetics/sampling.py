"""When the curves were sampled: all at the same times, or those of each slice at their own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from .arterial_input import ArterialInput
from .curves import CurveSource

Times = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sampling:
    """The sampling times of N curves.

    Attributes
    ----------
    groups : tuple of (times, members)
        Times (T,) in seconds, increasing, and the ascending indices of the curves that were sampled then;
        every curve is in one group.
    """

    groups: tuple[tuple[Times, NDArray[np.intp]], ...]

    def arterial_input(self, aif: ArrayLike, aif_times: ArrayLike | None) -> ArterialInput:
        """Return the arterial input, sampled as the tissue is where it has no times of its own.

        Raises
        ------
        ArgumentError
            If it cannot be used, or has no times where those of the tissue differ.
        """
        if aif_times is None and len(self.groups) != 1:
            raise ArgumentError(
                "aif_times", "aif_times are missing", "give them where each curve has its own times"
            )
        return ArterialInput.from_samples(self.groups[0][0] if aif_times is None else aif_times, aif)


def as_sampling(times: "ArrayLike | Sampling", curves: CurveSource) -> Sampling:
    """Return the sampling of curves from times (T,), or (N, T) where each curve has its own.

    Raises
    ------
    ArgumentError
        If the shape does not match `curves`, a time is not finite or times do not increase.
    """
    if isinstance(times, Sampling):
        return times
    array = np.asarray(times, dtype=np.float64)
    if array.shape not in (curves.shape[1:], curves.shape):
        raise ArgumentError(
            "times",
            f"times of shape {array.shape} do not match curves of shape {curves.shape}",
            "give one time for each frame, or one row of times for each curve",
        )
    if not np.isfinite(array).all():
        raise ArgumentError("times", "times hold NaN or infinite values", "give seconds")
    if not np.all(np.diff(array, axis=-1) > 0):
        raise ArgumentError("times", "times do not increase strictly", "sort the frames by time")
    if array.ndim == 1:
        return Sampling(((array, np.arange(curves.shape[0])),))
    distinct, membership = np.unique(array, axis=0, return_inverse=True)
    return Sampling(
        tuple(
            (group_times, np.flatnonzero(membership.ravel() == group))
            for group, group_times in enumerate(distinct)
        )
    )
