"""The data types that everything else passes along: series, geometry, findings."""

from .curve import EnhancementCurve
from .finding import Finding, Severity
from .geometry import RAS_TO_LPS, from_itk, to_itk, voxel_spacing, voxel_volume_ml
from .motion import grid_centre, motion_error, motion_matrix, motion_parameters
from .perfusion_series import PerfusionSeries, SeriesMetadata, TimeSource
from .quantity import QUANTITIES, CodedConcept, Colour, Quantity

__all__ = [
    "QUANTITIES",
    "RAS_TO_LPS",
    "CodedConcept",
    "Colour",
    "EnhancementCurve",
    "Finding",
    "PerfusionSeries",
    "Quantity",
    "SeriesMetadata",
    "Severity",
    "TimeSource",
    "from_itk",
    "grid_centre",
    "motion_error",
    "motion_matrix",
    "motion_parameters",
    "to_itk",
    "voxel_spacing",
    "voxel_volume_ml",
]
