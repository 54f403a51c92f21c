"""The registration methods by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...errors import ConfigurationError
from .elastix_motion import estimate_by_elastix
from .gauss_newton import estimate_by_gauss_newton
from .motion_estimate import MotionEstimator
from .simpleitk_motion import estimate_by_simpleitk


@dataclass(frozen=True)
class RegistrationMethod:
    """One way to estimate head motion.

    Attributes
    ----------
    name : str
        What the configuration calls it.
    title : str
    estimate : MotionEstimator
    """

    name: str
    title: str
    estimate: MotionEstimator


DEFAULT_REGISTRATION_METHOD = "gauss-newton"

REGISTRATION_METHODS: Mapping[str, RegistrationMethod] = MappingProxyType(
    {
        method.name: method
        for method in (
            RegistrationMethod(
                DEFAULT_REGISTRATION_METHOD, "Robust Gauss-Newton at bone and skin", estimate_by_gauss_newton
            ),
            RegistrationMethod("simpleitk", "SimpleITK, mean squares", estimate_by_simpleitk),
            RegistrationMethod("elastix", "elastix, mean squares, as in Gava et al.", estimate_by_elastix),
        )
    }
)
"""All methods; only the elastix one needs a package that is not installed with this one."""


def registration_method(name: str) -> RegistrationMethod:
    """Return the method of that name.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    if name not in REGISTRATION_METHODS:
        raise ConfigurationError(
            f"There is no registration method {name}", f"choose one of {', '.join(REGISTRATION_METHODS)}"
        )
    return REGISTRATION_METHODS[name]
