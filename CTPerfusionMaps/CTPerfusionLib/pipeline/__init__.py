"""A study through the whole chain, with progress, cancellation and a manifest."""

from ..progress import RemainingTime
from .analysis import StudyAnalysis, analyse_maps, analyse_prepared, analyse_series, with_lesion
from .config import (
    NO_FILTER,
    NO_REGISTRATION,
    NORMALISATIONS,
    REGISTRATIONS,
    PipelineConfig,
    RegisteredFormat,
)
from .curves import head_motion, study_curves
from .dicom_results import dicom_content, source_images
from .network_maps import refuse_unsuited
from .preparation import PreparedSeries, prepare_series, with_vessels
from .probe import VoxelProbe, probe_voxel
from .report_content import report_content
from .run import RunResult, run_study
from .scene_content import lesion_content, study_content
from .stages import PREPARATION_STAGES, Stage, StageClock
from .study_maps import StudyMaps, compute_study_maps
from .vessel_choice import Vessels

__all__ = [
    "NORMALISATIONS",
    "NO_FILTER",
    "NO_REGISTRATION",
    "PREPARATION_STAGES",
    "REGISTRATIONS",
    "PipelineConfig",
    "PreparedSeries",
    "RegisteredFormat",
    "RemainingTime",
    "RunResult",
    "Stage",
    "StageClock",
    "StudyAnalysis",
    "StudyMaps",
    "Vessels",
    "VoxelProbe",
    "analyse_maps",
    "analyse_prepared",
    "analyse_series",
    "compute_study_maps",
    "dicom_content",
    "head_motion",
    "lesion_content",
    "prepare_series",
    "probe_voxel",
    "refuse_unsuited",
    "report_content",
    "run_study",
    "source_images",
    "study_content",
    "study_curves",
    "with_lesion",
    "with_vessels",
]
