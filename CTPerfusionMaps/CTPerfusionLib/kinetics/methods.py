"""The kinetic methods by name: the one place where a method is added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..devices import Device
from ..progress import ProgressCallback, ignore_progress
from ..series import TmaxDefinition
from .box_model import BoxModelFit, fit_box_model
from .curves import CurveSource, as_curves
from .deconvolution import deconvolve
from .deconvolution_methods import DECONVOLUTIONS
from .residue_dictionary import DELAYS, MTTS, SHAPES
from .residue_family import fit_residue_family
from .residue_fit import ResidueFamilyFit
from .residue_shape import ResidueShape
from .sampling import Sampling, as_sampling
from .transit_time_prior import TransitTimePrior
from .units import KAPPA, RHO

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KineticInput:
    """What a method is given.

    Attributes
    ----------
    curves : CurveSource
        Enhancement of N voxels at T times in HU.
    sampling : Sampling
        The times of each curve.
    aif, aif_times : ndarray, shape (T_a,)
        Arterial enhancement in HU, and seconds.
    device : str or Device
        Where to compute.
    marginalise_offset : bool
        Whether to leave the zero of the curves open, which methods with ``cbv_from_areas`` cannot.
    on_progress : callable
    """

    curves: CurveSource
    sampling: Sampling
    aif: FloatArray
    aif_times: FloatArray
    device: str | Device = "cpu"
    marginalise_offset: bool = False
    on_progress: ProgressCallback = ignore_progress

    @classmethod
    def of(
        cls,
        curves: ArrayLike | CurveSource,
        times: ArrayLike | Sampling,
        aif: FloatArray,
        aif_times: FloatArray,
        *,
        device: str | Device = "cpu",
        on_progress: ProgressCallback = ignore_progress,
    ) -> "KineticInput":
        """Return what a method is given, from arrays that are checked.

        Raises
        ------
        ArgumentError
            If curves and times cannot be used.
        """
        source = as_curves(curves)
        return cls(source, as_sampling(times, source), aif, aif_times, device, on_progress=on_progress)


@dataclass(frozen=True, eq=False)
class KineticValues:
    """What a method says about N voxels.

    Attributes
    ----------
    maps, quality : mapping of str to ndarray, shape (N,)
    status : ndarray of uint8, shape (N,)
    learned : mapping of str to float
        What the method learned from all curves together, for the manifest.
    """

    maps: Mapping[str, NDArray[np.floating]]
    quality: Mapping[str, NDArray[np.floating]]
    status: NDArray[np.uint8]
    learned: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class KineticMethod:
    """A way from time curves to perfusion parameters.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What a reader is shown.
    tmax_definition : TmaxDefinition
    maps, quality : tuple of str
        Names of the maps and of the quality measures that it gives.
    parameters : mapping of str to float
        What the maps were computed with, for the manifest.
    assumed_residue : ResidueShape or None
        The residue function that the method takes for given; None where it assumes none.
    cbv_from_areas : bool
        Whether CBV is the ratio of measured areas, which end with the record and need the zero of the curves.
    flow_readings : mapping of ResidueShape to float
        Relative CBF that the method reads, after the pipeline's filter, where the true one is 30 % of
        normal, over 30 %, by the residue function of the tissue. Thresholds of relative flow are multiplied
        by it; measured on tuning phantoms, docs/calibration.md.
    compute : callable
        From :class:`KineticInput` to :class:`KineticValues`.
    """

    name: str
    title: str
    tmax_definition: TmaxDefinition
    maps: tuple[str, ...]
    quality: tuple[str, ...]
    parameters: Mapping[str, float]
    assumed_residue: ResidueShape | None
    cbv_from_areas: bool
    flow_readings: Mapping[ResidueShape, float]
    compute: Callable[[KineticInput], KineticValues]


_PRIOR = TransitTimePrior()
_UNITS = {"kappa": KAPPA, "rho_g_per_ml": RHO}

_FIT_MAPS = {"CBF": "cbf", "CBV": "cbv", "MTT": "mtt", "TTP": "ttp", "Tmax": "ttp", "Delay": "delay"}
"""Maps of a model fit and the field that each shows: Tmax is the centre of the response, as TTP is."""

_FIT_ERRORS = {f"standard_error_{name}": value for name, value in _FIT_MAPS.items() if name != "Tmax"}
_FIT_QUALITY = ("r_squared", *_FIT_ERRORS)
_AREA_MAPS = {"CBF": "cbf", "CBV": "cbv", "MTT": "mtt", "Tmax": "tmax"}


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
        f"weight_of_transit_shape_{shape:g}": round(float(weight), 4)
        for shape, weight in zip(SHAPES, fit.shape_weights, strict=True)
    }
    noise = {"noise_hu": round(float(np.median(fit.noise)), 4)} if len(fit.noise) else {}
    return _values_of_fit(fit, {**weights, **noise})


def _deconvolution(name: str, given: KineticInput) -> KineticValues:
    result = deconvolve(
        given.curves,
        given.sampling,
        given.aif,
        aif_times=given.aif_times,
        method=name,
        device=given.device,
        on_progress=given.on_progress,
    )
    maps = {name: getattr(result, parameter) for name, parameter in _AREA_MAPS.items()}
    return KineticValues(maps, {"r_squared": result.r_squared}, result.status)


def _model_fit(
    name: str,
    title: str,
    parameters: Mapping[str, float],
    assumed_residue: ResidueShape | None,
    readings: tuple[float, float, float],
    compute: Callable[[KineticInput], KineticValues],
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
        compute=compute,
    )


def _area_method(name: str, readings: tuple[float, float, float]) -> KineticMethod:
    """Return a deconvolution; readings for exponential, gamma and box."""
    method = DECONVOLUTIONS[name]
    return KineticMethod(
        name=name,
        title=method.title,
        tmax_definition=TmaxDefinition.ARGMAX,
        maps=tuple(_AREA_MAPS),
        quality=("r_squared",),
        parameters={**_UNITS, **method.values_of({})},
        assumed_residue=None,
        cbv_from_areas=True,
        flow_readings=dict(zip(ResidueShape, readings, strict=True)),
        compute=partial(_deconvolution, name),
    )


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
            ),
            _model_fit(
                "nlr",
                "Box model, nonlinear regression with a weak prior on MTT",
                {"mtt_prior_median_s": _PRIOR.median, "mtt_prior_spread": _PRIOR.spread},
                ResidueShape.BOX,
                (1.21, 1.10, 0.98),
                _box_model,
            ),
            _area_method("bsvd", (1.36, 1.38, 1.34)),
            _area_method("osvd", (1.30, 1.30, 1.30)),
            _area_method("ssvd", (1.36, 1.36, 1.40)),
            _area_method("tikhonov", (1.34, 1.32, 1.20)),
        )
    }
)
"""All methods by name, the default one first; the command line, the GUI and the docs read this table."""
