"""The fitted curve and the residue function of the residue family."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ..devices import DEVICES
from ..parallel import single_threaded_products
from .arterial_input import ArterialInput
from .explanation import (
    Array,
    CurveExplanation,
    Explainer,
    ExplanationInput,
    fine_times,
    offset_of,
    residue_times,
)
from .residue_dictionary import DELAYS, SHAPES, ResidueDictionary
from .residue_posterior import (
    NOISE_WEIGHT,
    NoiseKnowledge,
    ResiduePosterior,
    ShapeMeans,
    degrees_of_freedom,
)
from .residue_prior import transit_time_prior
from .residue_response import convolved, read_at, residue, residue_shares, steps_until
from .units import KAPPA, RHO, cbf_scale

TYPICAL_NOISE = "typical_noise_hu"
"""Name under which the noise that the method learned from all curves is passed on."""


def weight_name(shape: float) -> str:
    """Return the name under which the weight of a shape, as learned from all curves, is passed on."""
    return f"weight_of_transit_shape_{shape:g}"


def residue_family_explainer(given: ExplanationInput) -> Explainer:
    """Return what explains curves by the mean of the family's members.

    Each shape of transit times counts with its posterior probability, with volume, MTT and delay as they are
    on average if it is the one. Curve and residue are the mean over the shapes.
    """
    with single_threaded_products():
        dictionary = ResidueDictionary.build(
            given.arterial, given.times, marginalise_offset=given.marginalise_offset
        )
    free = degrees_of_freedom(len(given.times), marginalise_offset=given.marginalise_offset)
    posterior = ResiduePosterior.on(DEVICES["cpu"], dictionary, free)
    weights = np.array([given.learned[weight_name(shape)] for shape in SHAPES])
    prior = (weights[:, None] * transit_time_prior()).astype(np.float32)
    noise = NoiseKnowledge(np.array([given.learned[TYPICAL_NOISE] ** 2]), NOISE_WEIGHT)
    times = fine_times(given.times)

    def explain(curve: NDArray[np.floating], values: Mapping[str, float]) -> CurveExplanation:  # noqa: ARG001
        centred = curve - curve.mean() if given.marginalise_offset else curve
        means = posterior.shape_means(np.asarray(centred, dtype=np.float32), prior, noise)
        model = _mean_curve(given.arterial, means, given.times[-1])
        offset = offset_of(given, curve, model(given.times))
        jumps = np.concatenate([means.delay, (means.delay + means.mtt)[np.isinf(SHAPES)]])
        lags = residue_times(jumps[np.concatenate([means.weight, means.weight[np.isinf(SHAPES)]]) > 0.0])
        return CurveExplanation(times, model(times) + offset, lags, _mean_residue(means, lags))

    return explain


def _mean_curve(aif: ArterialInput, means: ShapeMeans, last: float) -> Callable[[Array], Array]:
    """Return the mean of the tissue curves of all shapes, in HU, as a function of times up to `last`."""
    n_steps = steps_until(aif, last - DELAYS[0])
    shares = np.concatenate(
        [
            residue_shares(SHAPES[index : index + 1], means.mtt[index : index + 1], n_steps)
            for index in range(len(SHAPES))
        ]
    )
    curves = convolved(aif, (means.weight * means.volume)[:, None] * shares)

    def mean_at(times: Array) -> Array:
        by_shape = (
            read_at(curves[index : index + 1], aif, times - delay)[0]
            for index, delay in enumerate(means.delay)
        )
        return np.asarray(sum(by_shape))

    return mean_at


def _mean_residue(means: ShapeMeans, lags: Array) -> Array:
    """Return the mean of the residue functions of all shapes, scaled by flow, in mL/100 g/min."""
    flows = cbf_scale(KAPPA, RHO) * means.weight * means.volume / means.mtt
    by_shape = (
        flow * residue((lags - delay) / mtt, shape)
        for flow, delay, mtt, shape in zip(flows, means.delay, means.mtt, SHAPES, strict=True)
    )
    return np.asarray(sum(by_shape))
