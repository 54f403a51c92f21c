"""The data types that everything else passes along: series, geometry, findings."""

from .curve import EnhancementCurve
from .finding import Finding, Severity
from .geometry import RAS_TO_LPS, from_itk, largest_shift, to_itk, voxel_spacing, voxel_volume_ml
from .motion import grid_centre, motion_error, motion_matrix, motion_parameters
from .perfusion_series import PerfusionSeries, SeriesMetadata, TimeSource
from .quantity import (
    QUANTITIES,
    TMAX_QUANTITIES,
    CodedConcept,
    Colour,
    Quantity,
    TmaxDefinition,
    quantities_of,
)
from .source_images import SourceFile, SourceImage, SourceImages

__all__ = [
    "QUANTITIES",
    "RAS_TO_LPS",
    "TMAX_QUANTITIES",
    "CodedConcept",
    "Colour",
    "EnhancementCurve",
    "Finding",
    "PerfusionSeries",
    "Quantity",
    "SeriesMetadata",
    "Severity",
    "SourceFile",
    "SourceImage",
    "SourceImages",
    "TimeSource",
    "TmaxDefinition",
    "from_itk",
    "grid_centre",
    "largest_shift",
    "motion_error",
    "motion_matrix",
    "motion_parameters",
    "quantities_of",
    "to_itk",
    "voxel_spacing",
    "voxel_volume_ml",
]
