"""The kinetic methods by name: the one place where a method is added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback
from .box_model import fit_box_model
from .deconvolution import deconvolve
from .residue_shape import ResidueShape
from .transit_time_prior import TransitTimePrior
from .units import KAPPA, RHO

FloatArray = NDArray[np.float64]


class TmaxDefinition(StrEnum):
    """What the Tmax of a method is."""

    CENTRE = "centre"
    """Centre of the impulse response, delay + MTT/2."""

    ARGMAX = "argmax"
    """Time of the greatest value of the deconvolved impulse response."""


@dataclass(frozen=True, eq=False)
class KineticValues:
    """What a method says about N voxels.

    Attributes
    ----------
    maps, quality : mapping of str to ndarray, shape (N,)
    status : ndarray of uint8, shape (N,)
    """

    maps: Mapping[str, NDArray[np.floating]]
    quality: Mapping[str, NDArray[np.floating]]
    status: NDArray[np.uint8]


Compute = Callable[
    [NDArray[np.float32], FloatArray, FloatArray, FloatArray, str, ProgressCallback], KineticValues
]
"""Called with curves (N, T) in HU, their times (T,), the AIF in HU, its times, the device, a callback."""


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
    flow_readings : mapping of ResidueShape to float
        Relative CBF that the method reads, after the pipeline's filter, where the true one is 30 % of
        normal, over 30 %, by the residue function of the tissue. Thresholds of relative flow are multiplied
        by it; measured on tuning phantoms, docs/calibration.md.
    compute : callable
        See :data:`Compute`.
    """

    name: str
    title: str
    tmax_definition: TmaxDefinition
    maps: tuple[str, ...]
    quality: tuple[str, ...]
    parameters: Mapping[str, float]
    assumed_residue: ResidueShape | None
    flow_readings: Mapping[ResidueShape, float]
    compute: Compute


_PRIOR = TransitTimePrior()
_UNITS = {"kappa": KAPPA, "rho_g_per_ml": RHO}


def _box_model(
    curves: NDArray[np.float32],
    times: FloatArray,
    aif: FloatArray,
    aif_times: FloatArray,
    device: str,
    on_progress: ProgressCallback,
) -> KineticValues:
    fit = fit_box_model(
        curves,
        times,
        aif,
        aif_times=aif_times,
        prior=_PRIOR,
        device=device,
        on_progress=on_progress,
    )
    maps = {
        "CBF": fit.cbf,
        "CBV": fit.cbv,
        "MTT": fit.mtt,
        "TTP": fit.ttp,
        "Tmax": fit.ttp,
        "Delay": fit.delay,
    }
    quality = {
        "r_squared": fit.r_squared,
        "standard_error_CBF": fit.standard_errors["cbf"],
        "standard_error_CBV": fit.standard_errors["cbv"],
        "standard_error_MTT": fit.standard_errors["mtt"],
        "standard_error_TTP": fit.standard_errors["ttp"],
        "standard_error_Delay": fit.standard_errors["delay"],
    }
    return KineticValues(maps, quality, fit.status)


def _block_circulant_svd(
    curves: NDArray[np.float32],
    times: FloatArray,
    aif: FloatArray,
    aif_times: FloatArray,
    device: str,
    on_progress: ProgressCallback,
) -> KineticValues:
    result = deconvolve(
        curves, times, aif, aif_times=aif_times, method="bsvd", device=device, on_progress=on_progress
    )
    maps = {"CBF": result.cbf, "CBV": result.cbv, "MTT": result.mtt, "Tmax": result.tmax}
    return KineticValues(maps, {"r_squared": result.r_squared}, result.status)


METHODS: Mapping[str, KineticMethod] = MappingProxyType(
    {
        method.name: method
        for method in (
            KineticMethod(
                name="nlr",
                title="Box model, nonlinear regression with a weak prior on MTT",
                tmax_definition=TmaxDefinition.CENTRE,
                maps=("CBF", "CBV", "MTT", "TTP", "Tmax", "Delay"),
                quality=(
                    "r_squared",
                    "standard_error_CBF",
                    "standard_error_CBV",
                    "standard_error_MTT",
                    "standard_error_TTP",
                    "standard_error_Delay",
                ),
                parameters={**_UNITS, "mtt_prior_median_s": _PRIOR.median, "mtt_prior_spread": _PRIOR.spread},
                assumed_residue=ResidueShape.BOX,
                flow_readings={
                    ResidueShape.EXPONENTIAL: 1.21,
                    ResidueShape.GAMMA: 1.10,
                    ResidueShape.BOX: 0.98,
                },
                compute=_box_model,
            ),
            KineticMethod(
                name="bsvd",
                title="Block-circulant singular value decomposition",
                tmax_definition=TmaxDefinition.ARGMAX,
                maps=("CBF", "CBV", "MTT", "Tmax"),
                quality=("r_squared",),
                parameters={**_UNITS, "threshold": 0.15, "interval_s": 1.0},
                assumed_residue=None,
                flow_readings={
                    ResidueShape.EXPONENTIAL: 1.37,
                    ResidueShape.GAMMA: 1.39,
                    ResidueShape.BOX: 1.36,
                },
                compute=_block_circulant_svd,
            ),
        )
    }
)
"""All methods by name, the default one first; the command line, the GUI and the docs read this table."""
