"""The data types that everything else passes along: series, geometry, findings."""

from .finding import Finding, Severity
from .geometry import RAS_TO_LPS, from_itk, to_itk, voxel_spacing, voxel_volume_ml
from .motion import grid_centre, motion_error, motion_matrix, motion_parameters
from .perfusion_series import PerfusionSeries, SeriesMetadata, TimeSource

__all__ = [
    "RAS_TO_LPS",
    "Finding",
    "PerfusionSeries",
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
