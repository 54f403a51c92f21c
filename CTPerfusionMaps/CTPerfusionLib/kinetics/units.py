"""From the impulse response in 1/s to CBF and CBV in the units of the clinic."""

from ..errors import ArgumentError

KAPPA = 0.55 / 0.75
"""Ratio of plasma fractions, (1 - 0.45) / (1 - 0.25): haematocrit of large and of small vessels."""

RHO = 1.05
"""Density of brain tissue in g/mL."""


def cbf_scale(kappa: float, rho: float) -> float:
    """Return what turns the height of the impulse response (1/s) into CBF in mL/100 g/min."""
    _require_positive(kappa, rho)
    return 6000.0 * kappa / rho


def cbv_scale(kappa: float, rho: float) -> float:
    """Return what turns the area of the impulse response into CBV in mL/100 g."""
    _require_positive(kappa, rho)
    return 100.0 * kappa / rho


def _require_positive(kappa: float, rho: float) -> None:
    for name, value in (("kappa", kappa), ("rho", rho)):
        if not value > 0:
            raise ArgumentError(name, f"{name} is {value}", "give a number above 0")
