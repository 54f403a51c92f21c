"""The fitted curve and the residue function of the box model."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .explanation import (
    Array,
    CurveExplanation,
    Explainer,
    ExplanationInput,
    fine_times,
    offset_of,
    residue_times,
)
from .residue_response import residue
from .units import KAPPA, RHO, cbf_scale


def box_explainer(given: ExplanationInput) -> Explainer:
    """Return what explains curves by F [A(t - d) - A(t - d - M)], with A the integral of the input.

    CBF, MTT and delay are those of the maps.
    """
    times = fine_times(given.times)

    def explain(curve: NDArray[np.floating], values: Mapping[str, float]) -> CurveExplanation:
        cbf, mtt, delay = values["CBF"], values["MTT"], values["Delay"]

        def model(at: Array) -> Array:
            areas = given.arterial.integral(at - delay) - given.arterial.integral(at - delay - mtt)
            return np.asarray(cbf / cbf_scale(KAPPA, RHO) * areas)

        offset = offset_of(given, curve, model(given.times))
        lags = residue_times(np.array([delay, delay + mtt]))
        return CurveExplanation(
            times, model(times) + offset, lags, cbf * residue((lags - delay) / mtt, np.inf)
        )

    return explain
