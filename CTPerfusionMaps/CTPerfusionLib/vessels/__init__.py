"""Arterial input and venous output: found automatically or named by the user, and scaled to each other."""

from .arteries import ARTERIAL_INPUT_METHODS, ArterialInputMethod, select_aif
from .candidates import Candidates, find_candidates
from .curve import VesselCurve
from .manual import curve_at
from .partial_volume import PartialVolumeScale, partial_volume_scale, scaled, unscaled
from .veins import select_vof

__all__ = [
    "ARTERIAL_INPUT_METHODS",
    "ArterialInputMethod",
    "Candidates",
    "PartialVolumeScale",
    "VesselCurve",
    "curve_at",
    "find_candidates",
    "partial_volume_scale",
    "scaled",
    "select_aif",
    "select_vof",
    "unscaled",
]
