"""The arterial input function as a smooth function of continuous time, with its exact integral."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError

FloatArray = NDArray[np.floating[Any]]

_DEGREE = 5


@dataclass(frozen=True, eq=False)
class ArterialInput:
    """The quintic spline through the samples of an arterial input function.

    It is 0 before its record and keeps its last value after it. A bolus is smooth; straight lines between
    its samples would cut its crest. Sampled every 1.5 s they raise CBF of the box model by 8 % on average
    and by up to 32 % where MTT is short; a cubic spline stays within 0.2 % and 5 %. Sampled every 2 s, the
    noise-free tile phantom has a correlation of delay with the truth of 0.9966 by a monotone, 0.9989 by a
    cubic and 0.9994 by a quintic spline.

    Attributes
    ----------
    times : ndarray of float64, shape (T_a,)
        Seconds, strictly increasing.
    enhancement : ndarray of float64, shape (T_a,)
        HU above baseline.
    """

    times: NDArray[np.float64]
    enhancement: NDArray[np.float64]
    _spline: "scipy.interpolate.BSpline"
    _antiderivative: "scipy.interpolate.BSpline"

    @classmethod
    def from_samples(cls, times: ArrayLike, enhancement: ArrayLike) -> "ArterialInput":
        """Check the samples and return the function through them.

        Raises
        ------
        ArgumentError
            If the shapes differ, a value is not finite, times do not increase or nothing enhances.
        """
        knots = np.asarray(times, dtype=np.float64)
        values = np.asarray(enhancement, dtype=np.float64)
        if knots.ndim != 1 or knots.shape != values.shape or len(knots) < 2:
            raise ArgumentError(
                "aif",
                f"aif of shape {values.shape} does not match its times of shape {knots.shape}",
                "give one value for each time, in aif_times where the tissue has other times",
            )
        if not np.isfinite(values).all():
            raise ArgumentError("aif", "aif holds NaN or infinite values", "give HU above baseline")
        if not np.isfinite(knots).all():
            raise ArgumentError("aif_times", "aif_times hold NaN or infinite values", "give seconds")
        if not np.all(np.diff(knots) > 0):
            raise ArgumentError("aif_times", "aif_times do not increase strictly", "sort the samples by time")
        if values.max() <= 0:
            raise ArgumentError("aif", "aif does not enhance", "choose an artery")
        spline = scipy.interpolate.make_interp_spline(knots, values, k=min(_DEGREE, len(knots) - 1))
        return cls(knots, values, spline, spline.antiderivative())

    def value(self, times: FloatArray) -> NDArray[np.float64]:
        """Return the enhancement in HU at `times` (any shape)."""
        within = self._spline(np.clip(times, self.times[0], self.times[-1]))
        return np.where(times < self.times[0], 0.0, within)

    def integral(self, times: FloatArray) -> NDArray[np.float64]:
        """Return the integral up to `times` (any shape) in HU s."""
        within = self._antiderivative(np.clip(times, self.times[0], self.times[-1]))
        beyond = np.maximum(times - self.times[-1], 0.0) * self.enhancement[-1]
        return np.asarray(within + beyond, dtype=np.float64)
