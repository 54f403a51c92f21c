"""Known truth and reference methods against which the kinetic methods are measured, and the measurements."""

from .benchmark_curves import CurveSet
from .benchmark_report import benchmark_record, benchmark_text
from .calibration_report import calibration_record, calibration_text
from .kinetics_benchmark import KineticsBenchmark, benchmark_kinetics
from .tmax_calibration import TmaxCalibration, calibrate_tmax

__all__ = [
    "CurveSet",
    "KineticsBenchmark",
    "TmaxCalibration",
    "benchmark_kinetics",
    "benchmark_record",
    "benchmark_text",
    "calibrate_tmax",
    "calibration_record",
    "calibration_text",
]
