"""The deconvolutions by name: the one place where one is added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .deconvolution_operators import (
    CirculantOperator,
    ToeplitzOperator,
    circulant_operator,
    tikhonov_operator,
    truncated_toeplitz_operator,
)

Operator = CirculantOperator | ToeplitzOperator
Prepare = Callable[[NDArray[np.float64], float, Mapping[str, float]], Operator]
"""Called with the arterial input on the grid in HU, the interval in s and the values of all options."""

OSCILLATION_THRESHOLDS = np.concatenate([[0.02, 0.03, 0.04], np.arange(1, 20) * 0.05])
"""Truncations among which the oscillation index chooses, shares of the greatest singular value."""

# The defaults were chosen by the correlation of flow, on two simulated inputs with boxes, lines and
# exponentials of 3.5 to 24 s, 2 and 4 mL/100 g and noise of 1, 2 and 5 HU, sampled every 0.5, 1 and 2 s.

_THRESHOLD = 0.15
"""A threshold of 0.10 raises the correlation by 0.01 at 1 HU and lowers it by 0.03 to 0.13 at 5 HU."""

_OSCILLATION_LIMIT = 0.035
"""The best of 0.02, 0.035, 0.05, 0.07 and 0.095 at 1 and 2 HU and every interval."""

_WEAKEST, _STRONGEST = 0.10, 0.60
"""Free to go down to 0.05, cross-validation lowers the correlation by up to 0.04 at 1 HU and 0.15 at 5 HU."""

N_STRENGTHS = 24
"""Strengths of regularisation, evenly spaced in their logarithm, among which cross-validation chooses."""

EARLIEST_RESPONSE = 5.0
"""Seconds before the arterial input at which a response may begin in Tikhonov's deconvolution."""


@dataclass(frozen=True)
class Option:
    """A number that a method takes.

    Attributes
    ----------
    default, lower, upper : float
        The value must lie between the bounds, which are no values themselves.
    meaning : str
    tried : tuple of float
        Values among which a calibration chooses.
    """

    default: float
    lower: float
    upper: float
    meaning: str
    tried: tuple[float, ...]


@dataclass(frozen=True)
class DeconvolutionMethod:
    """A way to undo the convolution with the arterial input.

    Attributes
    ----------
    name : str
    title : str
        What a reader is shown.
    is_delay_sensitive : bool
        Whether flow and MTT change when the tissue curve comes later.
    options : mapping of str to Option
    prepare : callable
        See :data:`Prepare`.
    """

    name: str
    title: str
    is_delay_sensitive: bool
    options: Mapping[str, Option]
    prepare: Prepare

    def values_of(self, options: Mapping[str, float]) -> dict[str, float]:
        """Return the values of all options.

        Raises
        ------
        ArgumentError
            If there is no such option, or its value is out of range.
        """
        for name, value in options.items():
            if name not in self.options:
                known = ", ".join(self.options)
                raise ArgumentError(name, f"{name} is no option of {self.name}", f"choose one of: {known}")
            option = self.options[name]
            if not option.lower < value < option.upper:
                raise ArgumentError(
                    name,
                    f"{name} is {value}",
                    f"give the {option.meaning}, between {option.lower:g} and {option.upper:g}",
                )
        return {name: option.default for name, option in self.options.items()} | dict(options)


_THRESHOLDS = (0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4)

_SHARE = "share of the greatest singular value below which singular values are left out"


def _prepare_standard(aif: NDArray[np.float64], interval: float, options: Mapping[str, float]) -> Operator:
    return truncated_toeplitz_operator(aif, interval, options["threshold"])


def _prepare_circulant(aif: NDArray[np.float64], interval: float, options: Mapping[str, float]) -> Operator:
    return circulant_operator(aif, interval, np.array([options["threshold"]]))


def _prepare_oscillation(aif: NDArray[np.float64], interval: float, options: Mapping[str, float]) -> Operator:
    return circulant_operator(aif, interval, OSCILLATION_THRESHOLDS, options["oscillation_limit"])


def _prepare_cross_validated(
    aif: NDArray[np.float64], interval: float, options: Mapping[str, float]
) -> Operator:
    weakest, strongest = options["weakest"], options["strongest"]
    if not weakest < strongest:
        raise ArgumentError(
            "strongest", f"strongest, {strongest}, is not above weakest, {weakest}", "raise it"
        )
    return tikhonov_operator(aif, interval, EARLIEST_RESPONSE, np.geomspace(weakest, strongest, N_STRENGTHS))


def _prepare_fixed(aif: NDArray[np.float64], interval: float, options: Mapping[str, float]) -> Operator:
    return tikhonov_operator(aif, interval, EARLIEST_RESPONSE, np.array([options["strength"]]))


DECONVOLUTIONS: Mapping[str, DeconvolutionMethod] = MappingProxyType(
    {
        method.name: method
        for method in (
            DeconvolutionMethod(
                name="bsvd",
                title="Block-circulant singular value decomposition",
                is_delay_sensitive=False,
                options={"threshold": Option(_THRESHOLD, 0.0, 1.0, _SHARE, _THRESHOLDS)},
                prepare=_prepare_circulant,
            ),
            DeconvolutionMethod(
                name="osvd",
                title="Block-circulant singular value decomposition, truncated by the oscillation index",
                is_delay_sensitive=False,
                options={
                    "oscillation_limit": Option(
                        _OSCILLATION_LIMIT,
                        0.0,
                        np.inf,
                        "mean curvature of the response over its height in 1/s^2",
                        (0.01, 0.015, 0.025, 0.035, 0.05, 0.07, 0.095),
                    )
                },
                prepare=_prepare_oscillation,
            ),
            DeconvolutionMethod(
                name="ssvd",
                title="Standard singular value decomposition, sensitive to delay",
                is_delay_sensitive=True,
                options={"threshold": Option(0.2, 0.0, 1.0, _SHARE, _THRESHOLDS)},
                prepare=_prepare_standard,
            ),
            DeconvolutionMethod(
                name="tikhonov",
                title="Tikhonov regularisation by generalised cross-validation",
                is_delay_sensitive=False,
                options={
                    "weakest": Option(
                        _WEAKEST,
                        0.0,
                        10.0,
                        "least lambda over the greatest singular value",
                        (0.05, 0.1, 0.15, 0.2),
                    ),
                    "strongest": Option(
                        _STRONGEST,
                        0.0,
                        10.0,
                        "greatest lambda over the greatest singular value",
                        (0.3, 0.6),
                    ),
                },
                prepare=_prepare_cross_validated,
            ),
            DeconvolutionMethod(
                name="tikhonov-fixed",
                title="Tikhonov regularisation of fixed strength",
                is_delay_sensitive=False,
                options={
                    "strength": Option(
                        0.15,
                        0.0,
                        10.0,
                        "lambda over the greatest singular value",
                        (0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
                    )
                },
                prepare=_prepare_fixed,
            ),
        )
    }
)
"""Methods by name, the default one first."""
