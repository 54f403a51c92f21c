"""A study through the whole chain, with progress, cancellation and a manifest."""

from .analysis import StudyAnalysis, analyse_series
from .config import NORMALISATIONS, PipelineConfig
from .run import RunResult, run_study
from .stages import CancelSignal, Stage, StageClock, StageProgress

__all__ = [
    "NORMALISATIONS",
    "CancelSignal",
    "PipelineConfig",
    "RunResult",
    "Stage",
    "StageClock",
    "StageProgress",
    "StudyAnalysis",
    "analyse_series",
    "run_study",
]
