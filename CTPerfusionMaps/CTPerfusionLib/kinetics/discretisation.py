"""How a sampled arterial input becomes an integral, and what is done to the tissue curves beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .arterial_input import ArterialInput

FloatArray = NDArray[np.float64]
Curves = NDArray[np.floating[Any]]

_EQUAL_INTERVALS = 1e-3
"""Share of the interval by which intervals may differ and still be called equal."""


class ArterialIntegral(Protocol):
    """The integral of an arterial input function up to any time."""

    def integral(self, times: FloatArray) -> FloatArray:
        """Return the integral up to `times` (any shape) in HU s."""


@dataclass(frozen=True, eq=False)
class CumulativeSum:
    """The integral as running sum of smoothed samples at equal intervals.

    The sum up to a sample is the integral to half an interval after it. It is read by straight lines, is 0
    before the record and goes on with the last value after it.

    Attributes
    ----------
    first : float
        Time of the first sample in seconds.
    interval : float
        Seconds.
    sums : ndarray, shape (T,)
        HU s.
    """

    first: float
    interval: float
    sums: FloatArray

    @classmethod
    def from_input(cls, arterial: ArterialInput) -> "CumulativeSum":
        """Smooth and sum the samples of an arterial input function.

        Raises
        ------
        ArgumentError
            If its intervals differ.
        """
        interval = _equal_interval(arterial.times, "aif_times")
        sums = interval * np.cumsum(smoothed(arterial.enhancement[None])[0])
        return cls(float(arterial.times[0]), interval, sums)

    def integral(self, times: FloatArray) -> FloatArray:
        """Return the integral up to `times` (any shape) in HU s."""
        position = (times - self.first) / self.interval - 0.5
        last = len(self.sums) - 1
        within = np.interp(position, np.arange(last + 1), self.sums, left=0.0)
        return np.asarray(within + np.maximum(position - last, 0.0) * (self.sums[-1] - self.sums[-2]))


@dataclass(frozen=True)
class Discretisation:
    """A way to bring the box model to sampled curves.

    Attributes
    ----------
    name : str
        What `fit_box_model` calls it.
    title : str
        What a reader is shown.
    integrate : callable
        Makes the integral of an arterial input function.
    prepare : callable
        Changes tissue curves (n, T) sampled at times (T,) before they are fitted.
    """

    name: str
    title: str
    integrate: Callable[[ArterialInput], ArterialIntegral]
    prepare: Callable[[Curves, FloatArray], Curves]


def smoothed(curves: Curves) -> Curves:
    """Return curves (n, T) convolved with [1/4, 1/2, 1/4], their ends repeated."""
    padded = np.pad(curves, ((0, 0), (1, 1)), mode="edge")
    return np.asarray(0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:], curves.dtype)


def _unchanged(curves: Curves, times: FloatArray) -> Curves:  # noqa: ARG001
    return curves


def _smoothed_at_equal_intervals(curves: Curves, times: FloatArray) -> Curves:
    _equal_interval(times, "times")
    return smoothed(curves)


def _equal_interval(times: FloatArray, argument: str) -> float:
    intervals = np.diff(times)
    interval = float(np.mean(intervals))
    if np.ptp(intervals) > _EQUAL_INTERVALS * interval:
        raise ArgumentError(
            argument,
            f"{argument} have intervals between {intervals.min():.3g} and {intervals.max():.3g} s, which the "
            "published discretisation does not allow",
            "use the discretisation 'spline'",
        )
    return interval


DISCRETISATIONS: Mapping[str, Discretisation] = MappingProxyType(
    {
        discretisation.name: discretisation
        for discretisation in (
            Discretisation(
                "spline",
                "quintic spline through the arterial input, integrated exactly; tissue as it is",
                lambda arterial: arterial,
                _unchanged,
            ),
            Discretisation(
                "published",
                "Bennink et al. 2016: both smoothed by [1/4, 1/2, 1/4], running sum, straight lines",
                CumulativeSum.from_input,
                _smoothed_at_equal_intervals,
            ),
        )
    }
)
"""By name, the default one first."""
