"""Known truth and reference methods against which methods are measured, and the measurements."""

from .benchmark_curves import CurveSet
from .benchmark_report import benchmark_record, benchmark_text
from .calibration_report import calibration_record, calibration_text
from .kinetics_benchmark import KineticsBenchmark, benchmark_kinetics
from .pipeline_benchmark import PipelineBenchmark, benchmark_pipeline
from .pipeline_report import pipeline_record, pipeline_text
from .preprocessing_benchmark import TUNING_SEED, PreprocessingBenchmark, benchmark_preprocessing
from .preprocessing_report import preprocessing_record, preprocessing_text
from .tmax_calibration import TmaxCalibration, calibrate_tmax

__all__ = [
    "TUNING_SEED",
    "CurveSet",
    "KineticsBenchmark",
    "PipelineBenchmark",
    "PreprocessingBenchmark",
    "TmaxCalibration",
    "benchmark_kinetics",
    "benchmark_pipeline",
    "benchmark_preprocessing",
    "benchmark_record",
    "benchmark_text",
    "calibrate_tmax",
    "calibration_record",
    "calibration_text",
    "pipeline_record",
    "pipeline_text",
    "preprocessing_record",
    "preprocessing_text",
]
