"""All methods that the tables compare, behind one call, and what is kept of their results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.kinetics import (
    DECONVOLUTIONS,
    METHODS,
    KineticInput,
    KineticMethod,
    deconvolve,
    fit_box_model,
)
from CTPerfusionLib.series import TmaxDefinition
from CTPerfusionLib.validation.nelder_mead import fit_nelder_mead

Array = NDArray[np.floating]

PARAMETERS = ("CBF", "CBV", "MTT", "TTP")
"""What is compared. In place of TTP, methods that give no TTP are held to it by their Tmax."""

NELDER_MEAD = "Nelder-Mead"
PLAIN_NLR = "nlr, no prior"


@dataclass(frozen=True, eq=False)
class Fitted:
    """Results of N voxels: parameters and, where the method knows them, standard errors by name."""

    maps: Mapping[str, Array]
    errors: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Fitter:
    """A method: its name in the tables, its fit and how many voxels of a tile it can afford."""

    name: str
    fit: Callable[[Array, Array, Array], Fitted]
    repeats: int = 256
    gives_ttp: bool = True


@cache
def fitters() -> Mapping[str, Fitter]:
    """Return all methods, regression without its prior, and deconvolutions that are no method yet."""
    everything = [
        *(_registered(method) for method in METHODS.values()),
        *(_deconvolution(name) for name in DECONVOLUTIONS if name not in METHODS),
        Fitter(PLAIN_NLR, _plain_box_model),
    ]
    return MappingProxyType({fitter.name: fitter for fitter in everything})


def _registered(method: KineticMethod) -> Fitter:
    def fit(curves: Array, times: Array, aif: Array) -> Fitted:
        values = method.compute(KineticInput.of(curves, times, aif, times))
        maps = {"TTP" if name == "Tmax" else name: array for name, array in values.maps.items()}
        prefix = "standard_error_"
        errors = {
            name.removeprefix(prefix): array
            for name, array in values.quality.items()
            if name.startswith(prefix)
        }
        return Fitted(maps, errors)

    return Fitter(method.name, fit, gives_ttp=method.tmax_definition is TmaxDefinition.CENTRE)


def _deconvolution(name: str) -> Fitter:
    def fit(curves: Array, times: Array, aif: Array) -> Fitted:
        result = deconvolve(curves, times, aif, method=name)
        maps = {"CBF": result.cbf, "CBV": result.cbv, "MTT": result.mtt, "TTP": result.tmax}
        return Fitted(maps)

    return Fitter(name, fit, gives_ttp=False)


def _plain_box_model(curves: Array, times: Array, aif: Array) -> Fitted:
    fit = fit_box_model(curves, times, aif)
    maps = {"CBF": fit.cbf, "CBV": fit.cbv, "MTT": fit.mtt, "TTP": fit.ttp}
    errors = {name.upper(): array for name, array in fit.standard_errors.items()}
    return Fitted(maps, errors)


def _nelder_mead(curves: Array, times: Array, aif: Array) -> Fitted:
    fit = fit_nelder_mead(curves, times, aif)
    maps = {"CBF": fit.cbf, "CBV": fit.cbv, "MTT": fit.mtt, "TTP": fit.ttp}
    return Fitted(maps)


REFERENCE = Fitter(NELDER_MEAD, _nelder_mead, repeats=5)
"""The published algorithm, at milliseconds a voxel; used where few voxels suffice."""
