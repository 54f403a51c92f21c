"""From time curves to perfusion: box-model regression and deconvolution."""

from .arterial_input import ArterialInput
from .box_model import BoxModelFit, fit_box_model
from .deconvolution import DeconvolutionResult, deconvolve
from .devices import DEVICES
from .linear_deconvolution import DECONVOLUTIONS
from .methods import METHODS, KineticMethod, TmaxDefinition
from .perfusion_maps import ArterialCurve, PerfusionMaps, compute_maps
from .residue_shape import ResidueShape, estimate_residue_shape
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
    "ArterialInput",
    "BoxModelFit",
    "DeconvolutionResult",
    "FitStatus",
    "KineticMethod",
    "PerfusionMaps",
    "ResidueShape",
    "TmaxDefinition",
    "TransitTimePrior",
    "compute_maps",
    "deconvolve",
    "estimate_residue_shape",
    "fit_box_model",
]
