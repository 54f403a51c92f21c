"""The curve that a deconvolution explains and the residue function that it finds."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..devices import DEVICES
from ..parallel import single_threaded_products
from .compiled_deconvolution import compiled_reader
from .deconvolution_methods import DeconvolutionMethod
from .explanation import EARLIEST_RESIDUE, CurveExplanation, Explainer, ExplanationInput
from .prepared_deconvolution import PreparedDeconvolution
from .units import KAPPA, RHO, cbf_scale


def deconvolution_explainer(
    method: DeconvolutionMethod, options: Mapping[str, float], given: ExplanationInput
) -> Explainer:
    """Return what explains curves by the response that `method` finds with the values of `options`.

    The fitted curve, the response convolved with the arterial input, lies on the grid of the deconvolution.
    The residue function begins 5 s before the arterial input, or before its maximum where that is early.
    Among its samples is the vertex of the parabola from which CBF and Tmax are read.
    """
    with single_threaded_products():
        prepared = PreparedDeconvolution.build(given.arterial, given.times, method, options, DEVICES["cpu"])
    reader = compiled_reader(prepared.operator)
    scale = cbf_scale(KAPPA, RHO)

    def explain(curve: NDArray[np.floating], values: Mapping[str, float]) -> CurveExplanation:  # noqa: ARG001
        found = reader.deconvolved(prepared.on_grid(curve[None])[0])
        lags = prepared.operator.first_lag + np.arange(len(found.response), dtype=np.float64)
        after = int(np.searchsorted(lags, found.lag))
        lags = prepared.interval * np.insert(lags, after, found.lag)
        residue = scale * np.insert(found.response.astype(np.float64), after, found.height)
        earliest = EARLIEST_RESIDUE + min(prepared.interval * found.lag, 0.0)
        shown = (lags >= earliest) & (np.diff(lags, prepend=-np.inf) > 0.0)
        return CurveExplanation(
            prepared.grid, found.explained.astype(np.float64), lags[shown], residue[shown]
        )

    return explain
