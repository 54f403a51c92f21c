"""The kinetic methods of the software by name: the one place where a method is added."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ..preprocessing import DEFAULT_FILTER
from ..series import TmaxDefinition
from .area_method import area_method
from .box_explanation import box_explainer
from .box_model import BoxModelFit, fit_box_model
from .explanation import Explainer, ExplanationInput
from .kinetic_method import KineticInput, KineticMethod, KineticValues
from .residue_dictionary import DELAYS, MTTS, SHAPES
from .residue_family import fit_residue_family
from .residue_family_explanation import TYPICAL_NOISE, residue_family_explainer, weight_name
from .residue_fit import ResidueFamilyFit
from .residue_shape import ResidueShape
from .transit_time_prior import TransitTimePrior
from .units import KAPPA, RHO

_PRIOR = TransitTimePrior()
_UNITS = {"kappa": KAPPA, "rho_g_per_ml": RHO}

_FIT_MAPS = {"CBF": "cbf", "CBV": "cbv", "MTT": "mtt", "TTP": "ttp", "Tmax": "ttp", "Delay": "delay"}
"""Maps of a model fit and the field that each shows: Tmax is the centre of the response, as TTP is."""

_FIT_ERRORS = {f"standard_error_{name}": value for name, value in _FIT_MAPS.items() if name != "Tmax"}
_FIT_QUALITY = ("r_squared", *_FIT_ERRORS)


def _values_of_fit(
    fit: BoxModelFit | ResidueFamilyFit, learned: Mapping[str, float] = MappingProxyType({})
) -> KineticValues:
    errors = {name: fit.standard_errors[parameter] for name, parameter in _FIT_ERRORS.items()}
    return KineticValues(
        {name: getattr(fit, parameter) for name, parameter in _FIT_MAPS.items()},
        {"r_squared": fit.r_squared, **errors},
        fit.status,
        learned,
    )


def _box_model(given: KineticInput) -> KineticValues:
    return _values_of_fit(
        fit_box_model(
            given.curves,
            given.sampling,
            given.aif,
            aif_times=given.aif_times,
            prior=_PRIOR,
            marginalise_offset=given.marginalise_offset,
            device=given.device,
            on_progress=given.on_progress,
        )
    )


def _residue_family(given: KineticInput) -> KineticValues:
    fit = fit_residue_family(
        given.curves,
        given.sampling,
        given.aif,
        aif_times=given.aif_times,
        marginalise_offset=given.marginalise_offset,
        device=given.device,
        on_progress=given.on_progress,
    )
    weights = {
        weight_name(shape): float(weight) for shape, weight in zip(SHAPES, fit.shape_weights, strict=True)
    }
    if len(fit.noise) == 0:
        return _values_of_fit(fit, weights)
    noise = {"noise_hu": float(np.median(fit.noise)), TYPICAL_NOISE: fit.typical_noise}
    return _values_of_fit(fit, weights | noise)


def _model_fit(
    name: str,
    title: str,
    parameters: Mapping[str, float],
    assumed_residue: ResidueShape | None,
    readings: tuple[float, float, float],
    compute: Callable[[KineticInput], KineticValues],
    explainer: Callable[[ExplanationInput], Explainer],
) -> KineticMethod:
    """Return a method that fits delay and MTT; readings for exponential, gamma and box."""
    return KineticMethod(
        name=name,
        title=title,
        tmax_definition=TmaxDefinition.CENTRE,
        maps=tuple(_FIT_MAPS),
        quality=_FIT_QUALITY,
        parameters={**_UNITS, **parameters},
        assumed_residue=assumed_residue,
        cbv_from_areas=False,
        flow_readings=dict(zip(ResidueShape, readings, strict=True)),
        filter=DEFAULT_FILTER,
        preset_sha256=None,
        needs_artery=True,
        compute=compute,
        explainer=explainer,
    )


def _area_method(name: str, readings: tuple[float, float, float]) -> KineticMethod:
    """Return a deconvolution with its defaults; readings for exponential, gamma and box."""
    return area_method(name, dict(zip(ResidueShape, readings, strict=True)), noise_filter=DEFAULT_FILTER)


METHODS: Mapping[str, KineticMethod] = MappingProxyType(
    {
        method.name: method
        for method in (
            _model_fit(
                "bayes",
                "Bayesian average over residue functions from exponential to box",
                {
                    "mtt_shortest_s": float(MTTS[0]),
                    "mtt_longest_s": float(MTTS[-1]),
                    "delay_earliest_s": float(DELAYS[0]),
                    "delay_latest_s": float(DELAYS[-1]),
                },
                None,
                (1.05, 1.01, 0.98),
                _residue_family,
                residue_family_explainer,
            ),
            _model_fit(
                "nlr",
                "Box model, nonlinear regression with a weak prior on MTT",
                {"mtt_prior_median_s": _PRIOR.median, "mtt_prior_spread": _PRIOR.spread},
                ResidueShape.BOX,
                (1.21, 1.10, 0.98),
                _box_model,
                box_explainer,
            ),
            _area_method("bsvd", (1.36, 1.38, 1.34)),
            _area_method("osvd", (1.30, 1.30, 1.30)),
            _area_method("ssvd", (1.36, 1.36, 1.40)),
            _area_method("tikhonov", (1.34, 1.32, 1.20)),
        )
    }
)
"""The methods of the software by name, the default one first; users' presets come after these."""
