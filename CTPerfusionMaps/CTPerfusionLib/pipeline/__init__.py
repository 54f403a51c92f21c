"""A study through the whole chain, with progress, cancellation and a manifest."""

from .analysis import PreparedSeries, StudyAnalysis, analyse_prepared, analyse_series, prepare_series
from .config import NORMALISATIONS, PipelineConfig
from .run import RunResult, run_study
from .stages import CancelSignal, Stage, StageClock, StageProgress

__all__ = [
    "NORMALISATIONS",
    "CancelSignal",
    "PipelineConfig",
    "PreparedSeries",
    "RunResult",
    "Stage",
    "StageClock",
    "StageProgress",
    "StudyAnalysis",
    "analyse_prepared",
    "analyse_series",
    "prepare_series",
    "run_study",
]
