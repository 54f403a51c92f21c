"""From time curves to perfusion: box-model regression and deconvolution."""

from .area_method import area_method
from .arterial_input import ArterialInput
from .box_model import BoxModelFit, fit_box_model
from .deconvolution import DeconvolutionResult, deconvolve
from .deconvolution_methods import DECONVOLUTIONS
from .discretisation import DISCRETISATIONS
from .explain import curve_explainer
from .explanation import CurveExplanation, Explainer
from .kinetic_method import KineticInput, KineticMethod
from .map_method import MapMethod
from .method_preset import MethodPreset
from .methods import METHODS
from .perfusion_maps import ArterialCurve, PerfusionMaps, compute_maps
from .preset_store import (
    available_methods,
    find_method,
    find_preset,
    preset_names,
    preset_text,
    refuse_known_name,
    save_preset,
)
from .residue_family import fit_residue_family
from .residue_fit import ResidueFamilyFit
from .residue_shape import ResidueShape, estimate_residue_shape
from .sampling import Sampling, as_sampling
from .status import FitStatus
from .transit_time_prior import TransitTimePrior
from .units import KAPPA, RHO

__all__ = [
    "DECONVOLUTIONS",
    "DISCRETISATIONS",
    "KAPPA",
    "METHODS",
    "RHO",
    "ArterialCurve",
    "ArterialInput",
    "BoxModelFit",
    "CurveExplanation",
    "DeconvolutionResult",
    "Explainer",
    "FitStatus",
    "KineticInput",
    "KineticMethod",
    "MapMethod",
    "MethodPreset",
    "PerfusionMaps",
    "ResidueFamilyFit",
    "ResidueShape",
    "Sampling",
    "TransitTimePrior",
    "area_method",
    "as_sampling",
    "available_methods",
    "compute_maps",
    "curve_explainer",
    "deconvolve",
    "estimate_residue_shape",
    "find_method",
    "find_preset",
    "fit_box_model",
    "fit_residue_family",
    "preset_names",
    "preset_text",
    "refuse_known_name",
    "save_preset",
]
