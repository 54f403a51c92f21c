"""A study through the whole chain, with progress, cancellation and a manifest."""

from ..progress import RemainingTime
from .analysis import StudyAnalysis, analyse_maps, analyse_prepared, analyse_series, with_lesion
from .config import (
    AUTOMATIC_FILTER,
    NO_CORE_VOLUME_MODEL,
    NO_FILTER,
    NO_REGISTRATION,
    NORMALISATIONS,
    REGISTRATIONS,
    PipelineConfig,
    RegisteredFormat,
)
from .core_volume import core_volume_findings, judge_core_volume
from .core_volume_judgement import CoreVolumeJudgement
from .core_volume_question import CoreVolumeQuestion, core_volume_model, refuse_core_volume_choices
from .curves import head_motion, study_curves
from .dicom_results import dicom_content, source_images
from .network_maps import refuse_unsuited
from .preparation import PreparedSeries, prepare_series, with_core_volume, with_filter, with_vessels
from .probe import VoxelProbe, probe_voxel
from .report_content import report_content
from .run import RunResult, run_study
from .scene_content import lesion_content, study_content
from .stages import PREPARATION_STAGES, Stage, StageClock
from .study_maps import StudyMaps, compute_study_maps, fitted_maps
from .vessel_choice import Vessels

__all__ = [
    "AUTOMATIC_FILTER",
    "NORMALISATIONS",
    "NO_CORE_VOLUME_MODEL",
    "NO_FILTER",
    "NO_REGISTRATION",
    "PREPARATION_STAGES",
    "REGISTRATIONS",
    "CoreVolumeJudgement",
    "CoreVolumeQuestion",
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
    "core_volume_findings",
    "core_volume_model",
    "dicom_content",
    "fitted_maps",
    "head_motion",
    "judge_core_volume",
    "lesion_content",
    "prepare_series",
    "probe_voxel",
    "refuse_core_volume_choices",
    "refuse_unsuited",
    "report_content",
    "run_study",
    "source_images",
    "study_content",
    "study_curves",
    "with_core_volume",
    "with_filter",
    "with_lesion",
    "with_vessels",
]
