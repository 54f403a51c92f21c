"""Findings on a study: what its reader has to know before trusting the numbers."""

from .core_volume_rules import CORE_VOLUME_RULES, CoreVolumeMeasurements
from .measurements import StudyMeasurements
from .rule import Limit, QualityRule, RuleDescription
from .rules import QUALITY_RULES, assess_core_volume, assess_study, describe_rules
from .timing import largest_gap, peak_time
from .truncation import TruncationFeatures, truncation_features, truncation_probability

__all__ = [
    "CORE_VOLUME_RULES",
    "QUALITY_RULES",
    "CoreVolumeMeasurements",
    "Limit",
    "QualityRule",
    "RuleDescription",
    "StudyMeasurements",
    "TruncationFeatures",
    "assess_core_volume",
    "assess_study",
    "describe_rules",
    "largest_gap",
    "peak_time",
    "truncation_features",
    "truncation_probability",
]
