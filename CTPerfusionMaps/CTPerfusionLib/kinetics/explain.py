"""Explaining the curve of one voxel by the method of the maps."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, ConfigurationError
from .arterial_input import ArterialInput
from .explanation import Explainer, ExplanationInput
from .perfusion_maps import ArterialCurve, PerfusionMaps
from .preset_store import find_method


def curve_explainer(maps: PerfusionMaps, times: NDArray[np.float64], aif: ArterialCurve) -> Explainer:
    """Return what explains curves as `maps` were computed: same method, same regularisation, same zero.

    Parameters
    ----------
    maps : PerfusionMaps
    times : ndarray, shape (T,)
        Seconds at which the curves were sampled: those of a slice.
    aif : VesselCurve
        The arterial input of the maps.

    Raises
    ------
    ArgumentError
        If the arterial input cannot be used, or the maps do not come from a fit of curves.
    """
    try:
        method = find_method(maps.method)
    except ConfigurationError as error:
        raise ArgumentError(
            "maps",
            f"maps of the method '{maps.method}' come from no fit of curves that is known here",
            error.remedy,
        ) from error
    arterial = ArterialInput.from_samples(aif.times, aif.enhancement)
    given = ExplanationInput(arterial, times, maps.offset_marginalised, maps.learned)
    return method.explainer(given)
