"""A study through the whole chain, with progress, cancellation and a manifest."""

from .analysis import StudyAnalysis, analyse_prepared, analyse_series
from .config import NO_FILTER, NO_REGISTRATION, NORMALISATIONS, REGISTRATIONS, PipelineConfig
from .preparation import PreparedSeries, Vessels, prepare_series
from .run import RunResult, run_study
from .stages import CancelSignal, Stage, StageClock, StageProgress

__all__ = [
    "NORMALISATIONS",
    "NO_FILTER",
    "NO_REGISTRATION",
    "REGISTRATIONS",
    "CancelSignal",
    "PipelineConfig",
    "PreparedSeries",
    "RunResult",
    "Stage",
    "StageClock",
    "StageProgress",
    "StudyAnalysis",
    "Vessels",
    "analyse_prepared",
    "analyse_series",
    "prepare_series",
    "run_study",
]
