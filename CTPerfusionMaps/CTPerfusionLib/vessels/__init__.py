"""Arterial input and venous output: found automatically or named by the user, and scaled to each other."""

from .arteries import select_aif
from .curve import VesselCurve
from .manual import curve_at
from .partial_volume import PartialVolumeScale, partial_volume_scale, scaled, unscaled
from .veins import select_vof

__all__ = [
    "PartialVolumeScale",
    "VesselCurve",
    "curve_at",
    "partial_volume_scale",
    "scaled",
    "select_aif",
    "select_vof",
    "unscaled",
]
