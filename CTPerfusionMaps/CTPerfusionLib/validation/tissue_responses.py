"""Impulse responses of tissue with known truth, convolved with an arterial bolus off any sampling grid.

Three have closed forms and are those of the tile phantom. The others are shapes that no survival function of
gamma-distributed transit times equals, so that a method built on that family cannot be favoured by them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import scipy
from numpy.typing import NDArray

from ..phantom.gamma_variate import GammaVariate
from ..phantom.tiles import RESIDUES

Array = NDArray[np.float64]

Convolution = Callable[[GammaVariate, Array, Array], Array]
"""Called with a bolus, times (..., 1) and mean transit times (M,), seconds; returns HU s, shape (..., M)."""

Integral = Callable[[Array, float], Array]
"""Called with elapsed seconds and the mean transit time; returns the integral of the response, seconds."""

STEP = 0.01
"""Seconds; grid of the numeric convolutions, which are off by less than 1e-6 of the greatest value."""

DISPERSION = 1.5
"""Seconds; mean of the exponential vascular transport function of the dispersed responses."""

_FERMI_STEEPNESS = 3.0
"""Time of the inflexion over its width; dimensionless. The fall takes about as long as the plateau."""

_FAST_SHARE, _FAST, _SLOW = 0.75, 0.6, 2.2
"""Share of the flow through the fast compartment, and both time constants over the mean transit time."""


@dataclass(frozen=True)
class TissueResponse:
    """How tissue answers an instantaneous arterial bolus.

    Attributes
    ----------
    name, title : str
    dispersion : float
        Seconds by which blood arrives later on average than the tile's delay says.
    convolve : callable
        Convolution of a bolus with the response; see :data:`Convolution`.
    """

    name: str
    title: str
    dispersion: float
    convolve: Convolution


def numeric_convolution(integral: Integral) -> Convolution:
    """Return the convolution with a response that is given by its integral.

    The bolus, known at every time, is taken at the middle of steps of :data:`STEP` and weighed with the exact
    integral of the response over the step (midpoint rule); a cubic spline leads from there to the times asked
    for.
    """

    def convolve(bolus: GammaVariate, times: Array, mtts: Array) -> Array:
        n_edges = int(np.ceil(max(float(times.max()), 0.0) / STEP)) + 3
        edges: Array = np.arange(n_edges, dtype=np.float64) * np.float64(STEP)
        inflow = bolus.value(edges[:-1] + np.float64(0.5 * STEP))
        by_transit_time = [
            _on_times(
                edges, scipy.signal.fftconvolve(inflow, np.diff(integral(edges, float(mtt)))), times[..., 0]
            )
            for mtt in mtts
        ]
        return np.stack(by_transit_time, axis=-1)

    return convolve


def _on_times(edges: Array, convolved: Array, times: Array) -> Array:
    """Return a convolution, known at `edges` from the second on and 0 up to the first, at `times`."""
    at_edges = np.concatenate([[0.0], convolved[: len(edges) - 1]])
    return np.asarray(
        np.where(times > 0.0, scipy.interpolate.CubicSpline(edges, at_edges)(np.maximum(times, 0.0)), 0.0)
    )


def fermi_integral(elapsed: Array, mtt: float) -> Array:
    """Integrate R(t) = (1 + exp(-s)) / (1 + exp(t/w - s)) of steepness s, w set by its area, the MTT."""
    start = 1.0 + np.exp(-_FERMI_STEEPNESS)
    width = mtt / (start * np.log1p(np.exp(_FERMI_STEEPNESS)))
    fall = np.logaddexp(0.0, elapsed / width - _FERMI_STEEPNESS) - np.log(start)
    return np.asarray(start * (elapsed - width * fall))


def two_compartment_integral(elapsed: Array, mtt: float) -> Array:
    """Integrate R(t) = 0.75 exp(-t / 0.6 MTT) + 0.25 exp(-t / 2.2 MTT)."""
    compartments = ((_FAST_SHARE, _FAST * mtt), (1.0 - _FAST_SHARE, _SLOW * mtt))
    return np.asarray(sum(-share * decay * np.expm1(-elapsed / decay) for share, decay in compartments))


def dispersed_box_integral(elapsed: Array, mtt: float) -> Array:
    """Integrate the box after an exponential vascular transport function of mean :data:`DISPERSION`."""

    def ramp(time: Array) -> Array:
        """Integral of the dispersed step that begins at 0."""
        since = np.maximum(time, 0.0)
        return np.asarray(since + DISPERSION * np.expm1(-since / DISPERSION))

    return ramp(elapsed) - ramp(elapsed - mtt)


def dispersed_exponential_integral(elapsed: Array, mtt: float) -> Array:
    """Integrate exp(-t/MTT) after the same transport function; the MTT must differ from its mean."""
    tissue = mtt * np.expm1(-elapsed / mtt)
    transport = DISPERSION * np.expm1(-elapsed / DISPERSION)
    return np.asarray(-mtt * (tissue - transport) / (mtt - DISPERSION))


TISSUE_RESPONSES: Mapping[str, TissueResponse] = MappingProxyType(
    {
        response.name: response
        for response in (
            *(TissueResponse(name, name, 0.0, convolve) for name, convolve in RESIDUES.items()),
            TissueResponse("fermi", "Fermi function", 0.0, numeric_convolution(fermi_integral)),
            TissueResponse(
                "two-compartment",
                "fast and slow exponential",
                0.0,
                numeric_convolution(two_compartment_integral),
            ),
            TissueResponse(
                "dispersed-box",
                "box after arterial dispersion",
                DISPERSION,
                numeric_convolution(dispersed_box_integral),
            ),
            TissueResponse(
                "dispersed-exponential",
                "exponential after arterial dispersion",
                DISPERSION,
                numeric_convolution(dispersed_exponential_integral),
            ),
        )
    }
)
"""All responses by name. Each has R(0) = 1 before dispersion, and an area of one mean transit time."""

FAMILY_RESPONSES = tuple(RESIDUES)
"""Names of those of the tile phantom: the exponential and the box are survival functions of gamma-distributed
transit times, and one of shape 3 comes close to the linear one."""

FOREIGN_RESPONSES = tuple(name for name in TISSUE_RESPONSES if name not in RESIDUES)
"""Names of those that no survival function of gamma-distributed transit times equals."""
