"""From time curves to perfusion: box-model regression and deconvolution."""

from .box_model import BoxModelFit, fit_box_model
from .deconvolution import DeconvolutionResult, deconvolve
from .devices import DEVICES
from .linear_deconvolution import DECONVOLUTIONS
from .methods import METHODS, KineticMethod, TmaxDefinition
from .perfusion_maps import ArterialCurve, PerfusionMaps, compute_maps
from .status import FitStatus
from .transit_time_prior import TransitTimePrior
from .units import KAPPA, RHO

__all__ = [
    "DECONVOLUTIONS",
    "DEVICES",
    "KAPPA",
    "METHODS",
    "RHO",
    "ArterialCurve",
    "BoxModelFit",
    "DeconvolutionResult",
    "FitStatus",
    "KineticMethod",
    "PerfusionMaps",
    "TmaxDefinition",
    "TransitTimePrior",
    "compute_maps",
    "deconvolve",
    "fit_box_model",
]
